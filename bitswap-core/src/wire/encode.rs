//! Encoder: `bitswap.proto`, written field by field; large payloads are not copied.

use bytes::Bytes;
use cid::Cid;
use prost::encoding::{self, WireType, encode_key, encoded_len_varint, key_len};

use super::ProtocolVersion;
use super::encoded_frame::{EncodedFrame, Pieces};
use super::extension::{DONT_HAVE, EXTENSION, Extension, HAVE, WANT_BLOCK, WANT_HAVE};
use super::message::{BlockPresence, Entry, Message, WantKind};
use super::names::{Prefix, cid_len, put_varint, write_cid};
use crate::block::Block;

/// Encodes `message` for `protocol` as one frame with its length in front. Fields that the version
/// does not have are left out.
///
/// The wantlist is written even if it is empty, since older servers fail on answers without it.
/// Nothing is truncated: the caller must avoid frames longer than
/// [`MAX_FRAME_BYTES`](crate::MAX_FRAME_BYTES), which no peer reads.
pub fn encode(message: &Message, protocol: ProtocolVersion) -> Bytes {
    encode_in_pieces(message, protocol).into_bytes()
}

/// Encodes as [`encode`] does, without copying large payloads.
pub fn encode_in_pieces(message: &Message, protocol: ProtocolVersion) -> EncodedFrame {
    Form::of(message, protocol, &message.blocks).write()
}

/// Encodes `message` without its blocks; returns the frame and the number of bytes that [`encode`]
/// would write. For simulators, which need not copy blocks;
/// [`Decoded::beside`](super::Decoded::beside) adds them again.
pub fn encode_without_blocks(message: &Message, protocol: ProtocolVersion) -> (Bytes, usize) {
    let rest = Form::of(message, protocol, &[]);
    let length = rest.len() + Form { blocks: &message.blocks, ..rest }.blocks_len();
    (rest.write().into_bytes(), length + encoded_len_varint(length as u64))
}

/// The number of bytes that [`encode`] would write. For simulators, which need not write them.
pub fn encoded_len(message: &Message, protocol: ProtocolVersion) -> usize {
    let length = Form::of(message, protocol, &message.blocks).len();
    length + encoded_len_varint(length as u64)
}

/// A message and the version that it is encoded for.
#[derive(Clone, Copy)]
struct Form<'a> {
    message: &'a Message,
    protocol: ProtocolVersion,
    blocks: &'a [(Cid, Block)],
    /// Encoded length of the wantlist in bytes.
    wantlist_len: usize,
}

impl<'a> Form<'a> {
    fn of(message: &'a Message, protocol: ProtocolVersion, blocks: &'a [(Cid, Block)]) -> Self {
        let form = Self { message, protocol, blocks, wantlist_len: 0 };
        Self { wantlist_len: form.wantlist_len(), ..form }
    }

    fn write(&self) -> EncodedFrame {
        let length = self.len();
        let apart = self.blocks.iter().map(|(_, block)| block.len());
        let apart: usize = apart.filter(|length| EncodedFrame::is_apart(*length)).sum();
        let copied = encoded_len_varint(length as u64) + length.saturating_sub(apart);
        let mut pieces = Pieces::with_room(copied);
        let frame = pieces.copied();
        put_varint(length as u64, frame);
        open(1, self.wantlist_len, frame);
        for entry in self.entries() {
            self.write_entry(entry, frame);
        }
        if self.message.full {
            encoding::bool::encode(2, &true, frame);
        }
        for block in self.blocks {
            self.write_block(block, &mut pieces);
        }
        let frame = pieces.copied();
        for presence in self.presences() {
            self.write_presence(presence, frame);
        }
        if self.pending_bytes() != 0 {
            encoding::int32::encode(5, &self.pending_bytes(), frame);
        }
        if self.wants_remembered() != 0 {
            encoding::uint32::encode(EXTENSION, &self.wants_remembered(), frame);
        }
        pieces.finish()
    }

    /// Encoded length of the message, without the length in front.
    fn len(&self) -> usize {
        let presences: usize =
            self.presences().map(|presence| nested(4, self.presence_len(presence))).sum();
        let pending = number_len(5, i64::from(self.pending_bytes()));
        let remembered = number_len(EXTENSION, i64::from(self.wants_remembered()));
        nested(1, self.wantlist_len) + self.blocks_len() + presences + pending + remembered
    }

    fn wantlist_len(&self) -> usize {
        let entries: usize = self.entries().map(|entry| nested(1, self.entry_len(entry))).sum();
        entries + number_len(2, i64::from(self.message.full))
    }

    fn blocks_len(&self) -> usize {
        self.blocks.iter().map(|block| self.block_len(block)).sum()
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        let is_have = |entry: &&Entry| matches!(entry, Entry::Want { kind: WantKind::Have, .. });
        let carries_haves = self.protocol.has_presences();
        self.message.entries.iter().filter(move |entry| carries_haves || !is_have(entry))
    }

    fn presences(&self) -> impl Iterator<Item = &(Cid, BlockPresence)> {
        let all = &self.message.presences[..];
        if self.protocol.has_presences() { all.iter() } else { [].iter() }
    }

    fn pending_bytes(&self) -> i32 {
        let said = i32::try_from(self.message.pending_bytes).unwrap_or(i32::MAX);
        if self.protocol.has_prefixes() { said } else { 0 }
    }

    const fn wants_remembered(&self) -> u32 {
        if self.protocol.has_relay() { self.message.wants_remembered } else { 0 }
    }

    fn entry_len(&self, entry: &Entry) -> usize {
        let cid = nested(1, cid_len(entry.cid()));
        match entry {
            Entry::Cancel { .. } => cid + number_len(3, 1),
            Entry::Want { kind, priority, send_dont_have, relay, .. } => {
                cid + number_len(2, i64::from(*priority))
                    + number_len(4, i64::from(want_type(*kind)))
                    + number_len(5, i64::from(*send_dont_have))
                    + self.extension_len(relay.map(Extension::from))
            }
        }
    }

    fn write_entry(&self, entry: &Entry, frame: &mut Vec<u8>) {
        open(1, self.entry_len(entry), frame);
        open(1, cid_len(entry.cid()), frame);
        write_cid(entry.cid(), frame);
        match entry {
            Entry::Cancel { .. } => encoding::bool::encode(3, &true, frame),
            Entry::Want { kind, priority, send_dont_have, relay, .. } => {
                number(2, *priority, frame);
                number(4, want_type(*kind), frame);
                number(5, i32::from(*send_dont_have), frame);
                self.write_extension(relay.map(Extension::from), frame);
            }
        }
    }

    /// Encoded length of a block with its key and length.
    fn block_len(&self, (cid, block): &(Cid, Block)) -> usize {
        let prefix = Prefix::of(cid);
        if self.protocol.has_prefixes() {
            nested(3, nested(1, prefix.len()) + bytes_len(2, block.len()))
        } else if prefix.is_sha2_256() {
            nested(2, block.len())
        } else {
            0
        }
    }

    fn write_block(&self, (cid, block): &(Cid, Block), pieces: &mut Pieces) {
        let (prefix, frame) = (Prefix::of(cid), pieces.copied());
        if self.protocol.has_prefixes() {
            open(3, nested(1, prefix.len()) + bytes_len(2, block.len()), frame);
            open(1, prefix.len(), frame);
            prefix.write(frame);
            if !block.is_empty() {
                open(2, block.len(), frame);
                pieces.put(block.bytes());
            }
        } else if prefix.is_sha2_256() {
            open(2, block.len(), frame);
            pieces.put(block.bytes());
        }
    }

    fn presence_len(&self, (cid, answer): &(Cid, BlockPresence)) -> usize {
        let (answer, further) = in_full(*answer);
        nested(1, cid_len(cid)) + number_len(2, i64::from(answer)) + self.extension_len(further)
    }

    fn write_presence(&self, presence: &(Cid, BlockPresence), frame: &mut Vec<u8>) {
        open(4, self.presence_len(presence), frame);
        open(1, cid_len(&presence.0), frame);
        write_cid(&presence.0, frame);
        let (answer, further) = in_full(presence.1);
        number(2, answer, frame);
        self.write_extension(further, frame);
    }

    fn extension_len(&self, extension: Option<Extension>) -> usize {
        let carried = extension.filter(|_| self.protocol.has_relay());
        carried.map_or(0, |extension| nested(EXTENSION, extension.len()))
    }

    fn write_extension(&self, extension: Option<Extension>, frame: &mut Vec<u8>) {
        if let Some(extension) = extension.filter(|_| self.protocol.has_relay()) {
            open(EXTENSION, extension.len(), frame);
            extension.write(frame);
        }
    }
}

const fn want_type(kind: WantKind) -> i32 {
    match kind {
        WantKind::Block => WANT_BLOCK,
        WantKind::Have => WANT_HAVE,
    }
}

fn in_full(answer: BlockPresence) -> (i32, Option<Extension>) {
    match answer {
        BlockPresence::Have => (HAVE, None),
        BlockPresence::DontHave => (DONT_HAVE, None),
        BlockPresence::Reachable { hops, want_id } => {
            (HAVE, Some(Extension { hops: hops.into(), want_id, millis: 0 }))
        }
        BlockPresence::Searching { for_ms, want_id } => {
            (DONT_HAVE, Some(Extension { hops: 0, want_id, millis: for_ms }))
        }
    }
}

/// Writes the key and length of a field of bytes, which are to follow.
fn open(field: u32, length: usize, frame: &mut Vec<u8>) {
    encode_key(field, WireType::LengthDelimited, frame);
    put_varint(length as u64, frame);
}

/// Writes a number, unless it is 0 (the default in proto3).
fn number(field: u32, value: i32, frame: &mut Vec<u8>) {
    if value != 0 {
        encoding::int32::encode(field, &value, frame);
    }
}

const fn number_len(field: u32, value: i64) -> usize {
    if value == 0 { 0 } else { key_len(field) + encoded_len_varint(value as u64) }
}

/// Encoded length of a field of bytes; 0 if it is empty (the default in proto3).
const fn bytes_len(field: u32, length: usize) -> usize {
    if length == 0 { 0 } else { nested(field, length) }
}

/// Encoded length of a field of `length` bytes, with its key and length.
const fn nested(field: u32, length: usize) -> usize {
    key_len(field) + encoded_len_varint(length as u64) + length
}
