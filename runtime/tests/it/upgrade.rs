//! The members replace the runtime by vote.

use crate::{
    blocks::{run_to, send},
    council::{approve, close, propose},
    network,
    transactions::signed,
};
use codec::Encode;
use frame_support::{assert_noop, assert_ok};
use secureflow_primitives::hash::blake2_256;
use secureflow_runtime::{Executive, Hash, Runtime, RuntimeCall, RuntimeEvent, System, VERSION};
use sp_core::traits::{Externalities, ReadRuntimeVersion, ReadRuntimeVersionExt};
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Dave};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionSource};
use sp_version::RuntimeVersion;

/// Code whose version follows from its first byte, so that no runtime has to be compiled.
struct FirstByte;

impl ReadRuntimeVersion for FirstByte {
    fn read_runtime_version(&self, code: &[u8], _: &mut dyn Externalities) -> Result<Vec<u8>, String> {
        let spec_version = code.first().copied().ok_or("no code")?.into();
        Ok(RuntimeVersion {
            spec_version,
            ..VERSION
        }
        .encode())
    }
}

fn chain(test: impl FnOnce()) {
    let mut state = network();
    state.register_extension(ReadRuntimeVersionExt::new(FirstByte));
    state.execute_with(|| {
        run_to(1);
        test();
    });
}

fn hash(code: &[u8]) -> Hash {
    blake2_256(code)
}

fn apply(code: &[u8]) -> RuntimeCall {
    frame_system::Call::apply_authorized_upgrade { code: code.to_vec() }.into()
}

/// Two of three members agree to this code.
fn authorise(code: &[u8]) {
    let code_hash = hash(code);
    let motion = propose(Alice, 2, pallet_consortium::Call::authorize_upgrade { code_hash });
    approve(motion, Alice);
    approve(motion, Bob);
    assert_ok!(close(motion));
    assert_eq!(
        System::authorized_upgrade().map(|upgrade| *upgrade.code_hash()),
        Some(code_hash)
    );
}

fn running_code() -> Option<Vec<u8>> {
    sp_io::storage::get(b":code").map(|code| code.to_vec())
}

#[test]
fn members_upgrade_the_runtime() {
    chain(|| {
        let newer = [VERSION.spec_version as u8 + 1, 2, 3];
        let nothing = || frame_system::Error::<Runtime>::NothingAuthorized;
        assert_noop!(send(Charlie, apply(&newer)), nothing());
        authorise(&newer);

        let other = [VERSION.spec_version as u8 + 1, 2, 4];
        let unauthorised = frame_system::Error::<Runtime>::Unauthorized;
        assert_noop!(send(Charlie, apply(&other)), unauthorised);
        // Any member brings it; it costs nothing but a nonce.
        assert_ok!(Executive::apply_extrinsic(signed(apply(&newer), Charlie, 0)).expect("a valid transaction"));
        assert_eq!(running_code(), Some(newer.to_vec()));
        assert!(System::authorized_upgrade().is_none());
        let updated = RuntimeEvent::System(frame_system::Event::CodeUpdated { hash: hash(&newer) });
        assert!(System::events().iter().any(|record| record.event == updated));
        assert_noop!(send(Charlie, apply(&newer)), nothing());
    });
}

#[test]
fn an_upgrade_goes_forward_only() {
    chain(|| {
        let before = running_code();
        let same = [VERSION.spec_version as u8, 2, 3];
        authorise(&same);
        assert_ok!(send(Charlie, apply(&same)));
        assert_eq!(running_code(), before);
        // One attempt spends the authorisation.
        assert!(System::authorized_upgrade().is_none());
    });
}

#[test]
fn one_member_alone_authorises_nothing() {
    chain(|| {
        let code_hash = hash(&[2]);
        let call = pallet_consortium::Call::authorize_upgrade { code_hash };
        assert_noop!(send(Alice, call), sp_runtime::DispatchError::BadOrigin);
        let direct = frame_system::Call::authorize_upgrade { code_hash };
        assert_noop!(send(Alice, direct), sp_runtime::DispatchError::BadOrigin);
    });
}

/// Larger than what an ordinary transaction may be, and in a block all the same.
#[test]
fn the_pool_takes_large_code_from_members() {
    chain(|| {
        let mut code = vec![0; 3_500_000];
        code[0] = VERSION.spec_version as u8 + 1;
        authorise(&code);
        let validate = |by| {
            Executive::validate_transaction(TransactionSource::External, signed(apply(&code), by, 0), Hash::zero())
        };
        assert!(validate(Charlie).is_ok());
        assert_eq!(validate(Dave).err(), Some(InvalidTransaction::Payment.into()));
        assert_ok!(Executive::apply_extrinsic(signed(apply(&code), Charlie, 0)).expect("it fits"));
        assert_eq!(running_code(), Some(code));
    });
}
