//! What peers that come, or come back, are asked for, and those that stay and say nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use bitswap_core::strategy::plain;
use bitswap_core::wire::{BlockPresence, Entry, LeftOut, Message, WantKind};
use bitswap_core::{Action, Block, Engine, EngineConfig, Input, Timestamp};
use cid::Cid;

use crate::cast::{act, at, block, call_in, connected, engine, nothing_here, peer};

const BOB: u64 = 1;
const CAROL: u64 = 2;

#[test]
fn who_brought_something_and_returns_is_a_member_again() {
    let mut alice = engine();
    let [apple, pear] = [1, 2].map(|name| block(name, 9_000));
    act(&mut alice, at(0), connected(BOB));
    act(&mut alice, at(0), connected(CAROL));
    want(&mut alice, 1, &[apple.0]);
    has(&mut alice, BOB, apple.0);
    brings(&mut alice, BOB, &apple);
    brings(&mut alice, CAROL, &apple);
    act(&mut alice, at(1), Input::PeerDisconnected { peer: peer(BOB) });
    want(&mut alice, 1, &[pear.0]);
    act(&mut alice, at(2), connected(BOB));

    let actions = act(&mut alice, at(3), Input::PeerDisconnected { peer: peer(CAROL) });

    assert_eq!(alice.stats().client.broadcasts, 1, "nothing but the apple was searched for");
    assert_eq!(wants(&actions), [(pear.0, WantKind::Block)]);
}

#[test]
fn a_newcomer_is_asked_for_something_of_each_session() {
    let mut alice = with_limits(|limits| limits.wants_for_a_new_peer = 4);
    let files: [Vec<Cid>; 2] = [1, 2].map(|file| names(file, 10));
    act(&mut alice, at(0), connected(BOB));
    for (session, file) in (1..).zip(&files) {
        want(&mut alice, session, file);
    }

    let asked = wants(&act(&mut alice, at(1), connected(CAROL)));

    let asked: BTreeSet<Cid> = asked.into_iter().map(|(cid, _)| cid).collect();
    let oldest = files.iter().flat_map(|file| file[..2].to_vec());
    assert_eq!(asked, oldest.collect());
}

#[test]
fn while_many_are_searched_for_a_session_begins_one_search() {
    let mut alice = with_limits(|limits| limits.searches_per_session = 5);
    act(&mut alice, at(0), connected(BOB));
    for session in 1..=3 {
        want(&mut alice, session, &names(session, 10));
    }
    assert_eq!(alice.stats().gauges.searches, 5 + 1 + 1);
}

#[test]
fn who_says_nothing_is_asked_again_ever_later() {
    let mut alice = engine();
    act(&mut alice, at(0), connected(BOB));
    let said = want(&mut alice, 1, &[block(1, 9_000).0]);

    let told = told_until(&mut alice, at(3 * 3_600_000), said, None);

    let pauses: Vec<Duration> = told.windows(2).map(|pair| pair[1].0.since(pair[0].0)).collect();
    assert_eq!(pauses.len(), 4, "{told:?}");
    for (pause, least) in pauses.iter().zip([30, 600, 3_600, 3_600]) {
        assert!(*pause >= Duration::from_secs(least), "{pauses:?}");
    }
}

#[test]
fn who_comes_back_is_told_of_some_old_wants_and_new_ones_and_of_the_others_later() {
    let mut alice = with_limits(|limits| limits.wants_for_a_new_peer = 4);
    act(&mut alice, at(0), connected(BOB));
    want(&mut alice, 1, &names(1, 10));
    act(&mut alice, at(1_000), Input::PeerDisconnected { peer: peer(BOB) });

    let mut said = act(&mut alice, at(2_000), connected(BOB));
    said.extend(want(&mut alice, 2, &names(2, 1)));
    let told = told_until(&mut alice, at(30_000), said, None);

    let (soon, later): (Vec<_>, Vec<_>) = told.iter().partition(|(when, _)| *when < at(17_000));
    let count = |told: Vec<&(Timestamp, usize)>| told.iter().map(|told| told.1).sum::<usize>();
    assert_eq!((count(soon), count(later)), (4 + 1, 6));
}

#[test]
fn who_says_have_and_does_not_send_is_asked_again_sooner_than_who_says_nothing() {
    let mut alice = engine();
    let apple = block(1, 9_000).0;
    act(&mut alice, at(0), connected(BOB));
    let said = want(&mut alice, 1, &[apple]);

    let told = told_until(&mut alice, at(600_000), said, Some(apple));

    let questions = told.len() / 2;
    assert!((4..=6).contains(&questions), "{told:?}");
}

/// Lets time pass in which look-ups find nobody, and Bob sends nothing but says that he has
/// `promised`; when wants were said, and how many.
fn told_until(
    alice: &mut Engine,
    until: Timestamp,
    mut said: Vec<Action>,
    promised: Option<Cid>,
) -> Vec<(Timestamp, usize)> {
    let (mut now, mut told) = (alice.moment(Timestamp::ZERO), Vec::new());
    while now < until {
        while let Some(action) = said.pop() {
            let wants = wants(std::slice::from_ref(&action));
            if !wants.is_empty() {
                told.push((now, wants.len()));
            }
            if let Action::Send { peer, send, .. } = action {
                said.extend(act(alice, now, Input::Sent { peer, send }));
                let asked = |cid: &Cid| wants.contains(&(*cid, WantKind::Have));
                if let Some(cid) = promised.filter(asked) {
                    let presences = vec![(cid, BlockPresence::Have)];
                    let (message, left_out) =
                        (Message { presences, ..Message::default() }, LeftOut::default());
                    let heard = Input::MessageReceived { peer, message, left_out };
                    said.extend(act(alice, now, heard));
                }
            } else if let Action::Lookup { lookup, .. } = action {
                said.extend(act(alice, now, Input::LookupEnded { lookup }));
            }
        }
        now = alice.next_deadline().expect("the search goes on");
        said = act(alice, now, Input::DeadlineReached);
    }
    told
}

fn with_limits(change: impl FnOnce(&mut bitswap_core::Limits)) -> Engine {
    let mut config = EngineConfig::seeded(7);
    change(&mut config.limits);
    Engine::new(config, plain::strategies()).expect("valid")
}

/// So many CIDs of one file.
fn names(file: u64, count: u64) -> Vec<Cid> {
    (0..count).map(|name| block(file * 1_000 + name, 9_000).0).collect()
}

fn want(alice: &mut Engine, session: u64, cids: &[Cid]) -> Vec<Action> {
    let id = alice.stats().client.wants_started + 1;
    let actions = act(alice, Timestamp::ZERO, call_in(session, id, cids));
    nothing_here(alice, Timestamp::ZERO, &actions)
}

fn has(alice: &mut Engine, from: u64, cid: Cid) -> Vec<Action> {
    let presences = vec![(cid, BlockPresence::Have)];
    hears(alice, from, Message { presences, ..Message::default() })
}

fn brings(alice: &mut Engine, from: u64, (cid, block): &(Cid, Block)) -> Vec<Action> {
    let blocks = vec![(*cid, block.clone())];
    hears(alice, from, Message { blocks, ..Message::default() })
}

fn hears(alice: &mut Engine, from: u64, message: Message) -> Vec<Action> {
    let left_out = LeftOut::default();
    act(alice, at(1), Input::MessageReceived { peer: peer(from), message, left_out })
}

fn wants(actions: &[Action]) -> Vec<(Cid, WantKind)> {
    let entries = actions.iter().flat_map(|action| match action {
        Action::Send { message, .. } => message.entries.clone(),
        _ => Vec::new(),
    });
    let wants = entries.filter_map(|entry| match entry {
        Entry::Want { cid, kind, .. } => Some((cid, kind)),
        Entry::Cancel { .. } => None,
    });
    wants.collect()
}
