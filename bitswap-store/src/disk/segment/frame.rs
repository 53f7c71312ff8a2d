//! What a segment says of itself, in frames of 64 bytes: which groups it has, and what is in them.
//!
//! ```text
//! segment   header at 0, its copy at 512, groups from 1,024 on
//! group     group frame, entry frames, payloads without gaps, zeros up to a multiple of 64
//! payload   a block, and a checksum of its key and bytes (none in segments of version 1)
//! frame     0 magic u32 · 4 kind u8 · 5 length of the key u8 · 8 and 12 u32 · 16 40 bytes · 56 tag
//! group     8 number of entry frames · 12 length of the payloads
//! put       8 where the payload begins in the segment · 12 the block's length · 16 the key
//! delete    16 the key
//! rest      16 the rest of a key of more than 40 bytes, behind its entry
//! ```
//!
//! Numbers are little-endian. The tag is a keyed hash of segment, place and frame, with a secret
//! of the store: strangers choose what is in payloads, and what they choose must never pass for a
//! frame when recovery looks for frames behind damage.

use bitswap_core::MAX_BLOCK_BYTES;
use siphasher::sip::SipHasher24;

use crate::disk::key::Key;

/// A frame never lies in two sectors, and all are where a multiple of this is.
pub(in crate::disk) const FRAME: usize = 64;
const MAGIC: u32 = 0x5642_7342;
const KEY: usize = 40;
const TAG_AT: usize = 56;

const GROUP: u8 = 1;
const PUT: u8 = 2;
const DELETE: u8 = 3;
const REST: u8 = 4;

pub(in crate::disk) type Secret = [u8; 16];
pub(super) type Bytes64 = [u8; FRAME];

/// What frames of one segment are made and told by.
#[derive(Clone, Copy, Debug)]
pub(in crate::disk) struct Frames {
    pub(in crate::disk) secret: Secret,
    pub(in crate::disk) segment: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// So many entry frames follow, and then so many bytes.
    Group {
        frames: u32,
        payload: u32,
    },
    /// The part of the key that fits, and how long it is.
    Entry {
        part: [u8; KEY],
        key_length: usize,
        change: Change,
    },
    Rest {
        part: [u8; KEY],
    },
}

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::disk) enum Change {
    Put { at: u32, length: u32 },
    Delete,
}

/// An entry that was read as a whole, and how many frames it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: Key,
    pub(super) change: Change,
}

/// How many frames the entry of a key has.
pub(super) const fn frames_of(key_length: usize) -> usize {
    if key_length > KEY { 2 } else { 1 }
}

impl Frames {
    pub(super) fn group(&self, at: u64, frames: u32, payload: u32, out: &mut Vec<u8>) {
        out.extend(self.sealed(at, GROUP, 0, [frames, payload], &[]));
    }

    /// The frames of an entry, of which the first is `at`.
    pub(in crate::disk) fn entry(&self, at: u64, key: &Key, change: Change, out: &mut Vec<u8>) {
        let (kind, numbers) = match change {
            Change::Put { at, length } => (PUT, [at, length]),
            Change::Delete => (DELETE, [0, 0]),
        };
        let (part, rest) = key.split_at_checked(KEY).unwrap_or((key, &[]));
        out.extend(self.sealed(at, kind, key.len() as u8, numbers, part));
        if !rest.is_empty() {
            out.extend(self.sealed(at + FRAME as u64, REST, 0, [0, 0], rest));
        }
    }

    /// `None` if it is not a frame of this place.
    pub(super) fn read(&self, at: u64, bytes: &Bytes64) -> Option<Frame> {
        if number(bytes, 0)? != MAGIC {
            return None;
        }
        let tag = u64::from_le_bytes(*bytes.last_chunk()?);
        if tag != self.tag(at, bytes) {
            return None;
        }
        let (first, second) = (number(bytes, 8)?, number(bytes, 12)?);
        let part = *bytes.get(16..)?.first_chunk()?;
        let key_length = usize::from(bytes[5]);
        let change = match bytes[4] {
            GROUP => return Some(Frame::Group { frames: first, payload: second }),
            REST => return Some(Frame::Rest { part }),
            PUT if second as usize <= MAX_BLOCK_BYTES => Change::Put { at: first, length: second },
            DELETE => Change::Delete,
            _ => return None,
        };
        Some(Frame::Entry { part, key_length, change })
    }

    fn sealed(&self, at: u64, kind: u8, length: u8, numbers: [u32; 2], part: &[u8]) -> Bytes64 {
        let mut frame = [0; FRAME];
        frame[..4].copy_from_slice(&MAGIC.to_le_bytes());
        frame[4] = kind;
        frame[5] = length;
        frame[8..12].copy_from_slice(&numbers[0].to_le_bytes());
        frame[12..16].copy_from_slice(&numbers[1].to_le_bytes());
        if let Some(place) = frame.get_mut(16..16 + part.len()) {
            place.copy_from_slice(part);
        }
        let tag = self.tag(at, &frame);
        frame[TAG_AT..].copy_from_slice(&tag.to_le_bytes());
        frame
    }

    fn tag(&self, at: u64, frame: &Bytes64) -> u64 {
        let mut text = *frame;
        // The place stands where the tag will.
        let place = u64::from(self.segment) << 32 | at & u64::from(u32::MAX);
        text[TAG_AT..].copy_from_slice(&place.to_le_bytes());
        SipHasher24::new_with_key(&self.secret).hash(&text)
    }
}

impl Frame {
    /// The entry that begins here, with the frame behind it if it has two.
    pub(super) fn entry(&self, behind: Option<&Self>) -> Option<Entry> {
        let Self::Entry { part, key_length, change } = self else { return None };
        let key = match (part.get(..*key_length), behind) {
            (Some(whole), _) => Key::from_bytes(&[whole])?,
            (None, Some(Self::Rest { part: rest })) => {
                Key::from_bytes(&[part, rest.get(..key_length - KEY)?])?
            }
            (None, _) => return None,
        };
        Some(Entry { key, change: *change })
    }
}

fn number(bytes: &Bytes64, at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
