//! Our reading of a frame and plain prost's come to the same verdict and the same content, where
//! prost is spared fields of another wire type than the proto file's: it refuses them.

use bitswap_core::wire::{
    BlockPresence, Entry, Message, ProtocolVersion, RelayHeader, WantKind, decode,
};
use bitswap_core::{MAX_CID_BYTES, MIN_DIGEST_BYTES, WireError};
use bytes::Bytes;
use cid::Cid;
use prost::Message as _;

use crate::dice::Dice;
use crate::plain::{PlainEntry, PlainExtension, PlainMessage, PlainPresence, understood};

/// Below all budgets of one message.
const FEW_ITEMS: usize = 500;

/// The longest digest that a CID can hold here.
const MAX_DIGEST_BYTES: u8 = 64;

/// A byte for the dialect, then a frame without its length.
pub fn wire_diff(bytes: &[u8]) {
    let mut dice = Dice::of(bytes);
    let protocol = dice.pick(&ProtocolVersion::NEWEST_FIRST);
    let frame = dice.rest();
    let plain = understood(frame, protocol).and_then(|frame| PlainMessage::decode(&*frame));
    match decode(Bytes::copy_from_slice(frame), protocol) {
        Ok(decoded) => {
            let plain = plain.unwrap();
            if items(&plain) <= FEW_ITEMS {
                same(&decoded.verify(|_, _| true).0, &plain, protocol);
            }
        }
        // prost passes over groups that are nested deeper.
        Err(WireError::Malformed { why, .. }) => {
            assert!(plain.is_err() || why == "groups nested too deeply", "{why}");
        }
        // What comes after the first bad one is not read.
        Err(WireError::BadCid { .. }) => {
            assert!(plain.map_or(true, |plain| has_bad_cid(&plain)));
        }
        Err(_) => {}
    }
}

fn items(plain: &PlainMessage) -> usize {
    let entries = plain.wantlist.as_ref().map_or(0, |list| list.entries.len());
    entries + plain.blocks.len() + plain.payload.len() + plain.presences.len()
}

fn same(message: &Message, plain: &PlainMessage, protocol: ProtocolVersion) {
    let list = plain.wantlist.clone().unwrap_or_default();
    assert_eq!(message.full, list.full);
    assert_eq!(message.pending_bytes, u32::try_from(plain.pending_bytes).unwrap_or(0));
    let remembered = if protocol.has_relay() { plain.wants_remembered } else { 0 };
    assert_eq!(message.wants_remembered, remembered);

    let entries = list.entries.iter().filter_map(|entry| entry_of(entry, protocol));
    assert_eq!(message.entries, last_of_each(entries.collect(), |entry| *entry.cid()));
    let presences = plain.presences.iter().filter_map(|said| presence_of(said, protocol));
    let mut presences = last_of_each(presences.collect(), |(cid, _)| *cid);
    presences.retain(|(cid, _)| message.blocks.iter().all(|(block, _)| block != cid));
    assert_eq!(message.presences, presences);

    let payloads = || plain.payload.iter().map(|payload| &payload.bytes).chain(&plain.blocks);
    for (cid, block) in &message.blocks {
        assert_eq!(cid.hash(), block.multihash());
        assert!(payloads().any(|bytes| bytes == block.bytes()));
    }
}

fn entry_of(plain: &PlainEntry, protocol: ProtocolVersion) -> Option<Entry> {
    let cid = cid_of(&plain.cid)?;
    if plain.cancel {
        return Some(Entry::Cancel { cid });
    }
    let kind = match plain.want_type {
        0 => WantKind::Block,
        1 => WantKind::Have,
        _ => return None,
    };
    let reach = plain.reach.as_ref().filter(|_| protocol.has_relay()).and_then(|reach| {
        RelayHeader::new(u8::try_from(reach.hops).unwrap_or(u8::MAX), reach.want_id, reach.ms)
    });
    let PlainEntry { priority, send_dont_have, .. } = *plain;
    Some(Entry::Want { cid, kind, priority, send_dont_have, relay: reach })
}

fn presence_of(plain: &PlainPresence, protocol: ProtocolVersion) -> Option<(Cid, BlockPresence)> {
    let cid = cid_of(&plain.cid)?;
    let further = plain.further.clone().filter(|_| protocol.has_relay()).unwrap_or_default();
    let PlainExtension { hops, want_id, ms: for_ms } = further;
    let answer = match (plain.answer, hops, for_ms) {
        (0, 0, _) => BlockPresence::Have,
        (0, hops, _) => {
            BlockPresence::Reachable { hops: u8::try_from(hops).unwrap_or(u8::MAX), want_id }
        }
        (1, _, 0) => BlockPresence::DontHave,
        (1, _, for_ms) => BlockPresence::Searching { for_ms, want_id },
        _ => return None,
    };
    Some((cid, answer))
}

/// As another library reads it; `None` if it names no block that we could exchange. That library
/// also takes numbers that are longer than the nine bytes that multiformats have for them.
pub(crate) fn cid_of(bytes: &[u8]) -> Option<Cid> {
    let cid = Cid::try_from(bytes).ok()?;
    let (code, digest) = (cid.hash().code(), cid.hash().size());
    let checkable = (MIN_DIGEST_BYTES..=MAX_DIGEST_BYTES).contains(&digest) && code != 0;
    let short = bytes.len() <= MAX_CID_BYTES && (code | cid.codec()) >> 63 == 0;
    (short && checkable).then_some(cid)
}

/// Whether an entry or a presence is named by what is no CID to the letter.
fn has_bad_cid(plain: &PlainMessage) -> bool {
    let entries = plain.wantlist.iter().flat_map(|list| &list.entries).map(|entry| &entry.cid);
    let mut all = entries.chain(plain.presences.iter().map(|presence| &presence.cid));
    all.any(|bytes| cid_of(bytes).is_none_or(|cid| cid.to_bytes() != *bytes))
}

fn last_of_each<T>(items: Vec<T>, name: impl Fn(&T) -> Cid) -> Vec<T> {
    let names: Vec<Cid> = items.iter().map(&name).collect();
    let last = |place: usize| names.iter().skip(place + 1).all(|other| *other != names[place]);
    items.into_iter().enumerate().filter(|(place, _)| last(*place)).map(|(_, item)| item).collect()
}
