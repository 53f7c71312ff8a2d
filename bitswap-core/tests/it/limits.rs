//! Limits that nobody outside an engine sees: each is kept, and one past it is too much.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bitswap_core::strategy::{
    Account, Admission, Ask, Asks, Ctx, LedgerPolicy, Named, PeerSelector, RequestView,
    SessionView, StrategySet, Weight, plain,
};
use bitswap_core::wire::{BlockPresence, Entry, LeftOut, Message, WantKind};
use bitswap_core::{
    Action, Block, Engine, EngineConfig, Failure, Input, Limits, ReadAnswer, SessionId, Timestamp,
};
use cid::Cid;

use crate::cast::{act, at, block, call, connected, nothing_here, peer};

#[test]
fn a_call_with_one_cid_more_than_it_may_have_fails_whole() {
    let mut alice = limited(|limits| limits.cids_per_call = 2, plain::strategies());
    let cids = cids(3);

    assert!(fails(&act(&mut alice, at(0), call(1, &cids[..2]))).is_empty());
    let failures = fails(&act(&mut alice, at(0), call(2, &cids)));

    let why = Failure::OverLimit { what: "cids in a call", limit: 2 };
    assert_eq!(failures, vec![why; 3]);
}

#[test]
fn one_ask_more_than_an_answer_may_have_is_not_made() {
    let strategies = selector(AskAll);
    let mut alice = limited(|limits| limits.asks_per_answer = 2, strategies);
    let cids = cids(3);
    wants(&mut alice, &cids);
    receive(&mut alice, 1, haves(&cids));

    assert_eq!(alice.stats().client.block_asks, 2);
    let selector = &alice.stats().strategies[0];
    assert!(selector.corrected.iter().any(|(cause, _)| *cause == "too_many"), "{selector:?}");
}

#[test]
fn a_selector_sees_no_want_more_than_it_may() {
    let seen = Arc::new(AtomicUsize::new(0));
    let strategies = selector(Sees { wants: Arc::clone(&seen), ..Sees::default() });
    let mut alice = limited(|limits| limits.session_view_wants = 3, strategies);
    let cids = cids(4);
    wants(&mut alice, &cids);
    receive(&mut alice, 1, haves(&cids));

    assert_eq!(seen.load(Ordering::Relaxed), 3);
}

#[test]
fn a_session_has_no_member_more_than_it_may() {
    let seen = Arc::new(AtomicUsize::new(0));
    let strategies = selector(Sees { members: Arc::clone(&seen), ..Sees::default() });
    let mut alice = limited(|limits| limits.session_members = 2, strategies);
    let cids = cids(1);
    wants(&mut alice, &cids);
    for n in 1..=3 {
        receive(&mut alice, n, haves(&cids));
    }

    assert_eq!(seen.load(Ordering::Relaxed), 2);
    assert_eq!(alice.session_sizes(SessionId(1)).map(|sizes| sizes.members), Some(2));
}

#[test]
fn a_block_is_not_asked_of_one_peer_more_than_may_be() {
    let strategies = selector(HedgeAll);
    let mut alice = limited(|limits| limits.block_asks_per_want = 2, strategies);
    let cids = cids(1);
    wants(&mut alice, &cids);
    for n in 1..=3 {
        receive(&mut alice, n, haves(&cids));
    }

    let asks = alice.block_asks(&cids[0]).expect("an open want");
    assert_eq!((asks.open, asks.in_doubt), (2, false));
}

#[test]
fn one_block_more_than_is_remembered_makes_the_oldest_a_stranger() {
    let mut alice = limited(|limits| limits.recent_blocks = 2, plain::strategies());
    let blocks: Vec<_> = (1..=3).map(|name| block(name, 3_000)).collect();
    let cids: Vec<Cid> = blocks.iter().map(|(cid, _)| *cid).collect();
    wants(&mut alice, &cids);
    for given in &blocks {
        receive(&mut alice, 1, gives(given));
    }
    for given in &blocks {
        receive(&mut alice, 1, gives(given));
    }

    let client = alice.stats().client;
    assert_eq!((client.duplicate.blocks, client.unasked.blocks), (2, 1));
}

#[test]
fn a_request_is_put_off_no_more_often_than_may_be() {
    let mut strategies = plain::strategies();
    strategies.ledger_policy = Named::new("later", Box::new(Later));
    let mut alice = limited(|limits| limits.deferrals = 2, strategies);
    act(&mut alice, at(0), connected(1));
    let apple = block(1, 3_000).0;
    let asked = Message { entries: vec![want_block(&apple)], ..Message::default() };
    receive(&mut alice, 1, asked);
    for second in 1..=2 {
        let server = alice.stats().server;
        assert_eq!((server.deferred, server.refused), (second, 0), "after {second} s");
        act(&mut alice, at(second * 1_000), Input::DeadlineReached);
    }

    let server = alice.stats().server;
    assert_eq!((server.deferred, server.refused), (2, 1));
    assert_eq!(alice.stats().gauges.requests, 0);
}

#[test]
fn a_member_leaves_after_one_dont_have_more_than_it_may_say() {
    let mut alice = limited(|limits| limits.dont_haves_in_a_row = 2, plain::strategies());
    let blocks: Vec<_> = (1..=4).map(|name| block(name, 3_000)).collect();
    let cids: Vec<Cid> = blocks.iter().map(|(cid, _)| *cid).collect();
    wants(&mut alice, &cids);
    receive(&mut alice, 1, gives(&blocks[0]));
    let members = |alice: &Engine| alice.session_sizes(SessionId(1)).map(|sizes| sizes.members);
    for cid in &cids[1..3] {
        receive(&mut alice, 1, says(cid, BlockPresence::DontHave));
    }
    assert_eq!(members(&alice), Some(1));
    receive(&mut alice, 1, says(&cids[3], BlockPresence::DontHave));

    assert_eq!(members(&alice), Some(0));
}

fn limited(change: impl FnOnce(&mut Limits), strategies: StrategySet) -> Engine {
    let mut config = EngineConfig::seeded(7);
    change(&mut config.limits);
    Engine::new(config, strategies).expect("valid")
}

fn selector(selector: impl PeerSelector + 'static) -> StrategySet {
    let mut set = plain::strategies();
    set.peer_selector = Named::new("test", Box::new(selector));
    set
}

/// Three peers are there, and Alice wants these, which her own store lacks.
fn wants(alice: &mut Engine, cids: &[Cid]) {
    for n in 1..=3 {
        act(alice, at(0), connected(n));
    }
    let actions = act(alice, at(0), call(1, cids));
    nothing_here(alice, at(0), &actions);
}

fn receive(alice: &mut Engine, n: u64, message: Message) -> Vec<Action> {
    let left_out = LeftOut::default();
    let actions = act(alice, at(0), Input::MessageReceived { peer: peer(n), message, left_out });
    stored(alice, &actions);
    actions
}

/// Her store takes what she writes, and lacks what others want.
fn stored(alice: &mut Engine, actions: &[Action]) {
    for action in actions {
        match action {
            Action::Write { write, .. } => {
                act(alice, at(0), Input::WriteDone { write: *write, outcome: Ok(()) });
            }
            Action::Read { read, items } => {
                let answers = vec![ReadAnswer::Missing; items.len()];
                act(alice, at(0), Input::ReadDone { read: *read, answers });
            }
            _ => {}
        }
    }
}

fn cids(count: u64) -> Vec<Cid> {
    (1..=count).map(|name| block(name, 3_000).0).collect()
}

fn haves(cids: &[Cid]) -> Message {
    let presences = cids.iter().map(|cid| (*cid, BlockPresence::Have)).collect();
    Message { presences, ..Message::default() }
}

fn says(cid: &Cid, presence: BlockPresence) -> Message {
    Message { presences: vec![(*cid, presence)], ..Message::default() }
}

fn gives(block: &(Cid, Block)) -> Message {
    Message { blocks: vec![block.clone()], ..Message::default() }
}

fn want_block(cid: &Cid) -> Entry {
    Entry::Want { cid: *cid, kind: WantKind::Block, priority: 1, send_dont_have: true, reach: None }
}

fn fails(actions: &[Action]) -> Vec<Failure> {
    let failures = actions.iter().filter_map(|action| match action {
        Action::Fail { why, .. } => Some(why.clone()),
        _ => None,
    });
    failures.collect()
}

/// Asks the first member for everything.
struct AskAll;

impl PeerSelector for AskAll {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        for want in session.wants {
            asks.push(Ask::block(want.want, session.peers[0].peer, "all"));
        }
    }
}

/// Asks everybody for everything, once all three are there.
struct HedgeAll;

impl PeerSelector for HedgeAll {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        for peer in session.peers.iter().filter(|_| session.peers.len() == 3) {
            asks.push(Ask::block(session.wants[0].want, peer.peer, "all").hedged());
        }
    }
}

/// Notes the most that it is shown, and asks nobody.
#[derive(Default)]
struct Sees {
    wants: Arc<AtomicUsize>,
    members: Arc<AtomicUsize>,
}

impl PeerSelector for Sees {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, _: &mut Asks) {
        self.wants.fetch_max(session.wants.len(), Ordering::Relaxed);
        self.members.fetch_max(session.peers.len(), Ordering::Relaxed);
    }
}

/// Puts everything off for a second.
struct Later;

impl LedgerPolicy for Later {
    fn weigh(&mut self, _: &mut Ctx<'_>, _: &Account) -> Weight {
        Weight::ONE
    }

    fn admit(&mut self, ctx: &mut Ctx<'_>, _: &Account, _: &RequestView) -> Admission {
        Admission::Defer { until: second_after(ctx.now()), reason: "later" }
    }
}

fn second_after(now: Timestamp) -> Timestamp {
    now.after(Duration::from_secs(1))
}
