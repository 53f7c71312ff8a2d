//! Decoder: from bytes to a message, with budgets that are checked before allocation.

use std::collections::BTreeSet;

use bytes::Bytes;
use cid::Cid;

use super::ProtocolVersion;
use super::budget::{
    Budget, COPIED_BELOW_BYTES, MAX_BLOCKS, MAX_PRESENCES, MAX_WANTS, SURVEYED_ABOVE_BYTES,
    USUAL_ITEM_BYTES,
};
use super::extension::{DONT_HAVE, Extension, HAVE, WANT_BLOCK, WANT_HAVE};
use super::message::{BlockPresence, Entry, Message, RelayHeader, Skipped, WantKind};
use super::names::{Prefix, read_cid};
use super::walk::{self, Item, Passed, Walk};
use crate::block::Block;
use crate::error::WireError;
use crate::limits::{MAX_BLOCK_BYTES, MAX_FRAME_BYTES};

/// A decoded frame whose payloads are not yet hashed.
#[derive(Clone, Debug, Default)]
pub struct Decoded {
    /// The message, complete except for its blocks.
    message: Message,
    payloads: Vec<(Prefix, Payload)>,
    skipped: Skipped,
    bytes_beside_payloads: usize,
}

#[derive(Clone, Debug)]
enum Payload {
    /// Bytes of the frame, not yet hashed.
    Unchecked(Bytes),
    /// A block that came beside the frame, already hashed.
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
    /// Bytes of the frame that belong to no payload.
    pub const fn bytes_beside_payloads(&self) -> usize {
        self.bytes_beside_payloads
    }

    /// This frame with additional blocks, as if they had been in it. For simulators, which hash
    /// each block once and copy none; the counterpart of
    /// [`encode_without_blocks`](super::encode_without_blocks).
    #[must_use]
    pub fn beside(mut self, blocks: Vec<(Cid, Block)>, protocol: ProtocolVersion) -> Self {
        for (cid, block) in blocks {
            let prefix = Prefix::of(&cid);
            if protocol.has_prefixes() {
                self.payloads.push((prefix, Payload::Known(block)));
            } else if prefix.is_sha2_256() {
                self.payloads.push((Prefix::BARE, Payload::Known(block)));
            }
        }
        self
    }

    /// Hashes the payloads for whose multihash code and digest length `wanted` returns true, and
    /// skips the others.
    ///
    /// In the result, each CID is in only one of entries, blocks and presences: the last entry for
    /// it wins, and a block replaces a presence.
    pub fn verify(self, wanted: impl FnMut(u64, u8) -> bool) -> (Message, Skipped) {
        self.verify_knowing(wanted, |_| None)
    }

    /// As [`verify`](Self::verify), with blocks that were hashed before: a payload for whose bytes
    /// `hashed_before` has the block is compared with it, byte by byte, and not hashed again. For
    /// simulators, in which many peers are sent the same bytes.
    pub fn verify_knowing(
        self,
        mut wanted: impl FnMut(u64, u8) -> bool,
        mut hashed_before: impl FnMut(&[u8]) -> Option<Block>,
    ) -> (Message, Skipped) {
        let Self { mut message, payloads, mut skipped, .. } = self;
        let mut seen = BTreeSet::new();
        message.blocks.reserve_exact(payloads.len());
        for (prefix, payload) in payloads {
            if !prefix.checkable().is_some_and(|(code, digest)| wanted(code, digest)) {
                skipped.unhashed += 1;
                skipped.unhashed_bytes += payload.len() as u64;
                continue;
            }
            let found = match payload {
                Payload::Unchecked(bytes) => {
                    let known = hashed_before(&bytes);
                    match known.filter(|block| prefix.fits(block) && *block.bytes() == bytes) {
                        Some(block) => prefix.named(block),
                        None => prefix.hash(unpinned(bytes)),
                    }
                }
                Payload::Known(block) => prefix.named(block),
            };
            match found {
                Some((cid, block)) if seen.insert(cid) => message.blocks.push((cid, block)),
                Some(_) => {}
                None => skipped.unusable += 1,
            }
        }
        message.presences.retain(|(cid, _)| !seen.contains(cid));
        (message, skipped)
    }
}

/// Decodes one frame (without the length in front of it).
///
/// All protocol versions are decoded alike, except that relay headers are read only if the relay
/// protocol was negotiated: for others, that field belongs to somebody else. The lengths that a
/// frame announces allocate nothing, and in a frame over 64 KiB the items are counted before
/// anything is allocated. The content allocates, besides the frame, copies of its payloads under 4
/// KiB, about 1.5 MiB if it fills every budget, and about 110 bytes for each cancel, of which there
/// may be 65,536. Larger payloads stay slices of the frame.
///
/// # Errors
/// A [`WireError`]: the whole message is discarded.
#[expect(clippy::needless_pass_by_value, reason = "the frame is given up to its payloads")]
pub fn decode(frame: Bytes, protocol: ProtocolVersion) -> Result<Decoded, WireError> {
    if frame.len() > MAX_FRAME_BYTES {
        return Err(WireError::TooLarge { bytes: frame.len() as u64, limit: MAX_FRAME_BYTES });
    }
    let mut reader = Reader::new(&frame);
    if frame.len() > SURVEYED_ABOVE_BYTES {
        reader.make_room(&Walk::through(&frame, protocol).survey()?);
    }
    let mut walk = Walk::through(&frame, protocol);
    while let Some(item) = walk.next_item()? {
        let (wantlist, rest) = walk.to_go();
        match item {
            Item::Entry(entry) => reader.entry(&entry, wantlist)?,
            Item::Payload(payload) => reader.payload(payload)?,
            Item::Presence(presence) => reader.presence(&presence, rest)?,
        }
    }
    let mut decoded = reader.decoded;
    let payload_bytes: usize = decoded.payloads.iter().map(|(_, payload)| payload.len()).sum();
    decoded.bytes_beside_payloads = frame.len().saturating_sub(payload_bytes);
    let passed = walk.passed();
    decoded.message.full = passed.full;
    decoded.message.pending_bytes = u32::try_from(passed.pending_bytes).unwrap_or(0);
    decoded.message.wants_remembered = passed.wants_remembered;
    keep_last_of_each(&mut decoded.message.entries, Entry::cid);
    keep_last_of_each(&mut decoded.message.presences, |(cid, _)| cid);
    Ok(decoded)
}

struct Reader<'a> {
    frame: &'a Bytes,
    decoded: Decoded,
    wants: Budget,
    blocks: Budget,
    presences: Budget,
}

impl<'a> Reader<'a> {
    fn new(frame: &'a Bytes) -> Self {
        Self {
            frame,
            decoded: Decoded::default(),
            wants: Budget::of(MAX_WANTS),
            blocks: Budget::of(MAX_BLOCKS),
            presences: Budget::of(MAX_PRESENCES),
        }
    }

    /// Reserves memory for the items that the budgets allow.
    fn make_room(&mut self, passed: &Passed) {
        let wants = (passed.entries - passed.cancels).min(MAX_WANTS);
        let message = &mut self.decoded.message;
        message.entries.reserve_exact(wants + passed.cancels);
        message.presences.reserve_exact(passed.presences.min(MAX_PRESENCES));
    }

    /// Adds an entry; `more` bytes of the wantlist follow it.
    fn entry(&mut self, item: &walk::Entry<'_>, more: usize) -> Result<(), WireError> {
        if !item.cancel && !self.wants.take() {
            self.decoded.skipped.over_budget += 1;
            return Ok(());
        }
        let Some(cid) = cid_of("entry", item.position, item.cid)? else { return self.unusable() };
        let entry = if item.cancel {
            Entry::Cancel { cid }
        } else {
            let kind = match item.want_type {
                WANT_BLOCK => WantKind::Block,
                WANT_HAVE => WantKind::Have,
                _ => return self.unusable(),
            };
            let walk::Entry { priority, send_dont_have, relay, .. } = *item;
            let relay = relay.and_then(relay_header_of);
            Entry::Want { cid, kind, priority, send_dont_have, relay }
        };
        push_before(more, &mut self.decoded.message.entries, entry);
        Ok(())
    }

    fn payload(&mut self, item: walk::Payload<'_>) -> Result<(), WireError> {
        if !self.blocks.take() {
            self.decoded.skipped.over_budget += 1;
            return Ok(());
        }
        let position = item.position;
        let prefix = item.prefix.map_or(Some(Prefix::BARE), Prefix::read);
        let prefix = prefix.ok_or(WireError::BadPrefix { position })?;
        if item.data.len() > MAX_BLOCK_BYTES || prefix.checkable().is_none() {
            return self.unusable();
        }
        let bytes = self.frame.slice(item.data);
        self.decoded.payloads.push((prefix, Payload::Unchecked(bytes)));
        Ok(())
    }

    /// Adds a presence; `more` bytes of the frame follow it.
    fn presence(&mut self, item: &walk::Presence<'_>, more: usize) -> Result<(), WireError> {
        if !self.presences.take() {
            self.decoded.skipped.over_budget += 1;
            return Ok(());
        }
        let Some(cid) = cid_of("presence", item.position, item.cid)? else {
            return self.unusable();
        };
        let further = item.further.unwrap_or_default();
        let Extension { hops, want_id, millis: for_ms } = further;
        let answer = match item.answer {
            HAVE if hops > 0 => {
                BlockPresence::Reachable { hops: u8::try_from(hops).unwrap_or(u8::MAX), want_id }
            }
            HAVE => BlockPresence::Have,
            DONT_HAVE if for_ms > 0 => BlockPresence::Searching { for_ms, want_id },
            DONT_HAVE => BlockPresence::DontHave,
            _ => return self.unusable(),
        };
        push_before(more, &mut self.decoded.message.presences, (cid, answer));
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "it ends the reading of an item")]
    const fn unusable(&mut self) -> Result<(), WireError> {
        self.decoded.skipped.unusable += 1;
        Ok(())
    }
}

/// Adds an item that `more` bytes follow; the first one reserves memory for as many items as these
/// can hold.
fn push_before<T>(more: usize, items: &mut Vec<T>, item: T) {
    if items.capacity() == 0 {
        items.reserve_exact(1 + more / USUAL_ITEM_BYTES);
    }
    items.push(item);
}

fn relay_header_of(relay: Extension) -> Option<RelayHeader> {
    let ttl = u8::try_from(relay.hops).unwrap_or(u8::MAX);
    RelayHeader::new(ttl, relay.want_id, relay.millis)
}

fn cid_of(place: &'static str, position: usize, bytes: &[u8]) -> Result<Option<Cid>, WireError> {
    read_cid(bytes).map_err(|why| WireError::BadCid { place, position, why: why.to_owned() })
}

/// Copies a small payload out of its frame.
fn unpinned(bytes: Bytes) -> Bytes {
    if bytes.len() < COPIED_BELOW_BYTES { Bytes::copy_from_slice(&bytes) } else { bytes }
}

/// Drops all but the last item of each CID. Sorts positions, not items: 4 bytes for each.
fn keep_last_of_each<T>(items: &mut Vec<T>, cid: impl Fn(&T) -> &Cid) {
    if begin_unlike(items, &cid) {
        return;
    }
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

/// Whether all digests begin with different bytes: a quick check that holds for nearly every honest
/// message.
fn begin_unlike<T>(items: &[T], cid: impl Fn(&T) -> &Cid) -> bool {
    if items.len() > MAX_WANTS {
        return false;
    }
    let beginning = |item| cid(item).hash().digest().first_chunk().copied().unwrap_or_default();
    let mut beginnings: Vec<u64> =
        items.iter().map(|item| u64::from_le_bytes(beginning(item))).collect();
    beginnings.sort_unstable();
    beginnings.windows(2).all(|pair| pair[0] != pair[1])
}
