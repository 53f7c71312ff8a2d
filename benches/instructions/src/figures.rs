//! What the engine does while it is measured.

use bitswap_core::SessionId;
use bitswap_core::wire::WantKind;

use super::world::{Outcome, Spent, World, cid_of};

/// Want-haves, `batch` in a message, with so many peers that want 100 things each.
pub(crate) fn served(peers: u64, batch: u64, found: bool) -> Outcome<Spent> {
    const MESSAGES: u64 = 20_000;
    let mut world = World::with_peers(peers)?;
    for n in 0..peers {
        let wants = (0..100).map(|name| cid_of(1_000_000 + n * 100 + name));
        world.receive_wants(n, WantKind::Have, wants.collect());
    }
    let stored = 0..4_096;
    if found {
        world.stored = World::blocks(stored.clone());
    }
    let messages = MESSAGES / batch;
    world.begin();
    for n in 0..messages {
        let first = n * batch;
        let name = |name| if found { name % stored.end } else { 2_000_000_000 + name };
        let wants = (first..first + batch).map(|next| cid_of(name(next)));
        world.receive_wants(n * 7_919 % peers, WantKind::Have, wants.collect());
    }
    Ok(world.end(messages * batch))
}

/// Blocks, while `open` single gets of one session are open, and `members` peers have all blocks.
pub(crate) fn fetched(open: u64, members: u64) -> Outcome<Spent> {
    let blocks = 10_000.max(open);
    let mut world = World::with_peers(members)?;
    world.remote = World::blocks(0..blocks);
    // The first blocks make members of the peers.
    for name in 0..64 {
        world.get(cid_of(name));
        world.answer_all();
    }
    world.begin();
    for first in (64..blocks).step_by(open as usize) {
        for name in first..(first + open).min(blocks) {
            world.get(cid_of(name));
        }
        world.answer_all();
    }
    assert_eq!(world.delivered, blocks, "all blocks come");
    Ok(world.end(blocks - 64))
}

/// Blocks, 1,024 gets at a time, each in the next of so many sessions that have one member.
pub(crate) fn fetched_in(sessions: u64) -> Outcome<Spent> {
    const OPEN: u64 = 1_024;
    const ROUNDS: u64 = 4;
    let blocks = sessions + OPEN * ROUNDS;
    let mut world = World::with_peers(1)?;
    world.remote = World::blocks(0..blocks);
    let get = |world: &mut World, name: u64| {
        world.get_in(SessionId(name % sessions), cid_of(name));
    };
    // The first block of each makes a member of the peer.
    for name in 0..sessions {
        get(&mut world, name);
        world.answer_all();
    }
    world.begin();
    for first in (sessions..blocks).step_by(OPEN as usize) {
        (first..first + OPEN).for_each(|name| get(&mut world, name));
        world.answer_all();
    }
    assert_eq!(world.delivered, blocks, "all blocks come");
    Ok(world.end(blocks - sessions))
}

/// Blocks of one list, `together` in a message, of one peer that has them all, and remembers as
/// many wants as a node of ours.
pub(crate) fn listed(blocks: u64, together: usize) -> Outcome<Spent> {
    const FIRST: u64 = 64;
    let mut world = World::with_peers(1)?;
    world.remote = World::blocks(0..FIRST + blocks);
    world.remembers(0, 16_384);
    world.get_all((0..FIRST).map(cid_of).collect());
    world.answer_in_parts(together);
    world.begin();
    world.get_all((FIRST..FIRST + blocks).map(cid_of).collect());
    world.answer_in_parts(together);
    assert_eq!(world.delivered, FIRST + blocks, "all blocks come");
    Ok(world.end(blocks))
}

/// Blocks that one peer wants all at once, and cancels when it has them.
pub(crate) fn listed_by_a_peer(blocks: u64) -> Outcome<Spent> {
    const IN_A_MESSAGE: u64 = 1_024;
    let mut world = World::with_peers(1)?;
    world.stored = World::blocks(0..blocks);
    world.begin();
    for first in (0..blocks).step_by(IN_A_MESSAGE as usize) {
        let cids: Vec<_> = (first..(first + IN_A_MESSAGE).min(blocks)).map(cid_of).collect();
        world.receive_wants(0, WantKind::Block, cids.clone());
        world.receive_cancels(0, cids);
    }
    assert_eq!(world.blocks_sent, blocks, "all blocks are served");
    Ok(world.end(blocks))
}

/// All that follows from one get that none of so many peers can serve; each is one want told.
pub(crate) fn refused(peers: u64) -> Outcome<Spent> {
    let mut world = World::with_peers(peers)?;
    world.begin();
    world.get(cid_of(0));
    world.answer_all();
    Ok(world.end(peers))
}

/// Blocks that so many peers wait for, one each, while the store does not answer; then it does.
pub(crate) fn queued(peers: u64) -> Outcome<Spent> {
    let mut world = World::with_peers(peers)?;
    world.stored = World::blocks(0..64);
    world.holds_reads = true;
    world.begin();
    for n in 0..peers {
        world.receive_wants(n, WantKind::Block, vec![cid_of(n % 64)]);
    }
    world.answer_reads();
    Ok(world.end(peers))
}
