//! A Bitswap message as prost reads it when nobody helps: the reference for our own reading.

use prost::Message;

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
