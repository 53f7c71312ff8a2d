//! Behaviour of the codec, by subject. Here is what the subjects share.

use bytes::Bytes;
use cid::Cid;

use super::{
    BlockPresence, Entry, Message, ProtocolVersion, Skipped, WantKind, decode, frame_length,
};
use crate::block::Block;
use crate::error::WireError;

mod budgets;
mod cids;
mod entries;
mod form;
mod framing;
mod golden;
mod hostile;
mod payloads;
mod presences;
mod relay;
mod round_trip;

const RAW: u64 = 0x55;

/// A block of these very bytes, under its CIDv1.
fn raw(text: &[u8]) -> (Cid, Block) {
    let block = Block::sha2_256(Bytes::copy_from_slice(text)).unwrap();
    (Cid::new_v1(RAW, *block.multihash()), block)
}

/// A UnixFS file of one piece, under its CIDv0.
fn unixfs(text: &[u8]) -> (Cid, Block) {
    let length = text.len() as u8;
    let file = [&[0x0a, length + 6, 0x08, 0x02, 0x12, length], text, &[0x18, length]].concat();
    let block = Block::sha2_256(file.into()).unwrap();
    (Cid::new_v0(*block.multihash()).unwrap(), block)
}

/// The CID of [`raw`].
fn cid(text: &str) -> Cid {
    raw(text.as_bytes()).0
}

fn want(cid: Cid, kind: WantKind, priority: i32) -> Entry {
    Entry::Want { cid, kind, priority, send_dont_have: false, relay: None }
}

/// A field that holds a number.
fn number(field: u8, value: u64) -> Vec<u8> {
    [vec![field << 3], varint(value)].concat()
}

/// A field that holds bytes or a message.
fn bytes(field: u8, value: &[u8]) -> Vec<u8> {
    [vec![field << 3 | 2], varint(value.len() as u64), value.to_vec()].concat()
}

/// The field that the relay protocol adds to entries and presences.
fn relay(extension: &[u8]) -> Vec<u8> {
    [varint(1_000 << 3 | 2), varint(extension.len() as u64), extension.to_vec()].concat()
}

fn varint(value: u64) -> Vec<u8> {
    unsigned_varint::encode::u64(value, &mut unsigned_varint::encode::u64_buffer()).to_vec()
}

/// Varints in a row: a prefix, or all of a CID but its digest.
fn varints(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|&word| varint(word)).collect()
}

/// A frame whose wantlist has these entries, each the bytes of its fields.
fn wantlist(entries: &[Vec<u8>]) -> Vec<u8> {
    bytes(1, &entries.iter().flat_map(|entry| bytes(1, entry)).collect::<Vec<_>>())
}

/// A field 3 of a message.
fn payload(prefix: &[u64], block: &[u8]) -> Vec<u8> {
    bytes(3, &[bytes(1, &varints(prefix)), bytes(2, block)].concat())
}

/// A field 4 of a message.
fn presence(cid: &Cid, answer: u64) -> Vec<u8> {
    bytes(4, &[bytes(1, &cid.to_bytes()), number(2, answer)].concat())
}

const SHA2_256: u64 = 0x12;

/// Reads a frame as somebody who wants everything.
fn read(frame: impl Into<Bytes>) -> Result<(Message, Skipped), WireError> {
    Ok(decode(frame.into(), ProtocolVersion::Relay)?.verify(|_, _| true))
}

/// Reads a frame of which nothing may be left out.
fn read_all(frame: impl Into<Bytes>) -> Message {
    let (message, skipped) = read(frame).unwrap();
    assert_eq!(skipped, Skipped::default());
    message
}

/// The frame without its length, which must be right.
fn body(frame: &Bytes) -> Bytes {
    let (length, used) = frame_length(frame).unwrap().unwrap();
    assert_eq!(frame.len(), used + length);
    frame.slice(used..)
}

fn unusable(items: u32) -> Skipped {
    Skipped { unusable: items, ..Skipped::default() }
}

fn over_budget(items: u32) -> Skipped {
    Skipped { over_budget: items, ..Skipped::default() }
}

fn message_of(entries: Vec<Entry>) -> Message {
    Message { entries, ..Message::default() }
}

fn message_with(blocks: Vec<(Cid, Block)>, presences: Vec<(Cid, BlockPresence)>) -> Message {
    Message { blocks, presences, ..Message::default() }
}
