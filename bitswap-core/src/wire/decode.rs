//! From bytes to a message, with budgets before allocation.

use std::collections::BTreeSet;
use std::ops::Range;

use bytes::Bytes;
use cid::Cid;

use super::Dialect;
use super::budget::{Budget, COPIED_BELOW_BYTES, MAX_BLOCKS, MAX_PRESENCES, MAX_WANTS};
use super::fields::malformed;
use super::generated::{self, PresenceType, WantType};
use super::message::{BlockPresence, Entry, LeftOut, Message, Reach, WantKind};
use super::names::{Prefix, read_cid};
use super::walk::{Item, Kind, Passed, Walk};
use crate::block::Block;
use crate::error::WireError;
use crate::limits::{MAX_BLOCK_BYTES, MAX_FRAME_BYTES};

/// A frame taken apart, its payloads not yet hashed.
#[derive(Clone, Debug, Default)]
pub struct Decoded {
    /// Complete but for the blocks.
    message: Message,
    payloads: Vec<(Prefix, Payload)>,
    left_out: LeftOut,
}

#[derive(Clone, Debug)]
enum Payload {
    /// As it came.
    Unchecked(Bytes),
    /// It came beside the frame.
    Known(Block),
}

impl Payload {
    fn len(&self) -> usize {
        match self {
            Self::Unchecked(bytes) => bytes.len(),
            Self::Known(block) => block.len(),
        }
    }
}

impl Decoded {
    /// The same with these blocks, as if they had been in the frame: for a simulator, which hashes
    /// each block once and copies none.
    #[must_use]
    pub fn beside(mut self, blocks: Vec<(Cid, Block)>, dialect: Dialect) -> Self {
        for (cid, block) in blocks {
            let prefix = Prefix::of(&cid);
            if dialect.has_prefixes() {
                self.payloads.push((prefix, Payload::Known(block)));
            } else if prefix.is_sha2_256() {
                self.payloads.push((Prefix::BARE, Payload::Known(block)));
            }
        }
        self
    }

    /// Hashes the payloads whose multihash code and digest length `wanted` says yes to, and
    /// passes over the others.
    ///
    /// Each CID comes up once among the entries, the blocks and the presences: the last entry
    /// about it counts, and a block says more than a presence.
    pub fn verify(self, mut wanted: impl FnMut(u64, u8) -> bool) -> (Message, LeftOut) {
        let Self { mut message, payloads, mut left_out } = self;
        let mut seen = BTreeSet::new();
        message.blocks.reserve_exact(payloads.len());
        for (prefix, payload) in payloads {
            if !prefix.checkable().is_some_and(|(code, digest)| wanted(code, digest)) {
                left_out.unhashed += 1;
                left_out.unhashed_bytes += payload.len() as u64;
                continue;
            }
            let found = match payload {
                Payload::Unchecked(bytes) => prefix.hash(unpinned(bytes)),
                Payload::Known(block) => prefix.named(block),
            };
            match found {
                Some((cid, block)) if seen.insert(cid) => message.blocks.push((cid, block)),
                Some(_) => {}
                None => left_out.unusable += 1,
            }
        }
        message.presences.retain(|(cid, _)| !seen.contains(cid));
        (message, left_out)
    }
}

/// Takes one frame apart (without the length in front of it).
///
/// All protocol versions are read alike, but how far a want may be passed on counts only where the
/// relay protocol was agreed on. Nothing is allocated before the whole frame was walked
/// and its items counted, so what a frame announces costs nothing; what it holds costs, besides
/// the frame, copies of its payloads under 4 KiB, about 1.5 MiB if it fills every budget, and
/// about 110 bytes for each cancel, of which there may be 65,536. Larger payloads stay slices.
///
/// # Errors
/// A [`WireError`]: the whole message is lost.
#[expect(clippy::needless_pass_by_value, reason = "the frame is given up to its payloads")]
pub fn decode(frame: Bytes, dialect: Dialect) -> Result<Decoded, WireError> {
    if frame.len() > MAX_FRAME_BYTES {
        return Err(WireError::TooLarge { bytes: frame.len() as u64, limit: MAX_FRAME_BYTES });
    }
    let passed = Walk::through(&frame).survey()?;
    let mut reader = Reader::new(&frame, dialect, passed);
    let mut walk = Walk::through(&frame);
    // Not `while`: what follows the last item was walked once and need not be again.
    for _ in 0..passed.items() {
        if let Some(item) = walk.next_item()? {
            reader.read(&item)?;
        }
    }
    let mut decoded = reader.decoded;
    keep_last_of_each(&mut decoded.message.entries, Entry::cid);
    keep_last_of_each(&mut decoded.message.presences, |(cid, _)| cid);
    Ok(decoded)
}

struct Reader<'a> {
    frame: &'a Bytes,
    dialect: Dialect,
    decoded: Decoded,
    wants: Budget,
    blocks: Budget,
    presences: Budget,
}

impl<'a> Reader<'a> {
    fn new(frame: &'a Bytes, dialect: Dialect, passed: Passed) -> Self {
        let entries = passed.wants.min(MAX_WANTS) + passed.cancels;
        let payloads = (passed.bare_blocks + passed.payloads).min(MAX_BLOCKS);
        let presences = passed.presences.min(MAX_PRESENCES);
        let message = Message {
            full: passed.full,
            entries: Vec::with_capacity(entries),
            blocks: Vec::new(),
            presences: Vec::with_capacity(presences),
            pending_bytes: u32::try_from(passed.pending_bytes).unwrap_or(0),
        };
        Self {
            frame,
            dialect,
            decoded: Decoded {
                message,
                payloads: Vec::with_capacity(payloads),
                left_out: LeftOut::default(),
            },
            wants: Budget::of(MAX_WANTS),
            blocks: Budget::of(MAX_BLOCKS),
            presences: Budget::of(MAX_PRESENCES),
        }
    }

    fn read(&mut self, item: &Item) -> Result<(), WireError> {
        let in_budget = match item.kind {
            Kind::Cancel => true,
            Kind::Want => self.wants.take(),
            Kind::BareBlock | Kind::Payload => self.blocks.take(),
            Kind::Presence => self.presences.take(),
        };
        if !in_budget {
            self.decoded.left_out.over_budget += 1;
            return Ok(());
        }
        let taken = match item.kind {
            Kind::Want | Kind::Cancel => self.entry(item)?,
            Kind::BareBlock => self.payload(Prefix::BARE, self.frame.slice(item.range.clone())),
            Kind::Payload => self.prefixed(item)?,
            Kind::Presence => self.presence(item)?,
        };
        if !taken {
            self.decoded.left_out.unusable += 1;
        }
        Ok(())
    }

    fn entry(&mut self, item: &Item) -> Result<bool, WireError> {
        let entry: generated::Entry = self.parse(&item.range)?;
        let Some(cid) = cid_of("entry", item, &entry.cid)? else { return Ok(false) };
        let entry = if entry.cancel {
            Entry::Cancel { cid }
        } else {
            let kind = match WantType::try_from(entry.want_type) {
                Ok(WantType::Block) => WantKind::Block,
                Ok(WantType::Have) => WantKind::Have,
                Err(_) => return Ok(false),
            };
            let generated::Entry { priority, send_dont_have, reach, .. } = entry;
            let reach = reach.filter(|_| self.dialect.has_reach()).and_then(reach_of);
            Entry::Want { cid, kind, priority, send_dont_have, reach }
        };
        self.decoded.message.entries.push(entry);
        Ok(true)
    }

    fn prefixed(&mut self, item: &Item) -> Result<bool, WireError> {
        let payload: generated::Payload = self.parse(&item.range)?;
        let prefix = Prefix::read(&payload.prefix)
            .ok_or(WireError::BadPrefix { position: item.position })?;
        Ok(self.payload(prefix, payload.data))
    }

    fn payload(&mut self, prefix: Prefix, bytes: Bytes) -> bool {
        let usable = bytes.len() <= MAX_BLOCK_BYTES && prefix.checkable().is_some();
        if usable {
            self.decoded.payloads.push((prefix, Payload::Unchecked(bytes)));
        }
        usable
    }

    fn presence(&mut self, item: &Item) -> Result<bool, WireError> {
        let presence: generated::Presence = self.parse(&item.range)?;
        let Some(cid) = cid_of("presence", item, &presence.cid)? else { return Ok(false) };
        let further = presence.further.filter(|_| self.dialect.has_reach()).unwrap_or_default();
        let generated::Further { hops, want_id, searching_for_ms: for_ms } = further;
        let answer = match PresenceType::try_from(presence.r#type) {
            Ok(PresenceType::Have) if hops > 0 => {
                BlockPresence::Reachable { hops: u8::try_from(hops).unwrap_or(u8::MAX), want_id }
            }
            Ok(PresenceType::Have) => BlockPresence::Have,
            Ok(PresenceType::DontHave) if for_ms > 0 => {
                BlockPresence::Searching { for_ms, want_id }
            }
            Ok(PresenceType::DontHave) => BlockPresence::DontHave,
            Err(_) => return Ok(false),
        };
        self.decoded.message.presences.push((cid, answer));
        Ok(true)
    }

    fn parse<T: prost::Message + Default>(&self, range: &Range<usize>) -> Result<T, WireError> {
        T::decode(self.frame.slice(range.clone()))
            .map_err(|_| malformed(range.start, "an item that is not protobuf"))
    }
}

fn reach_of(reach: generated::Reach) -> Option<Reach> {
    let ttl = u8::try_from(reach.ttl).unwrap_or(u8::MAX);
    Reach::new(ttl, reach.want_id, reach.expires_in_ms)
}

fn cid_of(place: &'static str, item: &Item, bytes: &[u8]) -> Result<Option<Cid>, WireError> {
    read_cid(bytes).map_err(|why| WireError::BadCid {
        place,
        position: item.position,
        why: why.to_owned(),
    })
}

/// Small payloads leave their frame.
fn unpinned(bytes: Bytes) -> Bytes {
    if bytes.len() < COPIED_BELOW_BYTES { Bytes::copy_from_slice(&bytes) } else { bytes }
}

/// Drops all but the last item about each CID. Sorts positions, not items: 4 bytes for each.
fn keep_last_of_each<T>(items: &mut Vec<T>, cid: impl Fn(&T) -> &Cid) {
    let name = |position: u32| cid(&items[position as usize]);
    let mut kept: Vec<u32> = (0..items.len() as u32).collect();
    kept.sort_unstable_by(|&a, &b| name(a).cmp(name(b)).then(b.cmp(&a)));
    kept.dedup_by(|&mut a, &mut b| name(a) == name(b));
    if kept.len() == items.len() {
        return;
    }
    kept.sort_unstable();
    let mut kept = kept.into_iter().peekable();
    let mut position = 0;
    items.retain(|_| {
        let keep = kept.next_if_eq(&position).is_some();
        position += 1;
        keep
    });
}
