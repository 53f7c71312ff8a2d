//! A Bitswap message as prost reads it when nobody helps: the reference for our own reading.

use bitswap_core::wire::ProtocolVersion;
use prost::encoding::{
    DecodeContext, WireType, decode_key, decode_varint, encode_key, encode_varint, skip_field,
};
use prost::{DecodeError, Message};

#[derive(Clone, PartialEq, Message)]
pub(crate) struct PlainMessage {
    #[prost(message, optional, tag = "1")]
    pub(crate) wantlist: Option<PlainWantlist>,
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub(crate) blocks: Vec<Vec<u8>>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) payload: Vec<PlainPayload>,
    #[prost(message, repeated, tag = "4")]
    pub(crate) presences: Vec<PlainPresence>,
    #[prost(int32, tag = "5")]
    pub(crate) pending_bytes: i32,
    #[prost(uint32, tag = "1000")]
    pub(crate) wants_remembered: u32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct PlainWantlist {
    #[prost(message, repeated, tag = "1")]
    pub(crate) entries: Vec<PlainEntry>,
    #[prost(bool, tag = "2")]
    pub(crate) full: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct PlainEntry {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) cid: Vec<u8>,
    #[prost(int32, tag = "2")]
    pub(crate) priority: i32,
    #[prost(bool, tag = "3")]
    pub(crate) cancel: bool,
    #[prost(int32, tag = "4")]
    pub(crate) want_type: i32,
    #[prost(bool, tag = "5")]
    pub(crate) send_dont_have: bool,
    #[prost(message, optional, tag = "1000")]
    pub(crate) reach: Option<PlainExtension>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct PlainPayload {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) prefix: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) bytes: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct PlainPresence {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) cid: Vec<u8>,
    #[prost(int32, tag = "2")]
    pub(crate) answer: i32,
    #[prost(message, optional, tag = "1000")]
    pub(crate) further: Option<PlainExtension>,
}

/// Reach and Further have the same form.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct PlainExtension {
    #[prost(uint32, tag = "1")]
    pub(crate) hops: u32,
    #[prost(fixed64, tag = "2")]
    pub(crate) want_id: u64,
    #[prost(uint32, tag = "3")]
    pub(crate) ms: u32,
}

/// What a message is made of.
#[derive(Clone, Copy)]
enum Level {
    Message,
    Wantlist,
    Entry,
    Payload,
    Presence,
    Extension,
    Leaf,
}

/// The fields of a frame that are named, in the wire type that they should have, as prost's own
/// primitives cut them out. The others a reader of protobuf passes over; prost refuses those with
/// a known number.
pub(crate) fn understood(frame: &[u8], protocol: ProtocolVersion) -> Result<Vec<u8>, DecodeError> {
    named_in(Level::Message, frame, protocol)
}

fn named_in(
    level: Level,
    mut rest: &[u8],
    protocol: ProtocolVersion,
) -> Result<Vec<u8>, DecodeError> {
    let mut kept = Vec::new();
    while !rest.is_empty() {
        let (field, form) = decode_key(&mut rest)?;
        let start = rest;
        skip_field(form, field, &mut rest, DecodeContext::default())?;
        let whole = &start[..start.len() - rest.len()];
        let Some((_, inside)) = named(level, field, protocol).filter(|(due, _)| *due == form)
        else {
            continue;
        };
        encode_key(field, form, &mut kept);
        if matches!(inside, Level::Leaf) {
            kept.extend(whole);
        } else {
            let mut held = whole;
            decode_varint(&mut held)?;
            let held = named_in(inside, held, protocol)?;
            encode_varint(held.len() as u64, &mut kept);
            kept.extend(held);
        }
    }
    Ok(kept)
}

const fn named(level: Level, field: u32, protocol: ProtocolVersion) -> Option<(WireType, Level)> {
    use WireType::{LengthDelimited, SixtyFourBit, Varint};
    match (level, field) {
        (Level::Message, 1) => Some((LengthDelimited, Level::Wantlist)),
        (Level::Message, 3) => Some((LengthDelimited, Level::Payload)),
        (Level::Message, 4) => Some((LengthDelimited, Level::Presence)),
        (Level::Wantlist, 1) => Some((LengthDelimited, Level::Entry)),
        (Level::Entry | Level::Presence, 1_000) if protocol.has_relay() => {
            Some((LengthDelimited, Level::Extension))
        }
        (Level::Message, 2) | (Level::Entry | Level::Presence, 1) | (Level::Payload, 1 | 2) => {
            Some((LengthDelimited, Level::Leaf))
        }
        (Level::Extension, 2) => Some((SixtyFourBit, Level::Leaf)),
        (Level::Message, 5)
        | (Level::Wantlist | Level::Presence, 2)
        | (Level::Entry, 2..=5)
        | (Level::Extension, 1 | 3) => Some((Varint, Level::Leaf)),
        _ => None,
    }
}
