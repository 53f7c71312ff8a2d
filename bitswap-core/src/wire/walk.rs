//! Iterates over the items of a frame: one pass over tags and lengths, which allocates nothing.

use std::ops::Range;

use super::ProtocolVersion;
use super::budget::MAX_ITEMS;
use super::extension::{EXTENSION, Extension};
use super::fields::{Fields, Value};
use crate::error::WireError;

/// An iterator over the items of a frame, in the order in which they were written.
///
/// Follows `bitswap.proto` strictly: the last value of a repeated singular field wins; fields that
/// are unknown, have another wire type, or belong to a protocol that was not negotiated are
/// skipped.
#[derive(Clone, Debug)]
pub(super) struct Walk<'a> {
    message: Fields<'a>,
    /// The rest of the current wantlist.
    wantlist: Fields<'a>,
    /// Whether fields of the relay protocol are read.
    extended: bool,
    passed: Passed,
}

/// Number of items of each kind that were read, and the fields beside them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Passed {
    pub(super) entries: usize,
    /// The cancels among the entries.
    pub(super) cancels: usize,
    bare_blocks: usize,
    payloads: usize,
    pub(super) presences: usize,
    pub(super) full: bool,
    pub(super) pending_bytes: i32,
    pub(super) wants_remembered: u32,
}

/// One item of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item<'a> {
    Entry(Entry<'a>),
    Payload(Payload<'a>),
    Presence(Presence<'a>),
}

/// A wantlist entry: a want or a cancel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// Number of the entry in the frame, from 0.
    pub(super) position: usize,
    pub(super) cid: &'a [u8],
    pub(super) priority: i32,
    pub(super) cancel: bool,
    pub(super) want_type: i32,
    pub(super) send_dont_have: bool,
    pub(super) relay: Option<Extension>,
}

/// The bytes of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Payload<'a> {
    /// Number of the payload among those with a prefix, or among those without, from 0.
    pub(super) position: usize,
    /// The CID prefix; `None` in the form of the oldest versions.
    pub(super) prefix: Option<&'a [u8]>,
    /// Range of the block's bytes in the frame.
    pub(super) data: Range<usize>,
}

/// An answer without a block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Presence<'a> {
    /// Number of the presence in the frame, from 0.
    pub(super) position: usize,
    pub(super) cid: &'a [u8],
    pub(super) answer: i32,
    pub(super) further: Option<Extension>,
}

impl<'a> Walk<'a> {
    /// Starts at the beginning of a frame of the given protocol version.
    pub(super) fn through(frame: &'a [u8], protocol: ProtocolVersion) -> Self {
        Self {
            message: Fields::of(frame),
            wantlist: Fields::of(&[]),
            extended: protocol.has_relay(),
            passed: Passed::default(),
        }
    }

    /// Reads to the end; returns the counts of all items.
    ///
    /// # Errors
    /// As [`next_item`](Self::next_item).
    pub(super) fn survey(mut self) -> Result<Passed, WireError> {
        while self.next_item()?.is_some() {}
        Ok(self.passed)
    }

    /// Counts and fields so far; complete at the end.
    pub(super) const fn passed(&self) -> &Passed {
        &self.passed
    }

    /// Bytes of the current wantlist, and of the whole frame, that are not read yet.
    pub(super) const fn to_go(&self) -> (usize, usize) {
        (self.wantlist.rest().len(), self.message.rest().len())
    }

    /// The next item, or `None` at the end.
    ///
    /// # Errors
    /// An error that fails the whole message, as soon as it is seen: [`WireError::Malformed`],
    /// [`WireError::TooMany`], or an item without a CID or prefix.
    pub(super) fn next_item(&mut self) -> Result<Option<Item<'a>>, WireError> {
        loop {
            if let Some(field) = self.wantlist.next_field()? {
                match (field.number, field.value) {
                    (1, Value::Bytes(entry)) => return self.entry(entry).map(Some),
                    (2, Value::Number(full)) => self.passed.full = full != 0,
                    _ => {}
                }
            } else if let Some(field) = self.message.next_field()? {
                match (field.number, field.value) {
                    (1, Value::Bytes(wantlist)) => self.wantlist = wantlist,
                    (2, Value::Bytes(block)) => return self.bare_block(block).map(Some),
                    (3, Value::Bytes(payload)) => return self.payload(payload).map(Some),
                    (4, Value::Bytes(presence)) => return self.presence(presence).map(Some),
                    (5, Value::Number(bytes)) => self.passed.pending_bytes = bytes as i32,
                    (EXTENSION, Value::Number(wants)) if self.extended => {
                        self.passed.wants_remembered = wants as u32;
                    }
                    _ => {}
                }
            } else {
                return Ok(None);
            }
        }
    }

    fn entry(&mut self, mut fields: Fields<'a>) -> Result<Item<'a>, WireError> {
        let position = self.passed.one_more(|passed| &mut passed.entries)?;
        let mut entry = Entry { position, ..Entry::default() };
        while let Some(field) = fields.next_field()? {
            match (field.number, field.value) {
                (1, Value::Bytes(cid)) => entry.cid = cid.rest(),
                (2, Value::Number(priority)) => entry.priority = priority as i32,
                (3, Value::Number(cancel)) => entry.cancel = cancel != 0,
                (4, Value::Number(want_type)) => entry.want_type = want_type as i32,
                (5, Value::Number(said)) => entry.send_dont_have = said != 0,
                (EXTENSION, Value::Bytes(relay)) if self.extended => {
                    entry.relay.get_or_insert_default().read(relay)?;
                }
                _ => {}
            }
        }
        self.passed.cancels += usize::from(entry.cancel);
        if entry.cid.is_empty() { Err(no_cid("entry", position)) } else { Ok(Item::Entry(entry)) }
    }

    fn bare_block(&mut self, bytes: Fields<'a>) -> Result<Item<'a>, WireError> {
        let position = self.passed.one_more(|passed| &mut passed.bare_blocks)?;
        Ok(Item::Payload(Payload { position, prefix: None, data: bytes.range() }))
    }

    fn payload(&mut self, mut fields: Fields<'a>) -> Result<Item<'a>, WireError> {
        let position = self.passed.one_more(|passed| &mut passed.payloads)?;
        let mut payload = Payload { position, ..Payload::default() };
        while let Some(field) = fields.next_field()? {
            match (field.number, field.value) {
                (1, Value::Bytes(prefix)) => payload.prefix = Some(prefix.rest()),
                (2, Value::Bytes(block)) => payload.data = block.range(),
                _ => {}
            }
        }
        match payload.prefix {
            Some(&[]) | None => Err(WireError::BadPrefix { position }),
            Some(_) => Ok(Item::Payload(payload)),
        }
    }

    fn presence(&mut self, mut fields: Fields<'a>) -> Result<Item<'a>, WireError> {
        let position = self.passed.one_more(|passed| &mut passed.presences)?;
        let mut presence = Presence { position, ..Presence::default() };
        while let Some(field) = fields.next_field()? {
            match (field.number, field.value) {
                (1, Value::Bytes(cid)) => presence.cid = cid.rest(),
                (2, Value::Number(answer)) => presence.answer = answer as i32,
                (EXTENSION, Value::Bytes(further)) if self.extended => {
                    presence.further.get_or_insert_default().read(further)?;
                }
                _ => {}
            }
        }
        if presence.cid.is_empty() {
            return Err(no_cid("presence", position));
        }
        Ok(Item::Presence(presence))
    }
}

impl Passed {
    /// Counts one more item of a kind; returns the number of items before it.
    fn one_more(&mut self, kind: fn(&mut Self) -> &mut usize) -> Result<usize, WireError> {
        if self.entries + self.bare_blocks + self.payloads + self.presences == MAX_ITEMS {
            return Err(WireError::TooMany { limit: MAX_ITEMS });
        }
        let count = kind(self);
        *count += 1;
        Ok(*count - 1)
    }
}

fn no_cid(place: &'static str, position: usize) -> WireError {
    WireError::BadCid { place, position, why: "it is missing".to_owned() }
}
