//! Makes what no honest encoder makes: protobuf by hand, frames of any shape, and CIDs of nothing.

use bitswap_core::Chance;
use bytes::Bytes;
use cid::Cid;
use multihash::Multihash;

/// Multicodec of blocks that are nothing but bytes.
const RAW: u64 = 0x55;
const SHA2_256: u64 = 0x12;

/// The fields of a message on the wire.
pub(super) mod field {
    pub(crate) const WANTLIST: u8 = 1;
    pub(crate) const BARE_BLOCK: u8 = 2;
    pub(crate) const PAYLOAD: u8 = 3;
    pub(crate) const PRESENCE: u8 = 4;
    /// In a wantlist.
    pub(crate) const ENTRY: u8 = 1;
    /// In an entry and in a presence; the prefix in a payload.
    pub(crate) const CID: u8 = 1;
    /// In a payload.
    pub(crate) const BYTES: u8 = 2;
    /// In an entry.
    pub(crate) const CANCEL: u8 = 3;
}

/// The prefix of a CIDv1 of raw bytes under sha2-256.
pub(super) const PREFIX: [u8; 4] = [1, RAW as u8, SHA2_256 as u8, 32];

/// A CID that is well made and of nothing.
pub(super) fn cid(chance: &mut Chance) -> Option<Cid> {
    let mut digest = [0; 32];
    for word in digest.chunks_exact_mut(8) {
        word.copy_from_slice(&chance.bits().to_le_bytes());
    }
    Some(Cid::new_v1(RAW, Multihash::wrap(SHA2_256, &digest).ok()?))
}

/// Random bytes.
pub(super) fn noise(chance: &mut Chance, count: usize) -> Vec<u8> {
    let mut noise = vec![0; count];
    for word in noise.chunks_mut(8) {
        word.copy_from_slice(&chance.bits().to_le_bytes()[..word.len()]);
    }
    noise
}

/// A field that holds bytes or a message.
pub(super) fn put_bytes(out: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    out.push(number << 3 | 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// A field that holds a number.
pub(super) fn put_number(out: &mut Vec<u8>, number: u8, value: u64) {
    out.push(number << 3);
    put_varint(out, value);
}

pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn varint_len(value: usize) -> usize {
    (usize::BITS - (value | 1).leading_zeros()).div_ceil(7) as usize
}

/// A body with its true length in front.
pub(super) fn frame(body: &[u8]) -> Bytes {
    let mut frame = Vec::with_capacity(body.len() + varint_len(body.len()));
    put_varint(&mut frame, body.len() as u64);
    frame.extend_from_slice(body);
    frame.into()
}

/// A frame of nothing but these bytes as a block under a CID's prefix, written in one piece: blocks
/// are large.
pub(super) fn payload_frame(prefix: &[u8], bytes: &[u8]) -> Bytes {
    let field_len = |length: usize| 1 + varint_len(length) + length;
    let payload = field_len(prefix.len()) + field_len(bytes.len());
    let mut frame = Vec::with_capacity(varint_len(field_len(payload)) + field_len(payload));
    put_varint(&mut frame, field_len(payload) as u64);
    frame.push(field::PAYLOAD << 3 | 2);
    put_varint(&mut frame, payload as u64);
    put_bytes(&mut frame, field::CID, prefix);
    put_bytes(&mut frame, field::BYTES, bytes);
    frame.into()
}

/// `item` over and over, as often as it fits into `bytes`.
pub(super) fn again_and_again(item: &[u8], bytes: usize) -> Vec<u8> {
    item.repeat(bytes / item.len().max(1))
}
