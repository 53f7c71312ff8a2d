//! What a peer asks for, and what of it it cancels: every second block.

use bitswap_core::wire::{Entry, Message, ProtocolVersion, WantKind, encode};
use cid::Cid;

/// The CIDs of a list with one in each line.
pub(crate) fn cids_of(list: &str) -> Result<Vec<Cid>, cid::Error> {
    let lines = list.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(Cid::try_from).collect()
}

/// The CIDs of one of several peers that ask for `each` of them; if that is 0, for all.
pub(crate) fn part_of(cids: &[Cid], each: usize, peer: usize) -> Vec<Cid> {
    if each == 0 {
        return cids.to_vec();
    }
    cids.iter().cycle().skip(peer * each).take(each.min(cids.len())).copied().collect()
}

/// Those that a peer cancels: every second one. Of every second peer the first one is among them,
/// as else nobody would cancel what is sent first.
pub(crate) fn cancelled(cids: &[Cid], peer: usize) -> Vec<Cid> {
    cids.iter().skip(peer % 2).step_by(2).copied().collect()
}

/// The frame that asks for all blocks of a list, the first one first.
pub(crate) fn wantlist(cids: &[Cid]) -> Vec<u8> {
    let want = |(place, &cid): (usize, &Cid)| Entry::Want {
        cid,
        kind: WantKind::Block,
        priority: i32::MAX - place as i32,
        send_dont_have: true,
        relay: None,
    };
    let entries = cids.iter().enumerate().map(want).collect();
    frame(&Message { full: true, entries, ..Message::default() })
}

/// The frame that cancels these, and changes nothing else.
pub(crate) fn cancels(cids: &[Cid]) -> Vec<u8> {
    let entries = cids.iter().map(|&cid| Entry::Cancel { cid }).collect();
    frame(&Message { entries, ..Message::default() })
}

fn frame(message: &Message) -> Vec<u8> {
    encode(message, ProtocolVersion::V1_2).to_vec()
}
