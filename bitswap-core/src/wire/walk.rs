//! What is in a frame, and where: one pass over tags and lengths, before anything is allocated.

use std::ops::Range;

use super::budget::MAX_ITEMS;
use super::fields::{Field, Fields};
use crate::error::WireError;

/// The number of the relay protocol's field, in entries and in presences.
const EXTENSION: u32 = 1_000;

/// A walk through the items of a frame, in the order in which they were written.
///
/// It goes as deep as a message does (message, wantlist, entry) and jumps over the bytes in the
/// items. What it has passed fits `bitswap.proto`: prost will take it.
#[derive(Clone, Debug)]
pub(super) struct Walk<'a> {
    message: Fields<'a>,
    /// The rest of the wantlist it is in.
    wantlist: Fields<'a>,
    passed: Passed,
}

impl<'a> Walk<'a> {
    /// At the start of a frame.
    pub(super) fn through(frame: &'a [u8]) -> Self {
        Self { message: Fields::of(frame), wantlist: Fields::of(&[]), passed: Passed::default() }
    }

    /// Goes to the end; all that was passed.
    ///
    /// # Errors
    /// As [`next_item`](Self::next_item).
    pub(super) fn survey(mut self) -> Result<Passed, WireError> {
        while self.next_item()?.is_some() {}
        Ok(self.passed)
    }

    /// The next item, or `None` at the end.
    ///
    /// # Errors
    /// What costs the message, as soon as it is seen: [`WireError::Malformed`],
    /// [`WireError::TooMany`], an item with no CID or prefix at all.
    pub(super) fn next_item(&mut self) -> Result<Option<Item>, WireError> {
        loop {
            if let Some(field) = self.wantlist.next_field()? {
                match field.number {
                    1 => return self.entry(&field).map(Some),
                    2 => self.passed.full = field.number()? != 0,
                    _ => {}
                }
            } else if let Some(field) = self.message.next_field()? {
                match field.number {
                    1 => self.wantlist = field.bytes()?,
                    2 => return self.passed.item(Kind::BareBlock, &field).map(Some),
                    3 => return self.payload(&field).map(Some),
                    4 => return self.presence(&field).map(Some),
                    5 => self.passed.pending_bytes = field.number()? as i32,
                    _ => {}
                }
            } else {
                return Ok(None);
            }
        }
    }

    fn entry(&mut self, item: &Field<'_>) -> Result<Item, WireError> {
        let mut fields = item.bytes()?;
        let mut has_cid = false;
        let mut kind = Kind::Want;
        while let Some(field) = fields.next_field()? {
            match field.number {
                1 => has_cid = !field.bytes()?.is_empty(),
                3 => kind = if field.number()? == 0 { Kind::Want } else { Kind::Cancel },
                2 | 4 | 5 => drop(field.number()?),
                EXTENSION => check_extension(&field)?,
                _ => {}
            }
        }
        let item = self.passed.item(kind, item)?;
        if has_cid { Ok(item) } else { Err(no_cid("entry", item.position)) }
    }

    fn payload(&mut self, item: &Field<'_>) -> Result<Item, WireError> {
        let mut fields = item.bytes()?;
        let mut has_prefix = false;
        while let Some(field) = fields.next_field()? {
            match field.number {
                1 => has_prefix = !field.bytes()?.is_empty(),
                2 => drop(field.bytes()?),
                _ => {}
            }
        }
        let item = self.passed.item(Kind::Payload, item)?;
        if has_prefix { Ok(item) } else { Err(WireError::BadPrefix { position: item.position }) }
    }

    fn presence(&mut self, item: &Field<'_>) -> Result<Item, WireError> {
        let mut fields = item.bytes()?;
        let mut has_cid = false;
        while let Some(field) = fields.next_field()? {
            match field.number {
                1 => has_cid = !field.bytes()?.is_empty(),
                2 => drop(field.number()?),
                EXTENSION => check_extension(&field)?,
                _ => {}
            }
        }
        let item = self.passed.item(Kind::Presence, item)?;
        if has_cid { Ok(item) } else { Err(no_cid("presence", item.position)) }
    }
}

/// What a walk has passed so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Passed {
    pub(super) wants: usize,
    pub(super) cancels: usize,
    pub(super) bare_blocks: usize,
    pub(super) payloads: usize,
    pub(super) presences: usize,
    /// The last value written, as protobuf demands.
    pub(super) full: bool,
    /// The last value written, as protobuf demands.
    pub(super) pending_bytes: i32,
}

impl Passed {
    pub(super) const fn items(&self) -> usize {
        self.wants + self.cancels + self.bare_blocks + self.payloads + self.presences
    }

    fn item(&mut self, kind: Kind, field: &Field<'_>) -> Result<Item, WireError> {
        if self.items() == MAX_ITEMS {
            return Err(WireError::TooMany { limit: MAX_ITEMS });
        }
        let position = match kind {
            Kind::Want | Kind::Cancel => self.wants + self.cancels,
            Kind::BareBlock => self.bare_blocks,
            Kind::Payload => self.payloads,
            Kind::Presence => self.presences,
        };
        match kind {
            Kind::Want => self.wants += 1,
            Kind::Cancel => self.cancels += 1,
            Kind::BareBlock => self.bare_blocks += 1,
            Kind::Payload => self.payloads += 1,
            Kind::Presence => self.presences += 1,
        }
        Ok(Item { kind, position, range: field.bytes()?.range() })
    }
}

/// One item of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) kind: Kind,
    /// Which of the entries, payloads or presences, from 0.
    pub(super) position: usize,
    /// Where it is in the frame.
    pub(super) range: Range<usize>,
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Want,
    Cancel,
    BareBlock,
    Payload,
    Presence,
}

/// `Reach` and `Further` have the same form: two numbers, and an id between them.
fn check_extension(field: &Field<'_>) -> Result<(), WireError> {
    let mut fields = field.bytes()?;
    while let Some(field) = fields.next_field()? {
        match field.number {
            1 | 3 => drop(field.number()?),
            2 => field.fixed64()?,
            _ => {}
        }
    }
    Ok(())
}

fn no_cid(place: &'static str, position: usize) -> WireError {
    WireError::BadCid { place, position, why: "it is missing".to_owned() }
}
