//! Wants sent to new and reconnected peers, and retries to peers that stay silent.

use std::collections::BTreeSet;
use std::time::Duration;

use bitswap_core::testing::{Driver, at, block, blocks, call_in, cids_of, wants};
use bitswap_core::wire::{BlockPresence, ProtocolVersion, WantKind};
use bitswap_core::{Limits, Timestamp};
use cid::Cid;

const BOB: u64 = 1;
const CAROL: u64 = 2;

#[test]
fn who_brought_something_and_returns_is_a_member_again() {
    let mut alice = Driver::default().with_peers(2);
    let [apple, pear] = [1, 2].map(|name| block(name, 9_000));
    want(&mut alice, 1, &[apple.0]);
    alice.at(1).receive_presence(BOB, apple.0, BlockPresence::Have);
    alice.receive_block(BOB, &apple);
    alice.receive_block(CAROL, &apple);
    alice.disconnect(BOB);
    want(&mut alice, 1, &[pear.0]);
    alice.at(2).connect(BOB);

    let actions = alice.at(3).disconnect(CAROL);

    assert_eq!(alice.engine.stats().client.broadcasts, 1, "nothing but the apple was searched for");
    assert_eq!(wants(&actions), [(pear.0, WantKind::Block)]);
}

#[test]
fn a_newcomer_is_asked_for_something_of_each_session() {
    let mut alice = with_limits(|limits| limits.wants_for_a_new_peer = 4);
    let files: [Vec<Cid>; 2] = [1, 2].map(|file| names(file, 10));
    for (session, file) in (1..).zip(&files) {
        want(&mut alice, session, file);
    }

    let asked = wants(&alice.at(1).connect(CAROL));

    let asked: BTreeSet<Cid> = asked.into_iter().map(|(cid, _)| cid).collect();
    let oldest = files.iter().flat_map(|file| file[..2].to_vec());
    assert_eq!(asked, oldest.collect());
}

#[test]
fn while_many_are_searched_for_a_session_begins_one_search() {
    let mut alice = with_limits(|limits| limits.searches_per_session = 5);
    for session in 1..=3 {
        want(&mut alice, session, &names(session, 10));
    }
    assert_eq!(alice.engine.stats().gauges.searches, 5 + 1 + 1);
}

#[test]
fn who_says_nothing_is_asked_again_ever_later() {
    let mut alice = Driver::default().with_peers(1);
    want(&mut alice, 1, &[block(1, 9_000).0]);

    let told = told_until(&mut alice, at(3 * 3_600_000), 0, None);

    let pauses: Vec<Duration> = told.windows(2).map(|pair| pair[1].0.since(pair[0].0)).collect();
    assert_eq!(pauses.len(), 4, "{told:?}");
    for (pause, least) in pauses.iter().zip([30, 600, 3_600, 3_600]) {
        assert!(*pause >= Duration::from_secs(least), "{pauses:?}");
    }
}

#[test]
fn who_need_not_have_answered_was_not_asked_in_vain() {
    let mut alice = Driver::default().with_peers(1);
    // It knows no want-have, and is asked for the block until another one says HAVE.
    alice.connect_as(CAROL, ProtocolVersion::V1_1);
    let apple = block(1, 9_000).0;
    want(&mut alice, 1, &[apple]);
    let mut told = 0;
    while alice.now < at(300_000) {
        if alice.wants_sent_to(BOB) == told {
            alice.reach_deadline();
            continue;
        }
        told = alice.wants_sent_to(BOB);
        let has = alice.wanted_of(BOB, apple) == Some(WantKind::Have);
        let says = if has { BlockPresence::Have } else { BlockPresence::DontHave };
        alice.receive_presence(BOB, apple, says);
    }
    assert!(alice.wants_sent_to(CAROL) > 2, "Bob said HAVE three times, and never sent it");
}

#[test]
fn who_comes_back_is_told_of_some_old_wants_and_new_ones_and_of_the_others_later() {
    let mut alice = with_limits(|limits| limits.wants_for_a_new_peer = 4);
    want(&mut alice, 1, &names(1, 10));
    alice.at(1_000).disconnect(BOB);

    let begin = alice.log.len();
    alice.at(2_000).connect(BOB);
    want(alice.at(2_001), 2, &names(2, 1));
    let told = told_until(&mut alice, at(30_000), begin, None);

    let (soon, later): (Vec<_>, Vec<_>) = told.iter().partition(|(when, _)| *when < at(17_000));
    let count = |told: Vec<&(Timestamp, usize)>| told.iter().map(|told| told.1).sum::<usize>();
    assert_eq!((count(soon), count(later)), (4 + 1, 6));
}

#[test]
fn who_says_have_and_does_not_send_is_asked_again_sooner_than_who_says_nothing() {
    let mut alice = Driver::default().with_peers(1);
    let apple = block(1, 9_000).0;
    want(&mut alice, 1, &[apple]);

    let told = told_until(&mut alice, at(600_000), 0, Some(apple));

    let questions = told.len() / 2;
    assert!((4..=6).contains(&questions), "{told:?}");
}

/// Lets time pass in which look-ups find nobody, and Bob sends nothing but says that he has
/// `promised`; when wants were said, and how many, from the action number `from` on.
fn told_until(
    alice: &mut Driver,
    until: Timestamp,
    from: usize,
    promised: Option<Cid>,
) -> Vec<(Timestamp, usize)> {
    let (mut begin, mut told) = (from, Vec::new());
    while alice.now < until {
        while let Some(action) = alice.log.get(begin).cloned() {
            begin += 1;
            let wants = wants(&[action]);
            if !wants.is_empty() {
                told.push((alice.now, wants.len()));
            }
            if let Some(cid) = promised.filter(|cid| wants.contains(&(*cid, WantKind::Have))) {
                alice.receive_presence(BOB, cid, BlockPresence::Have);
            }
        }
        alice.reach_deadline();
    }
    told
}

fn with_limits(change: impl FnOnce(&mut Limits)) -> Driver {
    let mut limits = Limits::default();
    change(&mut limits);
    Driver::within(limits).with_peers(1)
}

/// So many CIDs of one file.
fn names(file: u64, count: u64) -> Vec<Cid> {
    cids_of(&blocks(file * 1_000..file * 1_000 + count, 9_000))
}

fn want(alice: &mut Driver, session: u64, cids: &[Cid]) {
    let id = alice.engine.stats().client.wants_started + 1;
    alice.give(call_in(session, id, cids));
}
