//! Signed transactions, byte by byte (extrinsic format version 4).

use codec::{Compact, Decode, Encode};
use secureflow_primitives::{AccountId, H256};
use sp_crypto_hashing::blake2_256;

use crate::{
    audit::MadeCall,
    keys::AccountKey,
    runtime::{Envelope, Runtime},
    Call, Error, Result,
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

/// The call of a signed transaction as it stands in a block; `None` for what nobody has signed.
pub(crate) fn read(runtime: &Runtime, bytes: &[u8]) -> Result<Option<MadeCall>> {
    let Some((signer, mut rest)) = signed(bytes)? else {
        return Ok(None);
    };
    runtime.skip_extensions(&mut rest)?;
    let call = Call::decode(rest, runtime)?;
    Ok(Some(match call {
        Call::Detailed {
            space,
            epoch,
            ciphertext,
            call,
        } => MadeCall {
            signer,
            hash: hash(runtime, &call)?,
            call: *call,
            details: Some((space, epoch, ciphertext)),
        },
        call => MadeCall {
            signer,
            hash: H256(blake2_256(rest)),
            call,
            details: None,
        },
    }))
}

/// The hash of a call.
pub(crate) fn hash(runtime: &Runtime, call: &Call) -> Result<H256> {
    Ok(H256(blake2_256(&call.encode(runtime)?)))
}

/// The signer of a transaction, and what follows the signature.
fn signed(bytes: &[u8]) -> Result<Option<(AccountId, &[u8])>> {
    let wrong = |reason: &str| Error::decode("a transaction", reason);
    let codec = |error: codec::Error| Error::decode("a transaction", error);
    let mut input = bytes;
    let length = Compact::<u32>::decode(&mut input).map_err(codec)?.0;
    if length as usize != input.len() {
        return Err(wrong("its length is another than it says"));
    }
    if u8::decode(&mut input).map_err(codec)? != SIGNED_V4 {
        return Ok(None);
    }
    if u8::decode(&mut input).map_err(codec)? != ADDRESS_ID {
        return Err(wrong("its signer is named in another way than by account"));
    }
    let signer = AccountId::decode(&mut input).map_err(codec)?;
    // Ed25519, Sr25519, ECDSA, Ethereum.
    let signature = match u8::decode(&mut input).map_err(codec)? {
        0 | SIGNATURE_SR25519 => 64,
        2 | 3 => 65,
        _ => return Err(wrong("its signature is of an unknown kind")),
    };
    let rest = input.get(signature..).ok_or_else(|| wrong("it is too short"))?;
    Ok(Some((signer, rest)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sp_runtime::{generic::UncheckedExtrinsic, MultiAddress, MultiSignature};

    #[test]
    fn the_sdk_reads_what_we_assemble() {
        let account = AccountId::new([7; 32]);
        let made = assemble(&account, &[9; 64], &[], &5u64.encode());
        type Read = UncheckedExtrinsic<MultiAddress<AccountId, ()>, u64, MultiSignature, ()>;
        let read = Read::decode(&mut made.bytes.as_slice()).unwrap();
        assert_eq!(read.function, 5);
        assert_eq!(signed(&made.bytes).unwrap(), Some((account, &5u64.encode()[..])));
        assert!(signed(&made.bytes[..50]).is_err());
        let bare = UncheckedExtrinsic::<MultiAddress<AccountId, ()>, u64, MultiSignature, ()>::new_bare(5);
        assert_eq!(signed(&bare.encode()).unwrap(), None);
        assert_eq!(read.encode(), made.bytes);
    }
}
