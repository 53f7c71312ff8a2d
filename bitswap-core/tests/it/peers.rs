//! Peers that come, go and fall silent.

use std::collections::BTreeSet;
use std::time::Duration;

use bitswap_core::strategy::{Ctx, Named, ProviderFinder, SearchView, Source, Step, plain};
use bitswap_core::wire::{BlockPresence, Dialect, Entry, Message};
use bitswap_core::{Action, AskOutcome, CallId, Engine, Failure, Input, Lanes, Speaks, Timestamp};
use cid::Cid;
use libp2p_identity::PeerId;

use crate::cast::{act, at, block, call, connected, engine, engine_with, nothing_here, peer};

const OLDER: Speaks = Speaks { dialect: Dialect::V1_1, lanes: Lanes::Two };

#[test]
fn one_peer_too_many_is_let_go() {
    let mut config = bitswap_core::EngineConfig::seeded(7);
    config.limits.peers = 1;
    let mut alice = Engine::new(config, plain::strategies()).expect("valid");
    act(&mut alice, at(0), connected(1));
    assert_eq!(act(&mut alice, at(0), connected(2)), [Action::LetGo { peer: peer(2) }]);
}

#[test]
fn a_peer_that_leaves_takes_everything_but_its_account() {
    let mut alice = engine();
    act(&mut alice, at(0), connected(1));
    act(&mut alice, at(1), Input::PeerDisconnected { peer: peer(1) });
    assert_eq!(alice.stats().gauges.peers, 0);
    assert!(alice.account(&peer(1)).is_some());
    assert_eq!(alice.next_deadline(), None);
}

#[test]
fn silence_moves_the_ask_to_the_next_peer() {
    let (mut alice, apple) = asked_two();
    let first = asked_block(&alice);
    let deadline = alice.next_deadline().expect("patience runs");
    assert!(deadline.since(at(0)) <= Duration::from_secs(8), "{deadline:?}");
    let actions = act(&mut alice, deadline, Input::DeadlineReached);
    assert_eq!(asked_block(&alice), first + 1);
    assert!(actions.iter().any(|action| matches!(action, Action::Send { .. })), "{apple}");
    assert_eq!(alice.stats().client.asks_ended[5], 1);
}

#[test]
fn a_peer_without_have_gets_its_turn_after_another_one() {
    let mut alice = engine();
    act(&mut alice, at(0), Input::PeerConnected { peer: peer(1), speaks: OLDER });
    let actions = act(&mut alice, at(0), call(1, &[block(1, 9_000).0]));
    let actions = nothing_here(&mut alice, at(0), &actions);
    assert_eq!(
        everybody_asked(&mut alice, actions, at(0), at(3_000_000)),
        BTreeSet::from([peer(1)])
    );

    // The pauses between broadcasts are long by now, and the first peer is being asked.
    let now = alice.next_deadline().expect("the search goes on");
    let mut actions = act(&mut alice, now, Input::DeadlineReached);
    actions.extend(act(&mut alice, now, Input::PeerConnected { peer: peer(2), speaks: OLDER }));
    let until = now.after(Duration::from_secs(60));

    assert!(everybody_asked(&mut alice, actions, now, until).contains(&peer(2)));
}

#[test]
fn a_holder_does_not_wait_for_a_peer_without_have() {
    let mut alice = engine();
    act(&mut alice, at(0), Input::PeerConnected { peer: peer(1), speaks: OLDER });
    act(&mut alice, at(0), connected(2));
    let apple = block(1, 9_000).0;
    let actions = act(&mut alice, at(0), call(1, &[apple]));
    nothing_here(&mut alice, at(0), &actions);
    assert_eq!((asked_block(&alice), alice.stats().client.have_asks), (1, 1));

    let presences = vec![(apple, BlockPresence::Have)];
    let message = Message { presences, ..Message::default() };
    let left_out = bitswap_core::wire::LeftOut::default();
    act(&mut alice, at(50), Input::MessageReceived { peer: peer(2), message, left_out });

    let client = alice.stats().client;
    assert_eq!(client.block_asks, 2);
    assert_eq!(client.asks_ended[AskOutcome::Cancelled as usize], 1, "one ask is open at a time");
}

#[test]
fn a_lost_peer_frees_what_it_was_asked() {
    let (mut alice, _) = asked_two();
    let first = asked_block(&alice);
    for other in 1..3 {
        act(&mut alice, at(10), Input::PeerDisconnected { peer: peer(other) });
    }
    assert_eq!(asked_block(&alice), first + 1, "the other one was asked before it left too");
    assert_eq!(alice.stats().gauges.wants, 1);
    assert_eq!(alice.stats().gauges.searches, 1);
}

#[test]
fn providers_that_are_found_are_dialled_and_asked() {
    let mut set = plain::strategies();
    set.provider_finder = Named::new("routing", Box::new(RoutingOnly));
    let mut alice = engine_with(set);
    let apple = block(1, 9).0;
    let actions = act(&mut alice, at(0), call(1, &[apple]));
    let actions = nothing_here(&mut alice, at(0), &actions);
    let lookup = actions.iter().find_map(|action| match action {
        Action::Lookup { lookup, .. } => Some(*lookup),
        _ => None,
    });
    let lookup = lookup.expect("a look-up");

    let found = Input::ProvidersFound { lookup, peers: vec![peer(1)] };
    assert_eq!(act(&mut alice, at(1), found), [Action::Connect { peer: peer(1) }]);
    act(&mut alice, at(2), Input::LookupEnded { lookup });
    let actions = act(&mut alice, at(3), connected(1));

    assert!(actions.iter().any(|action| matches!(action, Action::Send { .. })));
    assert_eq!(asked_block(&alice), 1);
}

#[test]
fn a_finder_that_gives_up_ends_the_want() {
    let mut set = plain::strategies();
    set.provider_finder = Named::new("never", Box::new(Never));
    let mut alice = engine_with(set);
    let apple = block(1, 9).0;
    let actions = act(&mut alice, at(0), call(1, &[apple]));
    let actions = nothing_here(&mut alice, at(0), &actions);
    let (call, why) = (CallId(1), Failure::NotFound);
    assert_eq!(actions, [Action::Fail { call, cid: apple, why }, Action::Finish { call }]);
}

struct RoutingOnly;

impl ProviderFinder for RoutingOnly {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        let reason = "routing only";
        if search.lookups > 0 {
            return Step::WaitUntil { at: ctx.now().after(Duration::from_secs(9)), reason };
        }
        let timeout = Duration::from_secs(10);
        Step::Ask { source: Source::Routing, max_providers: 3, timeout, reason }
    }
}

struct Never;

impl ProviderFinder for Never {
    fn next_step(&mut self, _: &mut Ctx<'_>, _: &SearchView) -> Step {
        Step::GiveUp { reason: "never searches" }
    }
}

/// Alice knows that two peers have what she wants; one of them is asked for it.
fn asked_two() -> (Engine, Cid) {
    let mut alice = engine();
    let apple = block(1, 9_000).0;
    act(&mut alice, at(0), connected(1));
    act(&mut alice, at(0), connected(2));
    let actions = act(&mut alice, at(0), call(1, &[apple]));
    let mut said = nothing_here(&mut alice, at(0), &actions);
    for other in 1..3 {
        let presences = vec![(apple, BlockPresence::Have)];
        let message = Message { presences, ..Message::default() };
        let left_out = bitswap_core::wire::LeftOut::default();
        let input = Input::MessageReceived { peer: peer(other), message, left_out };
        said.extend(act(&mut alice, at(0), input));
    }
    while let Some(action) = said.pop() {
        if let Action::Send { peer, send, .. } = action {
            said.extend(act(&mut alice, at(0), Input::Sent { peer, send }));
        }
    }
    (alice, apple)
}

/// Lets time pass until `until`; who was told of any want, from `said` on. Nobody answers.
fn everybody_asked(
    alice: &mut Engine,
    mut said: Vec<Action>,
    mut now: Timestamp,
    until: Timestamp,
) -> BTreeSet<PeerId> {
    let mut asked = BTreeSet::new();
    loop {
        while let Some(action) = said.pop() {
            if let Action::Send { peer, send, message, .. } = action {
                let wants = |entry: &Entry| matches!(entry, Entry::Want { .. });
                asked.extend(message.entries.iter().any(wants).then_some(peer));
                said.extend(act(alice, now, Input::Sent { peer, send }));
            } else if let Action::Lookup { lookup, .. } = action {
                said.extend(act(alice, now, Input::LookupEnded { lookup }));
            }
        }
        now = alice.next_deadline().expect("the search goes on");
        if now > until {
            return asked;
        }
        said = act(alice, now, Input::DeadlineReached);
    }
}

fn asked_block(engine: &Engine) -> u64 {
    engine.stats().client.block_asks
}
