//! Which bytes are taken for a CID, in both places where peers name blocks.

use bitswap_core::wire::{ProtocolVersion, decode};
use bitswap_core::{Keys, MAX_CID_BYTES, MIN_DIGEST_BYTES};
use bytes::Bytes;
use cid::Cid;

use crate::wire_diff::cid_of;

/// What is to be a CID.
pub fn cid_parse(bytes: &[u8]) {
    let wanted = named_in(&field(0x0a, &field(0x0a, &field(0x0a, bytes))));
    let present = named_in(&field(0x22, &field(0x0a, bytes)));
    assert_eq!(wanted, present);

    let exact = cid_of(bytes).filter(|cid| cid.to_bytes() == bytes);
    assert_eq!(wanted.unwrap_or(None), exact, "another library reads it otherwise");
    let Ok(Some(cid)) = wanted else { return };
    assert!(bytes.len() <= MAX_CID_BYTES && cid.hash().size() >= MIN_DIGEST_BYTES);
    assert_eq!(cid.to_bytes(), bytes);

    let (keys, other) = (Keys::new(7), Cid::new_v1(0x99, *cid.hash()));
    assert_eq!(keys.multihash(cid.hash()), keys.multihash(other.hash()), "one block, two keys");
    assert_eq!(keys.cid(&cid) == keys.cid(&other), cid == other);
}

/// What the message with this body names, if it can be read.
fn named_in(body: &[u8]) -> Result<Option<Cid>, ()> {
    let decoded = decode(Bytes::copy_from_slice(body), ProtocolVersion::Relay).map_err(drop)?;
    let (message, skipped) = decoded.verify(|_, _| true);
    let entry = message.entries.first().map(|entry| *entry.cid());
    let named = entry.or_else(|| message.presences.first().map(|(cid, _)| *cid));
    assert_eq!(named.is_none(), skipped.unusable == 1);
    Ok(named)
}

/// A protobuf field of bytes.
pub(crate) fn field(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let mut written = vec![tag];
    prost::encoding::encode_varint(bytes.len() as u64, &mut written);
    written.extend_from_slice(bytes);
    written
}
