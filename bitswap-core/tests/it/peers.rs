//! Peers that connect, disconnect and fall silent.

use std::collections::BTreeSet;
use std::time::Duration;

use bitswap_core::strategy::{
    Ask, Asks, Ctx, Named, PeerSelector, Presence, ProviderFinder, SearchView, SessionView, Source,
    Step, StrategySet, WantSet,
};
use bitswap_core::testing::{Driver, Held, at, block, call, finder, lookups, peer};
use bitswap_core::wire::{BlockPresence, Entry, ProtocolVersion};
use bitswap_core::{
    Action, AskOutcome, CallId, DeadlineReason, Failure, Input, Limits, ReadAnswer, Timestamp,
};
use libp2p_identity::PeerId;

#[test]
fn one_peer_too_many_is_let_go() {
    let mut alice = Driver::within(Limits { peers: 1, ..Limits::default() }).with_peers(1);
    assert_eq!(alice.connect(2), [Action::Disconnect { peer: peer(2) }]);
}

#[test]
fn a_peer_that_leaves_takes_everything_but_its_account() {
    let mut alice = Driver::default().with_peers(1);
    alice.at(1).disconnect(1);
    assert_eq!(alice.engine.stats().gauges.peers, 0);
    assert!(alice.engine.account(&peer(1)).is_some());
    assert_eq!(alice.engine.next_deadline(), None);
}

#[test]
fn silence_moves_the_ask_to_the_next_peer() {
    let mut alice = asked_two();
    let first = asked_block(&alice);
    let actions = alice.reach(DeadlineReason::DontHaveTimeout);
    assert!(alice.now.since(at(0)) <= Duration::from_secs(8), "{:?}", alice.now);
    assert_eq!(asked_block(&alice), first + 1);
    assert!(actions.iter().any(|action| matches!(action, Action::Send { .. })), "{actions:?}");
    assert_eq!(alice.engine.stats().client.asks_ended[5], 1);
}

#[test]
fn a_peer_without_have_gets_its_turn_after_another_one() {
    let mut alice = Driver::default();
    alice.connect_as(1, ProtocolVersion::V1_1);
    alice.give(call(1, &[block(1, 9_000).0]));
    assert_eq!(everybody_asked(&mut alice, 0, at(3_000_000)), BTreeSet::from([peer(1)]));

    // The pauses between broadcasts are long by now, and the first peer is being asked.
    let begin = alice.log.len();
    alice.reach_deadline();
    alice.connect_as(2, ProtocolVersion::V1_1);
    let until = alice.now.after(Duration::from_secs(60));

    assert!(everybody_asked(&mut alice, begin, until).contains(&peer(2)));
}

#[test]
fn a_holder_does_not_wait_for_a_peer_without_have() {
    let mut alice = Driver::default().holding(&Held::NETWORK);
    alice.connect_as(1, ProtocolVersion::V1_1);
    alice.connect(2);
    let apple = block(1, 9_000).0;
    alice.give(call(1, &[apple]));
    assert_eq!((asked_block(&alice), alice.engine.stats().client.have_asks), (1, 1));

    alice.at(50).receive_presence(2, apple, BlockPresence::Have);

    let client = alice.engine.stats().client;
    assert_eq!(client.block_asks, 2);
    assert_eq!(client.asks_ended[AskOutcome::Cancelled as usize], 1, "one ask is open at a time");
}

#[test]
fn a_lost_peer_frees_what_it_was_asked() {
    let mut alice = asked_two();
    let first = asked_block(&alice);
    for other in 1..3 {
        alice.at(10).disconnect(other);
    }
    assert_eq!(asked_block(&alice), first + 1, "the other one was asked before it left too");
    assert_eq!(alice.engine.stats().gauges.wants, 1);
    assert_eq!(alice.engine.stats().gauges.searches, 1);
}

#[test]
fn providers_that_are_found_are_dialled_and_asked() {
    let peer_selector = Named::new("test", Box::new(ProvidersOnly) as Box<dyn PeerSelector>);
    let strategies = StrategySet { peer_selector, ..finder(RoutingOnly) };
    let mut alice = Driver::with(strategies).holding(&Held::NETWORK);
    let lookup = lookups(&alice.give(call(1, &[block(1, 9).0])))[0];

    let found = Input::ProvidersFound { lookup, peers: vec![peer(1)] };
    assert_eq!(alice.at(1).give(found), [Action::Connect { peer: peer(1) }]);
    alice.at(2).give(Input::LookupEnded { lookup });
    let actions = alice.at(3).connect(1);

    assert!(actions.iter().any(|action| matches!(action, Action::Send { .. })));
    assert_eq!(asked_block(&alice), 1);
}

#[test]
fn a_finder_that_gives_up_ends_the_want() {
    let mut alice = Driver::with(finder(Never)).holding(&[Held::Reads]);
    let apple = block(1, 9).0;
    let reads = alice.give(call(1, &[apple]));
    let actions = alice.answer_reads(&reads, |_| ReadAnswer::Missing);
    let (call, why) = (CallId(1), Failure::NotFound);
    assert_eq!(actions, [Action::Fail { call, cid: apple, why }, Action::Finish { call }]);
}

/// Asks nobody but those that routing named.
struct ProvidersOnly;

impl PeerSelector for ProvidersOnly {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        for (row, want) in session.wants.iter().enumerate() {
            for (_, peer, presence) in session.candidates(row) {
                if presence == Presence::Provider {
                    asks.push(Ask::block(want.want, peer.peer, "provider"));
                }
            }
        }
    }
}

struct RoutingOnly;

impl ProviderFinder for RoutingOnly {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        let reason = "routing only";
        let first = search.searched().next().filter(|_| search.lookups == 0);
        let Some(want) = first.map(|first| first.want) else {
            return Step::WaitUntil { at: ctx.now().after(Duration::from_secs(9)), reason };
        };
        let timeout = Duration::from_secs(10);
        Step::Ask { want, source: Source::Routing, max_providers: 3, timeout, reason }
    }
}

struct Never;

impl ProviderFinder for Never {
    fn next_step(&mut self, _: &mut Ctx<'_>, _: &SearchView) -> Step {
        Step::GiveUp { wants: WantSet::All, reason: "never searches" }
    }
}

/// Alice knows that two peers have what she wants; one of them is asked for it.
fn asked_two() -> Driver {
    let mut alice = Driver::default().with_peers(2);
    let apple = block(1, 9_000).0;
    alice.give(call(1, &[apple]));
    for other in 1..3 {
        alice.receive_presence(other, apple, BlockPresence::Have);
    }
    alice
}

/// Lets time pass until `until`; who was told of any want, from the action number `from` on.
/// Nobody answers.
fn everybody_asked(alice: &mut Driver, from: usize, until: Timestamp) -> BTreeSet<PeerId> {
    while alice.engine.next_deadline().expect("the search goes on") <= until {
        alice.reach_deadline();
    }
    let wants = |entry: &Entry| matches!(entry, Entry::Want { .. });
    let asked = alice.log[from..].iter().filter_map(|action| match action {
        Action::Send { peer, message, .. } if message.entries.iter().any(wants) => Some(*peer),
        _ => None,
    });
    asked.collect()
}

fn asked_block(alice: &Driver) -> u64 {
    alice.engine.stats().client.block_asks
}
