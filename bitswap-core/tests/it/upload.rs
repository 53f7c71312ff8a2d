//! Upload limits, of the node and of each peer: what leaves in a second, and in whose turn.

use std::num::NonZeroU64;

use bitswap_core::testing::{Driver, at};
use bitswap_core::{EngineConfig, Input, Limits};

use crate::shares::{SIZE, ask_for, weighted};

/// Ten blocks a second.
const RATE: u64 = 10 * SIZE as u64;
/// Blocks of the burst, and the one with which more is owed than that.
const AT_ONCE: usize = (Limits::UPLOAD_BURST / SIZE as u64) as usize + 1;

#[test]
fn no_more_bytes_leave_in_a_second_than_the_upload_limit_allows() {
    let mut alice = Driver::within(limits(RATE, u64::MAX)).with_peers(2);
    let served = |alice: &Driver| alice.blocks_sent_to(1) + alice.blocks_sent_to(2);
    alice.run_until(at(10_000));
    for n in 1..=2 {
        ask_for(&mut alice, n, 1..=300);
    }
    assert!(served(&alice).abs_diff(AT_ONCE) <= 1, "{}", served(&alice));
    let before = served(&alice);
    alice.run_until(at(20_000));
    assert!((served(&alice) - before).abs_diff(100) <= 1, "{}", served(&alice) - before);
    alice.run_until(at(90_000));
    assert_eq!(served(&alice), 600);
    assert_eq!(alice.engine.next_deadline(), None, "nobody waits any more");
}

#[test]
fn a_peer_at_its_own_limit_holds_nobody_else_back() {
    let mut alice = Driver::within(limits(u64::MAX, RATE)).with_peers(2);
    ask_for(&mut alice, 1, 1..=300);
    let first = alice.blocks_sent_to(1);
    assert!(first.abs_diff(AT_ONCE) <= 1, "{first}");
    ask_for(&mut alice, 2, 1..=300);
    assert_eq!(alice.blocks_sent_to(2), first, "at once");
    alice.run_until(at(10_000));
    for n in 1..=2 {
        let since = alice.blocks_sent_to(n) - first;
        assert!(since.abs_diff(100) <= 1, "{since}");
    }
    alice.disconnect(1);
    alice.run_until(at(60_000));
    assert_eq!(alice.blocks_sent_to(2), 300);
    assert_eq!(alice.engine.next_deadline(), None, "nobody waits any more");
}

#[test]
fn limits_change_while_peers_wait() {
    let mut alice = Driver::within(limits(u64::MAX, u64::MAX)).with_peers(2);
    let limited = |node, per_peer| {
        let [node, per_peer] = [node, per_peer].map(NonZeroU64::new);
        Input::UploadLimited { node, per_peer }
    };
    alice.give(limited(0, RATE));
    ask_for(&mut alice, 1, 1..=300);
    let upload = alice.engine.stats().upload;
    assert_eq!(upload.limits, [None, NonZeroU64::new(RATE)]);
    let queued = (300 - alice.blocks_sent_to(1)) * SIZE;
    assert_eq!(upload.held_bytes, [0, queued as u64]);

    alice.at(1_000).give(limited(RATE, 0));
    let served = alice.blocks_sent_to(1);
    assert!(served < 300, "now it is the node's limit that holds it back: {served}");
    alice.at(3_000).give(limited(0, 0));
    assert_eq!(alice.blocks_sent_to(1), 300);
    let upload = alice.engine.stats().upload;
    assert_eq!((upload.limits, upload.held_bytes), ([None, None], [0, 0]));
    assert_eq!(upload.waited.map(|time| time.as_secs()), [2, 1]);
}

#[test]
fn what_is_scarce_is_shared_by_weight() {
    let config = EngineConfig { limits: limits(RATE, u64::MAX), ..EngineConfig::seeded(7) };
    let mut alice = Driver::new(config, weighted(1, 3 * 1_024));
    for n in [2, 1] {
        alice.connect(n);
        ask_for(&mut alice, n, 1..=600);
    }
    let before = [1, 2].map(|n| alice.blocks_sent_to(n));
    alice.run_until(at(40_000));
    let [favoured, other] = [1, 2].map(|n| alice.blocks_sent_to(n) - before[n as usize - 1]);
    // The burst went to the only peer that was there, which counts for nothing later.
    assert_eq!(favoured + other, 400, "{favoured} and {other}");
    assert!(favoured.abs_diff(3 * other) <= 8, "{favoured} and {other}");
}

fn limits(upload: u64, per_peer: u64) -> Limits {
    Limits {
        // One block in each turn.
        message_bytes: 1,
        upload_bytes_per_second: upload,
        upload_bytes_per_second_per_peer: per_peer,
        ..Limits::default()
    }
}
