//! What the engine alone costs, without network and disk: time of a request served, of a block
//! fetched and of a want that nobody has, and bytes of what it remembers.
//!
//! `cargo bench -p bitswap-benches --bench engine` prints one line for each figure: the median of
//! the runs, with the least and the most. The world answers at once, and its time does not count.

#[path = "../instructions/src/counted.rs"]
mod counted;
#[path = "../instructions/src/figures.rs"]
mod figures;
#[path = "../instructions/src/world.rs"]
mod world;

use std::alloc::System;
use std::io::{Write as _, stdout};
use std::time::Duration;

use bitswap_core::wire::WantKind;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use self::figures::{fetched, fetched_in, listed, listed_by_a_peer, queued, refused, served};
use self::world::{Outcome, World, cid_of};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const RUNS: usize = 5;

fn main() -> Outcome<()> {
    for peers in [1_000, 10_000] {
        let figure = |what: &str| format!("{peers} peers with 100 wants each: {what}");
        let each = |batch, found| move || Ok(served(peers, batch, found)?.each());
        print(&figure("a want-have alone, found"), each(1, true))?;
        print(&figure("a want-have alone, not found"), each(1, false))?;
        print(&figure("64 want-haves in a message, each"), each(64, true))?;
    }
    for open in [10, 100, 1_000, 10_000] {
        print(&format!("a block, {open} single gets open in a session"), || {
            Ok(fetched(open, 1)?.each())
        })?;
    }
    for sessions in [1, 1_000, 10_000] {
        print(&format!("a block, 1,024 gets open in {sessions} sessions"), || {
            Ok(fetched_in(sessions)?.each())
        })?;
    }
    print("a block of a list of 10,000, 15 in a message", || Ok(listed(10_000, 15)?.each()))?;
    print("a block served of a list of 10,000", || Ok(listed_by_a_peer(10_000)?.each()))?;
    for members in [1, 10, 50] {
        print(&format!("a block, {members} members that have it"), || {
            Ok(fetched(1, members)?.each())
        })?;
    }
    for peers in [10, 1_000, 10_000] {
        print(&format!("a block served, {peers} peers wait"), || Ok(queued(peers)?.each()))?;
    }
    for peers in [1_000, 10_000] {
        let told = format!("a want told to {peers} peers that lack it");
        print(&format!("{told}, for each"), || Ok(refused(peers)?.each()))?;
        print(&format!("{told}, the longest input"), || Ok(refused(peers)?.longest))?;
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
