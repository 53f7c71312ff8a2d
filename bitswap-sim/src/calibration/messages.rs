//! How many bytes messages take on the wire: what the codec makes of them, and their framing.

use std::num::NonZeroU64;
use std::time::Duration;

use bitswap_core::wire::{
    BlockPresence, Entry, Message, ProtocolVersion, RelayHeader, WantKind, encode,
};
use bitswap_core::{Block, EngineConfig};
use cid::Cid;

/// What the layers below add to each message.
const FRAMING_BYTES: u64 = 40;

/// Of all calls that are calibrated: the default, which takes no bytes.
const PRIORITY: i32 = 0;

/// How long so many bytes take, at so many bits in a second.
pub(super) fn time_of(bytes: u64, bits_per_second: u64) -> Duration {
    let rate = NonZeroU64::new(bits_per_second).map_or(1, NonZeroU64::get);
    let nanos = (u128::from(bytes) * 8_000_000_000).div_ceil(u128::from(rate));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// A message that asks for blocks.
pub(super) fn want_blocks(cids: &[Cid]) -> u64 {
    let entries = cids.iter().map(|cid| want(cid, WantKind::Block, true, None)).collect();
    entries_of(entries, ProtocolVersion::V1_2)
}

/// A message that takes one want back and asks for another block.
pub(super) fn cancel_and_want_block(over: &Cid, wanted: &Cid) -> u64 {
    let cancel = Entry::Cancel { cid: *over };
    entries_of(vec![cancel, want(wanted, WantKind::Block, true, None)], ProtocolVersion::V1_2)
}

/// The first list that a peer gets, which is a whole one: it asks whether a block is there, as a
/// search does, so "no" is not to be said.
pub(super) fn want_have(cid: &Cid) -> u64 {
    let entries = vec![want(cid, WantKind::Have, false, None)];
    on_wire(&Message { full: true, entries, ..Message::default() }, ProtocolVersion::V1_2)
}

/// A message that says that a block is there.
pub(super) fn have(cid: &Cid) -> u64 {
    presence_of(cid, BlockPresence::Have, ProtocolVersion::V1_2)
}

/// A message with blocks.
pub(super) fn blocks(blocks: &[(Cid, Block)]) -> u64 {
    let message = Message { blocks: blocks.to_vec(), ..Message::default() };
    on_wire(&message, ProtocolVersion::V1_2)
}

/// A message between relays that asks for something and may be passed on once.
pub(super) fn want_to_pass_on(cid: &Cid, kind: WantKind) -> u64 {
    entries_of(vec![want(cid, kind, true, reach())], ProtocolVersion::Relay)
}

/// A message between relays that passes a want on, which goes no farther.
pub(super) fn want_passed_on(cid: &Cid, kind: WantKind) -> u64 {
    let entry = Entry::Want {
        cid: *cid,
        kind,
        // What strangers want comes after all that the node wants itself.
        priority: -1,
        send_dont_have: true,
        relay: None,
    };
    entries_of(vec![entry], ProtocolVersion::Relay)
}

/// A message between relays that says that somebody one hop further has a block.
pub(super) fn reachable(cid: &Cid) -> u64 {
    presence_of(cid, BlockPresence::Reachable { hops: 1, want_id: 1 }, ProtocolVersion::Relay)
}

/// A message between relays that says that a block is there.
pub(super) fn have_passed_on(cid: &Cid) -> u64 {
    presence_of(cid, BlockPresence::Have, ProtocolVersion::Relay)
}

/// A message between relays with blocks.
pub(super) fn blocks_passed_on(blocks: &[(Cid, Block)]) -> u64 {
    let message = Message { blocks: blocks.to_vec(), ..Message::default() };
    on_wire(&message, ProtocolVersion::Relay)
}

fn want(cid: &Cid, kind: WantKind, send_dont_have: bool, reach: Option<RelayHeader>) -> Entry {
    Entry::Want { cid: *cid, kind, priority: PRIORITY, send_dont_have, relay: reach }
}

fn reach() -> Option<RelayHeader> {
    let life = EngineConfig::seeded(0).relay.life;
    RelayHeader::new(1, 1, u32::try_from(life.as_millis()).unwrap_or(u32::MAX))
}

fn entries_of(entries: Vec<Entry>, protocol: ProtocolVersion) -> u64 {
    on_wire(&Message { entries, ..Message::default() }, protocol)
}

fn presence_of(cid: &Cid, presence: BlockPresence, protocol: ProtocolVersion) -> u64 {
    let message = Message { presences: vec![(*cid, presence)], ..Message::default() };
    on_wire(&message, protocol)
}

fn on_wire(message: &Message, protocol: ProtocolVersion) -> u64 {
    encode(message, protocol).len() as u64 + FRAMING_BYTES
}
