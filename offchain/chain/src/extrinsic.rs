//! Signed transactions, byte by byte (extrinsic format version 4).

use codec::{Compact, Encode};
use secureflow_primitives::{AccountId, H256};
use sp_crypto_hashing::blake2_256;

use crate::{
    keys::AccountKey,
    runtime::{Envelope, Runtime},
    Call, Result,
};

/// Version four with the bit that says that it is signed.
const SIGNED_V4: u8 = 0x84;
/// `MultiAddress::Id` and `MultiSignature::Sr25519`.
const ADDRESS_ID: u8 = 0;
const SIGNATURE_SR25519: u8 = 1;
/// A longer payload is hashed before it is signed.
const MAX_PLAIN_PAYLOAD: usize = 256;

/// A signed transaction as it stands in a block.
pub(crate) struct Extrinsic {
    pub(crate) bytes: Vec<u8>,
    pub(crate) hash: H256,
}

pub(crate) fn sign(runtime: &Runtime, signer: &AccountKey, call: &Call, envelope: &Envelope) -> Result<Extrinsic> {
    let call = call.encode(runtime)?;
    let (explicit, implicit) = runtime.extend(envelope)?;
    let payload = [call.as_slice(), &explicit, &implicit].concat();
    let signature = if payload.len() > MAX_PLAIN_PAYLOAD {
        signer.sign(&blake2_256(&payload))
    } else {
        signer.sign(&payload)
    };
    Ok(assemble(&signer.account(), &signature, &explicit, &call))
}

fn assemble(account: &AccountId, signature: &[u8; 64], explicit: &[u8], call: &[u8]) -> Extrinsic {
    let mut body = vec![SIGNED_V4, ADDRESS_ID];
    account.encode_to(&mut body);
    body.push(SIGNATURE_SR25519);
    body.extend_from_slice(signature);
    body.extend_from_slice(explicit);
    body.extend_from_slice(call);
    let mut bytes = Compact(body.len() as u32).encode();
    bytes.append(&mut body);
    let hash = H256(blake2_256(&bytes));
    Extrinsic { bytes, hash }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::Decode;
    use sp_runtime::{generic::UncheckedExtrinsic, MultiAddress, MultiSignature};

    #[test]
    fn the_sdk_reads_what_we_assemble() {
        let account = AccountId::new([7; 32]);
        let made = assemble(&account, &[9; 64], &[], &5u64.encode());
        type Read = UncheckedExtrinsic<MultiAddress<AccountId, ()>, u64, MultiSignature, ()>;
        let read = Read::decode(&mut made.bytes.as_slice()).unwrap();
        assert_eq!(read.function, 5);
        assert_eq!(read.encode(), made.bytes);
    }
}
