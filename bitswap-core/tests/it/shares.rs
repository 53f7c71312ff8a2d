//! Shares of serving: what a prioritizer and a ledger policy see of backlogs, weights and classes.

use std::sync::mpsc::{Sender, channel};

use bitswap_core::strategy::{
    Account, Admission, Ctx, LedgerPolicy, Named, PeerClass, PeerQueueView, Rank, RequestView,
    StrategySet, TaskPrioritizer, TaskView, Weight,
};
use bitswap_core::testing::Held::{Sends, Writes};
use bitswap_core::testing::{Driver, block, blocks, cids_of, peer, policy, prioritizer, registry};
use bitswap_core::wire::{Entry, Message, ProtocolVersion, RelayHeader, WantKind};
use bitswap_core::{EngineConfig, Input, Limits, PeerKey, Timestamp};

use crate::relay::Everywhere;

pub(crate) const SIZE: usize = 9_000;

#[test]
fn a_backlog_is_counted_until_nothing_is_queued_or_in_flight() {
    let (told, heard) = channel();
    let mut alice = one_block_at_a_time(prioritizer(Fair { told }));
    alice.connect(1);
    alice.at(1_000);
    ask_for(&mut alice, 1, 1..=3);
    alice.at(2_000);
    write(&mut alice, 3);
    alice.at(3_000);
    ask_for(&mut alice, 1, 4..=4);
    let seen = |view: PeerQueueView| {
        let since = view.backlogged_since.as_nanos() / 1_000_000;
        (since, view.served_since_backlogged, view.next_task_bytes)
    };
    let mut views: Vec<_> = heard.try_iter().map(seen).collect();
    views.dedup();
    let bytes = SIZE as u64;
    let first = [0, 1, 2].map(|taken| (1_000, taken * bytes, SIZE as u32));
    assert_eq!(views, [&first[..], &[(3_000, 0, SIZE as u32)]].concat());
}

#[test]
fn start_tags_share_by_weight_whatever_the_order_of_arrival() {
    let mut alice = one_block_at_a_time(weighted(1, 2_048));
    for n in [2, 1] {
        alice.connect(n);
        ask_for(&mut alice, n, 1..=20);
    }
    write(&mut alice, 14);
    // The first block went to the only peer that was there; then two go to one for each to two.
    assert_eq!([1, 2].map(|n| alice.blocks_sent_to(n)), [10, 5]);
}

#[test]
fn a_peer_that_comes_late_is_not_served_for_what_it_did_not_want_before() {
    let mut alice = one_block_at_a_time(weighted(1, 1_024));
    alice.connect(1);
    ask_for(&mut alice, 1, 1..=20);
    write(&mut alice, 10);
    alice.connect(2);
    ask_for(&mut alice, 2, 1..=20);
    write(&mut alice, 4);
    assert_eq!([1, 2].map(|n| alice.blocks_sent_to(n)), [13, 2]);
}

#[test]
fn a_policy_sees_what_goes_on_with_a_peer_and_how_far_a_want_may_go() {
    let (told, heard) = channel();
    let mut alice = Driver::new(within_one_block(), policy(Notary { told }));
    alice.hold(&[Sends, Writes]);
    alice.at(5_000).connect_as(1, ProtocolVersion::Relay);
    ask_for(&mut alice, 1, 1..=3);
    let relay = RelayHeader::new(2, 7, 8_000);
    let (cid, kind) = (block(4, SIZE).0, WantKind::Block);
    let want = Entry::Want { cid, kind, priority: 1, send_dont_have: true, relay };
    alice.receive(1, Message { entries: vec![want], ..Message::default() });
    let (account, request) = heard.try_iter().last().expect("it was asked");
    assert_eq!(account.connected_since.map(Timestamp::as_nanos), Some(5_000_000_000));
    assert_eq!((account.wants_from_us, account.asked_of), (4, 0));
    let bytes = SIZE as u64;
    assert_eq!((account.in_flight_bytes_to, account.pending_bytes), (bytes, 2 * bytes));
    assert_eq!(request.ttl, 2);
    alice.want(1, &[block(9, SIZE).0]);
    let asked = alice.engine.account(&peer(1)).map(|account| account.asked_of);
    assert_eq!(asked, Some(1));
}

#[test]
fn strategies_know_who_a_peer_is_as_long_as_it_is_connected() {
    let (told, heard) = channel();
    let mut alice = one_block_at_a_time(prioritizer(Fair { told }));
    let class = |alice: &Driver| {
        let account = alice.engine.account(&peer(1)).expect("it is here");
        (account.class, account.is_local)
    };
    alice.connect(1);
    ask_for(&mut alice, 1, 1..=2);
    let (peer, class_of_peer, is_local) = (peer(1), PeerClass::Peered, true);
    alice.give(Input::PeerClassified { peer, class: class_of_peer, is_local });
    assert_eq!(class(&alice), (PeerClass::Peered, true));
    let views: Vec<_> = heard.try_iter().map(|view| (view.class, view.is_local)).collect();
    assert_eq!(views.first(), Some(&(PeerClass::Other, false)));
    assert_eq!(views.last(), Some(&(PeerClass::Peered, true)), "it is ranked again");
    alice.disconnect(1);
    alice.connect(1);
    assert_eq!(class(&alice), (PeerClass::Other, false));
    let class = PeerClass::Peered;
    alice.give(Input::PeerClassified { peer: bitswap_core::testing::peer(9), class, is_local });
    assert_eq!(alice.engine.stats().stray_inputs, 1, "nobody is there");
}

#[test]
fn a_block_that_is_relayed_is_known_as_that() {
    let (told, heard) = channel();
    let mut strategies = registry(Everywhere);
    strategies.task_prioritizer = Named::new("fair", Box::new(Fair { told }));
    let mut alice = Driver::new(within_one_block(), strategies);
    for n in 1..=2 {
        alice.connect_as(n, ProtocolVersion::Relay);
    }
    let relay = RelayHeader::new(2, 7, 8_000);
    let (apple, kind) = (block(1, SIZE), WantKind::Block);
    let want = Entry::Want { cid: apple.0, kind, priority: 1, send_dont_have: true, relay };
    alice.receive(1, Message { entries: vec![want], ..Message::default() });
    alice.receive_block(2, &apple);
    ask_for(&mut alice, 1, 2..=2);
    let relayed: Vec<_> = heard.try_iter().map(|view| view.next_task_relayed).collect();
    assert_eq!(relayed, [true, false]);
}

fn within_one_block() -> EngineConfig {
    let limits = Limits { outstanding_bytes: 1, message_bytes: 1, ..Limits::default() };
    EngineConfig { limits, ..EngineConfig::seeded(7) }
}

fn one_block_at_a_time(strategies: StrategySet) -> Driver {
    Driver::new(within_one_block(), strategies).holding(&[Sends, Writes])
}

pub(crate) fn ask_for(alice: &mut Driver, n: u64, names: impl IntoIterator<Item = u64>) {
    let wanted = blocks(names, SIZE);
    alice.store_all(&wanted);
    alice.receive_wants(n, &cids_of(&wanted));
}

/// So many messages are written, one after the other.
fn write(alice: &mut Driver, messages: usize) {
    for _ in 0..messages {
        let (peer, send) = alice.open_sends()[0];
        alice.give(Input::Sent { peer, send });
    }
}

/// The fair prioritizer, with a policy that gives peer `n` a weight of its own.
pub(crate) fn weighted(n: u64, parts: u32) -> StrategySet {
    let favoured = EngineConfig::seeded(7).keys().peer(&peer(n));
    let mut strategies = prioritizer(Fair { told: channel().0 });
    let policy = Favours { favoured, weight: Weight::parts(parts) };
    strategies.ledger_policy = Named::new("favours", Box::new(policy));
    strategies
}

/// Serves the peer with the smallest start tag, and tells what it saw.
struct Fair {
    told: Sender<PeerQueueView>,
}

impl TaskPrioritizer for Fair {
    fn rank_peer(&mut self, _: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank {
        // Nobody may be listening.
        self.told.send(peer.clone()).unwrap_or_default();
        Rank::new([peer.start_tag as i64, 0, 0, 0])
    }

    fn rank_task(&mut self, _: &mut Ctx<'_>, task: &TaskView) -> Rank {
        Rank::new([task.arrival as i64, 0, 0, 0])
    }
}

struct Favours {
    favoured: PeerKey,
    weight: Weight,
}

impl LedgerPolicy for Favours {
    fn weigh(&mut self, _: &mut Ctx<'_>, account: &Account) -> Weight {
        if account.peer == self.favoured { self.weight } else { Weight::ONE }
    }
}

struct Notary {
    told: Sender<(Account, RequestView)>,
}

impl LedgerPolicy for Notary {
    fn weigh(&mut self, _: &mut Ctx<'_>, _: &Account) -> Weight {
        Weight::ONE
    }

    fn admit(&mut self, _: &mut Ctx<'_>, account: &Account, request: &RequestView) -> Admission {
        self.told.send((account.clone(), request.clone())).unwrap_or_default();
        Admission::Serve { reason: "noted" }
    }
}
