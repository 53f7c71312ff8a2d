//! What the engine alone costs, without network and disk: time of a request served, of a block
//! fetched and of a want that nobody has, and bytes of what it remembers.
//!
//! `cargo bench -p bitswap-benches --bench engine` prints one line for each figure: the median of
//! the runs, with the least and the most. The world answers at once, and its time does not count.

#[path = "engine/world.rs"]
mod world;

use std::alloc::System;
use std::io::{Write as _, stdout};
use std::time::Duration;

use bitswap_core::wire::WantKind;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use world::{Outcome, World, cid_of};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const RUNS: usize = 5;

fn main() -> Outcome<()> {
    for peers in [1_000, 10_000] {
        let figure = |what: &str| format!("{peers} peers with 100 wants each: {what}");
        print(&figure("a want-have alone, found"), || served(peers, 1, true))?;
        print(&figure("a want-have alone, not found"), || served(peers, 1, false))?;
        print(&figure("64 want-haves in a message, each"), || served(peers, 64, true))?;
    }
    for open in [10, 100, 1_000, 10_000] {
        print(&format!("a block, {open} single gets open in a session"), || fetched(open, 1))?;
    }
    for members in [1, 10, 50] {
        print(&format!("a block, {members} members that have it"), || fetched(1, members))?;
    }
    for peers in [1_000, 10_000] {
        let told = format!("a want told to {peers} peers that lack it");
        print(&format!("{told}, for each"), || Ok(refused(peers)?.0 / peers as u32))?;
        print(&format!("{told}, the longest input"), || Ok(refused(peers)?.1))?;
    }
    writeln!(stdout(), "{:>8} B   a remote want (100,000 over 100 peers)", remote_want_bytes()?)?;
    writeln!(stdout(), "{:>8} B   a connected idle peer (10,000)", idle_peer_bytes()?)?;
    Ok(())
}

fn print(figure: &str, run: impl Fn() -> Outcome<Duration>) -> Outcome<()> {
    let mut runs = [0; RUNS];
    for took in &mut runs {
        *took = run()?.as_nanos();
    }
    runs.sort_unstable();
    let [least, .., most] = runs;
    writeln!(stdout(), "{:>8} ns  ({least}–{most})  {figure}", runs[RUNS / 2])?;
    Ok(())
}

/// Time for each want-have of `batch` in a message, with so many peers that want 100 things each.
fn served(peers: u64, batch: u64, found: bool) -> Outcome<Duration> {
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
    world.spent = Duration::ZERO;
    for n in 0..messages {
        let first = n * batch;
        let name = |name| if found { name % stored.end } else { 2_000_000_000 + name };
        let wants = (first..first + batch).map(|next| cid_of(name(next)));
        world.receive_wants(n * 7_919 % peers, WantKind::Have, wants.collect());
    }
    Ok(world.spent / (messages * batch) as u32)
}

/// Time for each block, while `open` single gets of one session are open, and `members` peers have
/// all blocks.
fn fetched(open: u64, members: u64) -> Outcome<Duration> {
    let blocks = 10_000.max(open);
    let mut world = World::with_peers(members)?;
    world.remote = World::blocks(0..blocks);
    // The first blocks make members of the peers.
    for name in 0..64 {
        world.get(cid_of(name));
        world.answer_all();
    }
    world.spent = Duration::ZERO;
    for first in (64..blocks).step_by(open as usize) {
        for name in first..(first + open).min(blocks) {
            world.get(cid_of(name));
        }
        world.answer_all();
    }
    assert_eq!(world.delivered, blocks, "all blocks come");
    Ok(world.spent / (blocks - 64) as u32)
}

/// Time of all that follows from one get that nobody can serve, and of its longest input.
fn refused(peers: u64) -> Outcome<(Duration, Duration)> {
    let mut world = World::with_peers(peers)?;
    world.spent = Duration::ZERO;
    world.longest = Duration::ZERO;
    world.get(cid_of(0));
    world.answer_all();
    Ok((world.spent, world.longest))
}

fn remote_want_bytes() -> Outcome<isize> {
    let mut world = World::with_peers(100)?;
    let wants = |n: u64| (0..1_000).map(move |name| cid_of(n * 1_000 + name)).collect();
    let region = Region::new(ALLOCATOR);
    for n in 0..100 {
        world.receive_wants(n, WantKind::Block, wants(n));
    }
    Ok(in_use(&region) / 100_000)
}

fn idle_peer_bytes() -> Outcome<isize> {
    let mut world = World::with_peers(0)?;
    let region = Region::new(ALLOCATOR);
    for n in 0..10_000 {
        world.connect(n);
    }
    Ok(in_use(&region) / 10_000)
}

/// Bytes allocated since `region` began and not freed.
fn in_use(region: &Region<'_, System>) -> isize {
    let change = region.change();
    change.bytes_allocated as isize - change.bytes_deallocated as isize
}
