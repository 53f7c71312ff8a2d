//! Strategies: checked, counted, and replaced while the engine runs.

use std::time::Duration;

use bitswap_core::strategy::{
    Ask, Asks, Ctx, PeerSelector, Presence, Role, SessionView, StrategySet, plain,
};
use bitswap_core::testing::{Driver, Held, Net, at, block, blocks, call, cids_of, selector};
use bitswap_core::wire::BlockPresence::Have;
use bitswap_core::{DeadlineReason, Input, PeerKey};

#[test]
fn every_role_is_asked_in_a_fetch_and_every_reason_is_counted() {
    let mut net = Net::of(2);
    let apple = block(1, 5_000);
    net.store(1, &apple);
    net.give(0, call(1, &[apple.0]));
    let asked = |node: usize, role: Role| {
        let stats = net.engine(node).stats();
        let played = stats.strategies.iter().find(|stats| stats.role == role).cloned();
        played.map(|stats| (stats.asked > 0, stats.decisions_total() > 0))
    };
    for role in [Role::PeerSelector, Role::ProviderFinder, Role::Registry] {
        assert_eq!(asked(0, role), Some((true, true)), "{role}");
    }
    for role in [Role::TaskPrioritizer, Role::LedgerPolicy] {
        assert_eq!(asked(1, role), Some((true, true)), "{role}");
        assert_eq!(asked(0, role), Some((false, false)), "nobody asked Alice: {role}");
    }
}

#[test]
fn asks_that_break_a_rule_are_dropped_and_counted() {
    let alice = known_to_two(selector(Greedy));
    let stats = alice.engine.stats();
    let selector = &stats.strategies[0];
    let dropped: Vec<_> = selector.rejected.iter().map(|(cause, _)| *cause).collect();
    assert_eq!(dropped, ["unknown_peer", "asked_already", "asked_elsewhere"]);
    assert_eq!(stats.client.block_asks, 1);
}

#[test]
fn only_a_hedge_brings_a_second_ask() {
    let alice = known_to_two(selector(Hedger));
    assert_eq!(alice.engine.stats().client.block_asks, 2);
}

#[test]
fn a_delayed_ask_is_made_when_its_time_has_come() {
    let mut alice = known_to_two(selector(Later));
    assert_eq!(alice.engine.stats().client.block_asks, 0);
    alice.reach(DeadlineReason::ScheduledWant);
    assert_eq!(alice.now, at(2_000));
    assert_eq!(alice.engine.stats().client.block_asks, 1);
}

#[test]
fn a_selector_that_never_asks_makes_a_search_not_a_standstill() {
    let mut alice = known_to_two(selector(Lazy));
    assert_eq!(alice.engine.stats().client.block_asks, 0);
    assert!(alice.engine.next_deadline().is_some());
    alice.at(60_000).give(Input::DeadlineReached);
    assert!(alice.engine.stats().client.broadcasts >= 1);
}

#[test]
fn a_want_held_back_too_long_is_asked_for_by_the_engine() {
    let mut alice = known_to_two(selector(OneAtATime));
    let pear = block(2, 9_000).0;
    alice.at(10).give(call(2, &[pear]));
    assert_eq!(alice.engine.stats().client.block_asks, 1);
    alice.run_until(at(5_010));
    assert!(alice.engine.stats().client.block_asks >= 2);
}

#[test]
fn of_wants_held_back_too_long_as_many_are_asked_for_as_peers_have_room_for() {
    let mut alice = known_to_two(selector(OneAtATime));
    let more = cids_of(&blocks(2..500, 9_000));
    alice.at(10).give(call(2, &more));
    alice.run_until(at(5_010));
    assert_eq!(alice.engine.stats().client.block_asks, 4, "two of each");
}

#[test]
fn another_strategy_takes_over_between_two_inputs() {
    let mut alice = known_to_two(plain::strategies());
    alice.swap(Role::PeerSelector, selector(Lazy));
    let pear = block(2, 9_000).0;
    alice.at(10).give(call(2, &[pear]));
    let names: Vec<_> =
        alice.engine.stats().strategies.iter().map(|s| s.strategy.to_string()).collect();
    assert_eq!(names, ["plain", "test", "plain", "plain", "plain", "plain"]);
    assert_eq!(alice.engine.stats().client.block_asks, 1);
}

/// A selector that asks an unknown peer, and all members at once.
struct Greedy;

impl PeerSelector for Greedy {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        if session.peers.len() < 2 {
            return;
        }
        for want in session.wants {
            asks.push(Ask::block(want.want, PeerKey(1), "greedy"));
            let first = session.peers[0].peer;
            for peer in [first, first].into_iter().chain(session.peers.iter().map(|p| p.peer)) {
                asks.push(Ask::block(want.want, peer, "greedy"));
            }
        }
    }
}

struct Hedger;

impl PeerSelector for Hedger {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        for (row, want) in session.wants.iter().enumerate() {
            let holds = |column: &usize| session.presence(row, *column) == Presence::Have;
            let holders: Vec<usize> = (0..session.peers.len()).filter(holds).collect();
            // Only once both are known, so that the test sees one answer.
            if let [first, second] = holders[..] {
                asks.push(Ask::block(want.want, session.peers[first].peer, "first"));
                asks.push(Ask::block(want.want, session.peers[second].peer, "hedge").hedged());
            }
        }
    }
}

struct Later;

impl PeerSelector for Later {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        for want in session.wants {
            let ask = Ask::block(want.want, session.peers[0].peer, "later");
            asks.push(ask.delayed(Duration::from_secs(2)));
        }
    }
}

pub(crate) struct Lazy;

impl PeerSelector for Lazy {
    fn select(&mut self, _: &mut Ctx<'_>, _: &SessionView<'_>, _: &mut Asks) {}
}

/// Asks for the oldest want, and only when no other ask is in flight.
pub(crate) struct OneAtATime;

impl PeerSelector for OneAtATime {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        if session.block_asks_in_flight == 0 {
            asks.push(Ask::block(session.wants[0].want, session.peers[0].peer, "one"));
        }
    }
}

/// Alice wants a block that Bob and Carol say they have.
fn known_to_two(set: StrategySet) -> Driver {
    let mut alice = Driver::with(set).holding(&Held::NETWORK).with_peers(2);
    let apple = block(1, 9_000).0;
    alice.give(call(1, &[apple]));
    for other in 1..3 {
        alice.receive_presence(other, apple, Have);
    }
    alice
}
