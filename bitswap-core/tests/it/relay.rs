//! Relayed wants: the rules that a registry cannot break, whatever it plans.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use bitswap_core::strategy::{
    Ask, Asks, Ctx, PeerSelector, Presence, Registry, RelayPlan, RelayRequestView, RelayView, Role,
    SessionView,
};
use bitswap_core::testing::Held::{Sends, Writes};
use bitswap_core::testing::{Driver, block, call, peer, registry, selector};
use bitswap_core::wire::{BlockPresence, Entry, Message, ProtocolVersion, RelayHeader, WantKind};
use bitswap_core::{CidKey, EngineConfig, Input, Limits, PeerKey, RelayConfig, SessionId};
use cid::Cid;

const BOB: u64 = 1;
const CAROL: u64 = 2;

#[test]
fn a_want_goes_on_with_a_smaller_ttl_whatever_a_registry_says() {
    let mut alice = between(Everywhere, |_| {});
    alice.receive(BOB, wants(apple(), 2, 7));
    assert_eq!(reaches(&alice, CAROL), [(1, 7)]);
    assert_eq!(reaches(&alice, BOB), [], "it came from there");
}

#[test]
fn a_member_that_lacks_a_block_is_asked_to_relay_by_the_next_search() {
    let mut alice = Driver::default();
    alice.connect_as(BOB, ProtocolVersion::Relay);
    alice.give(call(1, &[block(1, 9_000).0]));
    alice.receive_block(BOB, &block(1, 9_000));
    let (pear, _) = block(7, 9_000);
    alice.give(call(2, &[pear]));
    assert_eq!(ttls(&alice, BOB, pear), [0], "a member is asked for what it has");
    alice.receive_presence(BOB, pear, BlockPresence::DontHave);
    alice.pass_secs(2);
    assert_eq!(ttls(&alice, BOB, pear), [0, 1]);
}

#[test]
fn our_own_wants_go_before_those_of_strangers() {
    let mut alice = between(Everywhere, |_| {});
    alice.hold(&[Sends]);
    alice.give(call(1, &[block(9, 9_000).0]));
    let [pear, plum] = [2, 3].map(|name| block(name, 9_000).0);
    alice.receive(BOB, wants(pear, 2, 7));
    alice.give(call(2, &[plum]));
    alice.release();
    let entries = alice.sent_to(CAROL).last().map(|message| message.entries.iter());
    let cids = entries.map(|entries| entries.map(Entry::cid).copied().collect());
    assert_eq!(cids, Some(vec![plum, pear]));
}

#[test]
fn a_want_goes_no_farther_than_we_let_it_whatever_it_says() {
    let mut alice = between(Everywhere, |_| {});
    alice.receive(BOB, wants(apple(), 200, 7));
    assert_eq!(reaches(&alice, CAROL), [(2, 7)]);
    assert_eq!(alice.engine.stats().relay.clamped, 1);
}

#[test]
fn a_registry_is_told_of_no_larger_ttl_than_may_go_on_and_one_more() {
    let told = Arc::<AtomicU8>::default();
    let mut alice = between(Listener(Arc::clone(&told)), |_| {});
    alice.receive(BOB, wants(apple(), 200, 7));
    assert_eq!(told.load(Ordering::Relaxed), 3);
}

#[test]
fn a_want_does_not_go_back_to_who_sent_it_and_waits_no_more() {
    let mut alice = between(Everywhere, |_| {});
    alice.receive(BOB, wants(apple(), 1, 7));
    alice.connect_as(3, ProtocolVersion::Relay);
    alice.receive(3, wants(apple(), 2, 7));
    alice.receive_entries(BOB, &[Entry::Cancel { cid: apple() }]);
    alice.receive(3, wants(apple(), 3, 7));
    assert_eq!(reaches(&alice, CAROL).last(), Some(&(2, 7)));
    assert_eq!(alice.wants_sent_to(BOB), 0);
}

#[test]
fn a_want_goes_to_so_many_whatever_a_registry_says() {
    let mut alice = between(Everywhere, |relay| relay.degree = 2);
    for n in 3..=6 {
        alice.connect_as(n, ProtocolVersion::Relay);
    }
    alice.receive(BOB, wants(apple(), 2, 7));
    let asked = (1..=6).filter(|n| !reaches(&alice, *n).is_empty());
    assert_eq!(asked.count(), 2);
}

#[test]
fn a_node_that_does_not_pass_on_says_no_at_once() {
    let mut alice = between(Everywhere, |relay| relay.enabled = false);
    alice.receive(BOB, wants(apple(), 2, 7));
    assert_eq!(reaches(&alice, CAROL), []);
    assert_eq!(said(&alice, BOB), [BlockPresence::DontHave]);
}

#[test]
fn our_own_want_that_comes_back_is_not_passed_on() {
    let mut alice = between(Everywhere, |_| {});
    alice.want(1, &[apple()]);
    let (_, want_id) = reaches(&alice, BOB)[0];
    alice.receive(BOB, wants(apple(), 2, want_id));
    assert_eq!(said(&alice, BOB), [BlockPresence::DontHave]);
}

#[test]
fn a_stranger_is_told_who_has_it_one_hop_farther_than_we_are() {
    let mut alice = between(Everywhere, |_| {});
    alice.receive(BOB, wants_to_know(apple(), 7));
    alice.receive_presence(CAROL, apple(), BlockPresence::Have);
    let told = said(&alice, BOB);
    assert_eq!(told[1..], [BlockPresence::Reachable { hops: 1, want_id: 7 }]);
}

#[test]
fn a_strangers_block_is_asked_of_one_and_handed_over_and_counted_apart() {
    let mut alice = between(Everywhere, |_| {});
    alice.connect_as(3, ProtocolVersion::Relay);
    alice.receive(BOB, wants(apple(), 2, 7));
    alice.receive_presence(CAROL, apple(), BlockPresence::Reachable { hops: 1, want_id: 7 });
    alice.receive_presence(3, apple(), BlockPresence::Have);
    assert_eq!([CAROL, 3].map(|n| alice.asked_for_block(n, apple())), [true, false]);
    alice.receive_block(CAROL, &block(1, 9_000));
    assert_eq!((alice.blocks_sent_to(BOB), alice.writes()), (1, 0));
    let account = |n| alice.engine.account(&peer(n)).expect("it is here");
    let (bob, carol) = (account(BOB), account(CAROL));
    assert_eq!([carol.relayed_received_from, bob.relayed_sent_to], [9_000; 2]);
    assert_eq!([carol.received_from, bob.sent_to], [0; 2], "it is no trade of our own");
}

#[test]
fn a_stranger_is_told_no_when_its_time_is_over_or_everybody_said_no() {
    let mut alice = between(Everywhere, |_| {});
    alice.receive(BOB, wants(apple(), 2, 7));
    alice.pass_secs(11);
    assert_eq!(said(&alice, BOB).last(), Some(&BlockPresence::DontHave));

    let pear = block(2, 9_000).0;
    alice.receive(BOB, wants(pear, 2, 8));
    let before = said(&alice, BOB).len();
    alice.receive_presence(CAROL, pear, BlockPresence::DontHave);
    assert_eq!(said(&alice, BOB)[before..], [BlockPresence::DontHave]);
}

#[test]
fn a_stranger_is_told_no_when_all_who_were_asked_are_gone() {
    let mut alice = between(Everywhere, |_| {});
    alice.receive(BOB, wants(apple(), 2, 7));
    alice.disconnect(CAROL);
    assert_eq!(said(&alice, BOB).last(), Some(&BlockPresence::DontHave));
}

#[test]
fn a_peer_that_left_is_not_waited_for_when_a_want_goes_farther() {
    let mut alice = between(Everywhere, |_| {});
    alice.connect_as(3, ProtocolVersion::Relay);
    alice.receive(BOB, wants(apple(), 2, 7));
    alice.disconnect(CAROL);
    alice.receive(BOB, wants(apple(), 3, 7));
    alice.receive_presence(3, apple(), BlockPresence::DontHave);
    assert_eq!(said(&alice, BOB).last(), Some(&BlockPresence::DontHave));
}

#[test]
fn a_strangers_want_goes_on_when_ours_ends_without_the_block() {
    let mut alice = between(Everywhere, |_| {});
    alice.want(1, &[apple()]);
    alice.receive(BOB, wants(apple(), 2, 7));
    alice.cancel(1);
    assert_eq!(reaches(&alice, CAROL).last(), Some(&(1, 7)));
}

#[test]
fn a_want_that_is_said_again_says_how_much_time_is_left() {
    let mut alice = between(Everywhere, |_| {});
    alice.receive(BOB, wants(apple(), 2, 7));
    alice.pass_secs(4);
    alice.give(Input::PeerReset { peer: peer(CAROL) });
    alice.pass_secs(1);
    let left = |entry: &Entry| match entry {
        Entry::Want { relay: Some(relay), .. } => Some(relay.expires_in_ms),
        Entry::Want { .. } | Entry::Cancel { .. } => None,
    };
    let left: Vec<_> =
        alice.sent_to(CAROL).flat_map(|sent| &sent.entries).filter_map(left).collect();
    assert_eq!(left, [8_000, 4_000]);
}

#[test]
fn so_many_bytes_of_strangers_blocks_are_kept() {
    let mut alice = between(Everywhere, |relay| relay.ephemeral_bytes = 10_000);
    let fruit = [1, 2].map(|name| block(name, 9_000));
    for (want_id, (cid, _)) in (7..).zip(&fruit) {
        alice.receive(BOB, wants(*cid, 2, want_id));
        alice.receive_presence(CAROL, *cid, BlockPresence::Have);
    }
    alice.hold(&[Sends, Writes]);
    for fruit in &fruit {
        alice.receive_block(CAROL, fruit);
    }
    assert_eq!(alice.engine.gauges().relayed_bytes, 9_000);
}

#[test]
fn what_finds_no_room_is_asked_for_once_there_is_some() {
    let mut alice = between(Everywhere, |relay| relay.ephemeral_bytes_per_requester = 10_000);
    let fruit = [1, 2].map(|name| block(name, 9_000));
    let asked =
        |alice: &Driver| fruit.each_ref().map(|fruit| alice.asked_for_block(CAROL, fruit.0));
    for (want_id, (cid, _)) in (7..).zip(&fruit) {
        alice.receive(BOB, wants(*cid, 2, want_id));
        alice.receive_presence(CAROL, *cid, BlockPresence::Have);
    }
    assert_eq!(asked(&alice), [true, false]);
    alice.receive_block(CAROL, &fruit[0]);
    alice.reach_deadline();
    assert_eq!(asked(&alice), [true, true]);
    alice.receive_block(CAROL, &fruit[1]);
    assert_eq!(alice.blocks_sent_to(BOB), 2);
}

#[test]
fn what_is_over_a_budget_waits_for_its_turn() {
    let mut alice = between(Everywhere, |relay| relay.wants_per_requester = 1);
    let pear = block(2, 9_000).0;
    alice.receive(BOB, wants(apple(), 2, 7));
    alice.receive(BOB, wants(pear, 2, 8));
    assert!(matches!(said(&alice, BOB)[1], BlockPresence::Searching { want_id: 8, .. }));
    assert_eq!(reaches(&alice, CAROL), [(1, 7)]);
    alice.receive_presence(CAROL, apple(), BlockPresence::Have);
    alice.receive_block(CAROL, &block(1, 9_000));
    alice.reach_deadline();
    assert_eq!(reaches(&alice, CAROL).last(), Some(&(1, 8)));
    alice.pass_secs(11);
    assert_eq!(said(&alice, BOB).last(), Some(&BlockPresence::DontHave));
}

#[test]
fn a_want_that_waited_for_its_turn_is_not_denied_to_whom_cancelled_it() {
    let mut alice = between(Everywhere, |relay| relay.wants_per_requester = 1);
    let cid = block(2, 9_000).0;
    alice.receive(BOB, wants(apple(), 2, 7));
    alice.receive(BOB, wants(cid, 2, 8));
    let (kind, priority, send_dont_have) = (WantKind::Block, 1, false);
    let plain = Entry::Want { cid, kind, priority, send_dont_have, relay: None };
    for entry in [Entry::Cancel { cid }, plain] {
        alice.receive_entries(BOB, &[entry]);
    }
    alice.pass_secs(1);
    assert_eq!(said(&alice, BOB).len(), 2, "of each, that it is searched for");
}

#[test]
fn wants_live_on_while_their_requester_is_sent_blocks() {
    let mut alice = between(Everywhere, |_| {});
    let pear = block(2, 9_000).0;
    alice.receive(BOB, wants(apple(), 2, 7));
    alice.receive(BOB, wants(pear, 2, 8));
    alice.pass_secs(6);
    alice.receive_presence(CAROL, apple(), BlockPresence::Have);
    alice.receive_block(CAROL, &block(1, 9_000));
    alice.pass_secs(9);
    assert_eq!(alice.engine.gauges().relayed_wants, 1);
    alice.pass_secs(2);
    assert_eq!(said(&alice, BOB).last(), Some(&BlockPresence::DontHave));
}

#[test]
fn a_second_holder_is_asked_where_the_first_sends_nothing() {
    let mut alice = between(Everywhere, |_| {});
    alice.connect_as(3, ProtocolVersion::Relay);
    for n in [CAROL, 3] {
        alice.give(Input::RttMeasured { peer: peer(n), round_trip: Duration::from_millis(20) });
    }
    alice.receive(BOB, wants(apple(), 2, 7));
    for n in [CAROL, 3] {
        alice.receive_presence(n, apple(), BlockPresence::Have);
    }
    let asked = |alice: &Driver| [CAROL, 3].map(|n| alice.asked_for_block(n, apple()));
    alice.pass_secs(2);
    assert_eq!(asked(&alice), [true, false]);
    alice.pass_secs(1);
    assert_eq!(asked(&alice), [true, true]);
    alice.receive_block(3, &block(1, 9_000));
    assert_eq!(alice.blocks_sent_to(BOB), 1);
}

#[test]
fn the_selector_says_which_of_several_holders_a_relayed_block_is_asked_of() {
    let asked = |places: &'static [usize]| {
        let mut alice = between(Everywhere, |_| {});
        alice.swap(Role::PeerSelector, selector(Names(places)));
        for n in [3, 4] {
            alice.connect_as(n, ProtocolVersion::Relay);
        }
        alice.receive(BOB, wants(apple(), 2, 7));
        for n in [CAROL, 3, 4] {
            alice.receive_presence(n, apple(), BlockPresence::Have);
        }
        assert!(alice.asked_for_block(CAROL, apple()), "who said so first");
        alice.receive_presence(CAROL, apple(), BlockPresence::DontHave);
        [3, 4].map(|n| alice.asked_for_block(n, apple()))
    };
    assert_ne!(asked(&[0]), asked(&[1]));
    assert_eq!(asked(&[0]), asked(&[0, 1]), "one is asked");
    assert_eq!(asked(&[0]), asked(&[]), "one is asked although none is named");
}

#[test]
fn a_want_goes_no_farther_than_those_let_it_who_still_wait() {
    let mut alice = between(Everywhere, |_| {});
    alice.connect_as(3, ProtocolVersion::Relay);
    alice.receive(BOB, wants(apple(), 3, 7));
    alice.receive(3, wants(apple(), 1, 8));
    alice.receive_entries(BOB, &[Entry::Cancel { cid: apple() }]);
    alice.receive_presence(CAROL, apple(), BlockPresence::Have);
    assert!(alice.asked_for_block(CAROL, apple()));
    assert_eq!(reaches(&alice, CAROL), [(2, 7)], "the block is asked of her alone");
}

#[test]
fn a_want_that_is_evicted_is_no_longer_passed_on() {
    let limits = Limits { requests_per_peer: 1, ..Limits::default() };
    let mut alice = between_within(Everywhere, EngineConfig { limits, ..EngineConfig::seeded(7) });
    alice.receive(BOB, wants(apple(), 2, 7));
    assert_eq!(alice.engine.gauges().relayed_wants, 1);
    let (cid, kind, priority) = (block(2, 9_000).0, WantKind::Block, 2);
    let pear = Entry::Want { cid, kind, priority, send_dont_have: true, relay: None };
    alice.receive_entries(BOB, &[pear]);
    alice.pass_secs(1);
    assert_eq!((alice.engine.gauges().relayed_wants, alice.wanted_of(CAROL, apple())), (0, None));
}

/// A registry that plans to ask all peers, twice, and unknown ones, too, with the largest TTL.
pub(crate) struct Everywhere;

impl Registry for Everywhere {
    fn candidates(&mut self, _: &mut Ctx<'_>, _: CidKey, _: usize) -> Vec<PeerKey> {
        Vec::new()
    }

    fn relay(
        &mut self,
        _: &mut Ctx<'_>,
        want: &RelayRequestView,
        view: &RelayView<'_>,
    ) -> RelayPlan {
        let to = view.eligible.iter().chain(view.eligible).chain([&want.requester]).copied();
        RelayPlan { ttl: u8::MAX, to: to.collect(), reason: "everywhere" }
    }
}

/// Notes the TTL that it is told of, and passes nothing on.
struct Listener(Arc<AtomicU8>);

impl Registry for Listener {
    fn candidates(&mut self, _: &mut Ctx<'_>, _: CidKey, _: usize) -> Vec<PeerKey> {
        Vec::new()
    }

    fn relay(&mut self, _: &mut Ctx<'_>, want: &RelayRequestView, _: &RelayView<'_>) -> RelayPlan {
        self.0.store(want.ttl, Ordering::Relaxed);
        RelayPlan::keep("listens")
    }
}

/// Names those of the peers that it is shown.
struct Names(&'static [usize]);

impl PeerSelector for Names {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        assert_eq!((session.session, session.presence(0, 0)), (SessionId::RELAYED, Presence::Have));
        for place in self.0 {
            asks.push(Ask::block(session.wants[0].want, session.peers[*place].peer, "named"));
        }
    }
}

/// Alice between Bob and Carol.
fn between(plays: impl Registry + 'static, change: impl FnOnce(&mut RelayConfig)) -> Driver {
    let mut config = EngineConfig::seeded(7);
    change(&mut config.relay);
    between_within(plays, config)
}

fn between_within(plays: impl Registry + 'static, config: EngineConfig) -> Driver {
    let mut alice = Driver::new(config, registry(plays));
    alice.connect_as(BOB, ProtocolVersion::Relay);
    alice.connect_as(CAROL, ProtocolVersion::Relay);
    alice
}

fn apple() -> Cid {
    block(1, 9_000).0
}

fn wants(cid: Cid, ttl: u8, want_id: u64) -> Message {
    asks(cid, WantKind::Block, ttl, want_id)
}

fn wants_to_know(cid: Cid, want_id: u64) -> Message {
    asks(cid, WantKind::Have, 2, want_id)
}

fn asks(cid: Cid, kind: WantKind, ttl: u8, want_id: u64) -> Message {
    let relay = RelayHeader::new(ttl, want_id, 8_000);
    let want = Entry::Want { cid, kind, priority: 1, send_dont_have: true, relay };
    Message { entries: vec![want], ..Message::default() }
}

/// The TTLs of the wants for a block that were sent to a peer; 0 without a relay header.
fn ttls(driver: &Driver, to: u64, cid: Cid) -> Vec<u8> {
    let entries = driver.sent_to(to).flat_map(|message| &message.entries);
    let wants = entries.filter(|entry| *entry.cid() == cid).filter_map(|entry| match entry {
        Entry::Want { relay, .. } => Some(relay.map_or(0, |header| header.ttl())),
        Entry::Cancel { .. } => None,
    });
    wants.collect()
}

/// TTL and id of what a peer was told that may be passed on.
fn reaches(alice: &Driver, n: u64) -> Vec<(u8, u64)> {
    let relay = |entry: &Entry| match entry {
        Entry::Want { relay: Some(relay), .. } => Some((relay.ttl(), relay.want_id)),
        Entry::Want { .. } | Entry::Cancel { .. } => None,
    };
    alice.sent_to(n).flat_map(|message| &message.entries).filter_map(relay).collect()
}

fn said(alice: &Driver, n: u64) -> Vec<BlockPresence> {
    alice.presences_sent_to(n).into_iter().map(|(_, presence)| presence).collect()
}
