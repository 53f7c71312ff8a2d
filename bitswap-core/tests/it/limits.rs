//! Each limit holds at its exact number.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bitswap_core::strategy::plain::FirstCandidate;
use bitswap_core::strategy::{
    Account, Admission, Ask, Asks, Ctx, LedgerPolicy, PeerSelector, Presence, RequestView,
    SessionView, Weight,
};
use bitswap_core::testing::{
    Driver, Held, at, block, blocks, call, cids_of, peer, policy, selector,
};
use bitswap_core::wire::BlockPresence::{DontHave, Have};
use bitswap_core::wire::WantKind;
use bitswap_core::{Action, AskedPeer, EngineConfig, Failure, Limits};
use cid::Cid;

#[test]
fn a_selector_sees_so_many_members_and_so_many_wants() {
    let seen = Arc::<[AtomicUsize; 2]>::default();
    let limits = Limits { session_members: 2, session_view_wants: 3, ..Limits::default() };
    let mut alice = Driver::new(config(limits), selector(Looker(Arc::clone(&seen)))).with_peers(4);
    let cids = names(5);
    alice.want(1, &cids);
    for n in 1..=4 {
        alice.receive_presences(n, &cids, Have);
    }
    assert_eq!(seen.each_ref().map(|most| most.load(Ordering::Relaxed)), [2, 3]);
}

#[test]
fn a_selectors_answer_has_so_many_asks() {
    let mut alice =
        Driver::within(Limits { asks_per_answer: 1, ..Limits::default() }).with_peers(1);
    let cids = names(2);
    alice.want(1, &cids);
    alice.receive_presences(1, &cids, Have);
    assert_eq!(alice.engine.stats().strategies[0].rejected, [("too_many", 1)]);
}

#[test]
fn a_want_is_asked_of_so_many_at_once() {
    let limits = Limits { block_asks_per_want: 2, ..Limits::default() };
    let mut alice = Driver::new(config(limits), selector(Everybody)).with_peers(4);
    alice.want(1, &names(1));
    for n in 1..=4 {
        alice.receive_presences(n, &names(1), Have);
    }
    assert_eq!(alice.engine.stats().client.block_asks, 2);
}

#[test]
fn a_member_may_say_dont_have_so_often_in_a_row() {
    let mut alice =
        Driver::within(Limits { dont_haves_in_a_row: 2, ..Limits::default() }).with_peers(1);
    alice.want(1, &names(1));
    alice.receive_block(1, &block(0, 9_000));
    let mut asked_for = Vec::new();
    for name in 2..=5 {
        let cid = block(name, 9_000).0;
        alice.want(name, &[cid]);
        asked_for.extend(alice.wanted_of(1, cid));
        alice.receive_presence(1, cid, DontHave);
    }
    let (member, stranger) = (WantKind::Block, WantKind::Have);
    assert_eq!(asked_for, [member, member, member, stranger]);
}

#[test]
fn so_many_blocks_are_remembered_after_they_came() {
    let mut alice = Driver::within(Limits { recent_blocks: 1, ..Limits::default() }).with_peers(2);
    let [first, last] = [1, 2].map(|name| block(name, 9_000));
    for (id, fruit) in [(1, &first), (2, &last)] {
        alice.want(id, &[fruit.0]);
        alice.receive_block(1, fruit);
    }
    alice.receive_block(2, &first);
    alice.receive_block(2, &last);
    let account = alice.engine.account(&peer(2)).expect("it is here");
    let twice = (account.unasked_received_from, account.duplicate_received_from);
    assert_eq!(twice, (9_000, 9_000));
}

#[test]
fn a_call_has_so_many_cids_and_so_many_calls_are_open() {
    let limits = Limits { cids_per_call: 2, calls: 1, ..Limits::default() };
    let mut alice = Driver::within(limits).holding(&Held::NETWORK);
    let why = |actions: &[Action]| {
        actions.iter().find_map(|action| match action {
            Action::Fail { why, .. } => Some(why.clone()),
            _ => None,
        })
    };
    let over = |what, limit| Some(Failure::OverLimit { what, limit });

    let too_long = alice.give(call(1, &names(3)));
    assert_eq!(why(&too_long), over("cids in a call", 2));
    assert_eq!(why(&alice.give(call(2, &names(2)))), None);
    assert_eq!(why(&alice.give(call(3, &names(1)))), over("calls", 1));
}

#[test]
fn so_many_wants_are_open_and_the_others_begin_later() {
    let mut alice = Driver::within(Limits { open_wants: 2, ..Limits::default() }).with_peers(1);
    alice.want(1, &names(3));
    assert_eq!(alice.engine.stats().gauges.wants, 2);
    for name in 0..3 {
        alice.receive_block(1, &block(name, 9_000));
    }
    alice.receive_block(1, &block(0, 9_000));
    alice.receive_block(1, &block(2, 9_000));
    assert_eq!(alice.delivered(), 3);
}

#[test]
fn a_request_is_put_off_so_often_and_each_time_for_a_minute_at_most() {
    let limits = Limits { deferrals: 2, ..Limits::default() };
    let mut alice = Driver::new(config(limits), policy(Tomorrow)).with_peers(1);
    alice.receive_wants(1, &names(1));
    alice.pass_secs(119);
    let server = alice.engine.stats().server;
    assert_eq!((server.deferred, server.refused), (2, 0));
    alice.pass_secs(1);
    let server = alice.engine.stats().server;
    assert_eq!((server.deferred, server.refused), (2, 1));
}

#[test]
fn a_message_has_so_many_answers() {
    let mut alice =
        Driver::within(Limits { message_entries: 2, ..Limits::default() }).with_peers(1);
    alice.receive_wants(1, &names(3));
    let answers: Vec<_> = alice.sent_to(1).map(|message| message.presences.len()).collect();
    assert_eq!(answers, [2, 1]);
}

#[test]
fn so_many_wants_of_all_peers_are_remembered() {
    let mut alice = Driver::within(Limits { requests: 1, ..Limits::default() }).with_peers(2);
    alice.receive_wants(1, &names(1));
    alice.receive_wants(2, &names(1));
    assert_eq!(alice.engine.gauges().requests, 1);
}

#[test]
fn a_call_that_is_over_leaves_room_for_another_of_its_session() {
    let mut alice =
        Driver::within(Limits { wants_per_session: 1, ..Limits::default() }).with_peers(1);
    let cids = names(2);
    alice.want(1, &cids[..1]);
    alice.want(2, &cids[1..]);
    assert_eq!(alice.wanted_of(1, cids[1]), None);
    alice.cancel(1);
    assert_eq!(alice.wanted_of(1, cids[1]), Some(WantKind::Have));
}

#[test]
fn liars_cost_so_many_asks_at_once() {
    let limits = Limits { block_asks_per_want: 1, block_asks_in_doubt: 3, ..Limits::default() };
    let mut alice = Driver::new(config(limits), selector(HedgeAllInDoubt)).with_peers(10);
    alice.want(1, &names(1));
    for n in 1..=10 {
        alice.receive_presences(n, &names(1), Have);
    }
    let mut most = 0;
    for _ in 0..30 {
        alice.pass_secs(1);
        let wants = alice.engine.open_wants(at(0), 0, 1);
        let is_open = |asked: &&AskedPeer| asked.open && asked.kind == WantKind::Block;
        most = most.max(wants[0].asked.iter().filter(is_open).count());
    }
    assert_eq!(most, 3);
}

#[test]
fn what_is_held_back_is_asked_for_so_long_after_the_last_block() {
    let mut alice = Driver::with(selector(OneAtATime)).with_peers(1);
    alice.want(1, &names(3));
    alice.receive_presences(1, &names(3), Have);
    alice.pass_secs(3);
    let asks = |alice: &Driver| alice.engine.stats().client.block_asks;
    let first = (0..3).find(|name| alice.asked_for_block(1, block(*name, 9_000).0));
    alice.receive_block(1, &block(first.expect("one is asked for"), 9_000));
    assert_eq!(asks(&alice), 2);
    alice.pass_secs(4);
    assert_eq!(asks(&alice), 2);
    alice.pass_secs(1);
    assert_eq!(asks(&alice), 3);
}

#[test]
fn who_asks_nobody_is_not_waited_for_while_blocks_come_of_searches() {
    let mut alice = Driver::with(selector(Looker(Arc::default()))).with_peers(1);
    alice.want(1, &names(3));
    alice.receive_presences(1, &names(3), Have);
    alice.pass_secs(3);
    alice.receive_block(1, &block(0, 9_000));
    assert_eq!(alice.engine.stats().client.block_asks, 0);
    alice.pass_secs(2);
    assert_eq!(alice.engine.stats().client.block_asks, 2);
}

/// Notes the most members and wants that it is shown, and asks nobody.
struct Looker(Arc<[AtomicUsize; 2]>);

impl PeerSelector for Looker {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, _: &mut Asks) {
        self.0[0].fetch_max(session.peers.len(), Ordering::Relaxed);
        self.0[1].fetch_max(session.wants.len(), Ordering::Relaxed);
    }
}

/// Asks for one block at a time.
struct OneAtATime;

impl PeerSelector for OneAtATime {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        if session.block_asks_in_flight == 0 {
            asks.push(Ask::block(session.wants[0].want, session.peers[0].peer, "one"));
        }
    }
}

/// Asks all that have it, once four do.
struct Everybody;

impl PeerSelector for Everybody {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let has = |column: &usize| session.presence(0, *column) == Presence::Have;
        let holders: Vec<usize> = (0..session.peers.len()).filter(has).collect();
        for column in holders.iter().copied().filter(|_| holders.len() == 4) {
            let ask = Ask::block(session.wants[0].want, session.peers[column].peer, "all");
            asks.push(ask.hedged());
        }
    }
}

/// Asks the first holder, and all holders at once as soon as one of them broke its HAVE.
struct HedgeAllInDoubt;

impl PeerSelector for HedgeAllInDoubt {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        FirstCandidate.select(ctx, session, asks);
        for (row, want) in (0..).zip(session.wants).chain(session.asked_rows()) {
            for (_, member, _) in session.candidates(row).filter(|_| want.broken_haves > 0) {
                asks.push(Ask::block(want.want, member.peer, "in doubt").hedged());
            }
        }
    }
}

struct Tomorrow;

impl LedgerPolicy for Tomorrow {
    fn weigh(&mut self, _: &mut Ctx<'_>, _: &Account) -> Weight {
        Weight::ONE
    }

    fn admit(&mut self, ctx: &mut Ctx<'_>, _: &Account, _: &RequestView) -> Admission {
        let until = ctx.now().after(Duration::from_secs(24 * 3_600));
        Admission::Defer { until, reason: "tomorrow" }
    }
}

fn config(limits: Limits) -> EngineConfig {
    EngineConfig { limits, ..EngineConfig::seeded(7) }
}

fn names(count: u64) -> Vec<Cid> {
    cids_of(&blocks(0..count, 9_000))
}
