//! Messages as peers send them.

use bitswap_core::Block;
use bitswap_core::wire::{BlockPresence, Entry, Message, WantKind};
use bytes::Bytes;
use cid::Cid;

pub(crate) fn wants(count: u64) -> Message {
    let want = |name| Entry::Want {
        cid: block(name, 8).0,
        kind: WantKind::Block,
        priority: 1,
        send_dont_have: true,
        relay: None,
    };
    Message { entries: (0..count).map(want).collect(), ..Message::default() }
}

pub(crate) fn haves(count: u64) -> Message {
    let have = |name| (block(name, 8).0, BlockPresence::Have);
    Message { presences: (0..count).map(have).collect(), ..Message::default() }
}

pub(crate) fn blocks(count: u64) -> Message {
    Message {
        blocks: (0..count).map(|name| block(name, 256 * 1024)).collect(),
        ..Message::default()
    }
}

fn block(name: u64, size: usize) -> (Cid, Block) {
    let bytes: Bytes = name.to_be_bytes().into_iter().cycle().take(size).collect();
    match Block::sha2_256(bytes) {
        Ok(block) => (Cid::new_v1(0x55, *block.multihash()), block),
        Err(error) => unreachable!("small enough: {error}"),
    }
}
