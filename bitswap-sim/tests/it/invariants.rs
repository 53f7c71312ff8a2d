//! A checker sees what an engine does wrong: for each invariant an engine that keeps it, and
//! then something that it would never do.

mod bounds;
mod pairs;

use std::time::Duration;

use bitswap_core::strategy::{
    Ctx, PeerQueueView, Rank, StrategySet, TaskPrioritizer, TaskView, plain,
};
use bitswap_core::testing::{self, ToyStore, at, call, connected, peer, prioritizer, received};
use bitswap_core::wire::{BlockPresence, Entry, Message, ProtocolVersion, RelayHeader, WantKind};
use bitswap_core::{
    Action, Block, CallId, CallOptions, Engine, EngineConfig, Input, Lane, NewCall, ReadAnswer,
    SendId, SessionId, WriteId,
};
use bitswap_sim::content;
use bitswap_sim::invariants::{InvariantChecker, InvariantViolation};
use cid::Cid;

use crate::cast::strategies;

#[test]
fn i1_a_call_that_nobody_works_for() {
    let mut watch = Watch::new();
    watch.checker.before_input(&watch.engine, at(0), &call(1, &[watch.one.0]));

    // The engine was never told.
    assert_eq!(watch.verdict(), 1);
}

#[test]
fn i1_a_call_that_outlives_its_time() {
    let mut watch = Watch::new();
    let options = CallOptions { timeout: Some(Duration::from_secs(1)), ..CallOptions::default() };
    let (session, call, cids) = (SessionId(1), CallId(1), vec![watch.one.0]);
    let opened = Input::from(NewCall { session, call, cids, options });
    watch.feed(0, opened);
    watch.checker.before_input(&watch.engine, at(1_000), &Input::DeadlineReached);

    assert_eq!(watch.verdict(), 1);
}

#[test]
fn i2_a_block_for_a_call_that_is_over() {
    let mut watch = Watch::new();
    let (cid, block) = watch.one.clone();
    watch.checker.on_action(&Action::Deliver { call: CallId(1), cid, block });

    assert_eq!(watch.verdict(), 2);
}

#[test]
fn i2_an_end_with_something_left() {
    let mut watch = Watch::new();
    watch.feed(0, call(1, &[watch.one.0]));
    watch.checker.on_action(&Action::Finish { call: CallId(1) });

    assert_eq!(watch.verdict(), 2);
}

#[test]
fn i3_another_block_than_was_asked_for() {
    let mut watch = Watch::new();
    let (cid, block) = (watch.one.0, watch.other.1.clone());
    watch.checker.on_action(&Action::Deliver { call: CallId(1), cid, block });

    assert_eq!(watch.verdict(), 3);
}

#[test]
fn i3_a_block_stored_that_nobody_wants() {
    let mut watch = Watch::new();
    let blocks = vec![watch.one.1.clone()];
    watch.checker.on_action(&Action::Write { write: WriteId(1), blocks });

    assert_eq!(watch.verdict(), 3);
}

#[test]
fn i4_a_want_that_nobody_waits_for() {
    let mut watch = Watch::with_peers(ProtocolVersion::V1_2);
    watch.send(1, Message { full: true, entries: vec![want(&watch.one.0)], ..<_>::default() });

    assert_eq!(watch.verdict(), 4);
}

#[test]
fn i5_a_lost_list_that_is_not_made_good() {
    let mut watch = Watch::with_peers(ProtocolVersion::V1_2);
    let cids = [watch.one.0, watch.other.0];
    watch.checker.before_input(&watch.engine, at(1), &call(1, &cids));
    watch.send(1, Message { full: true, entries: vec![want(&cids[0])], ..<_>::default() });
    let lost = Input::SendFailed { peer: peer(1), send: SendId(1) };
    watch.checker.before_input(&watch.engine, at(1), &lost);
    watch.send(2, Message { entries: vec![want(&cids[1])], ..<_>::default() });

    assert_eq!(watch.verdict(), 5);
}

#[test]
fn i6_a_cancel_of_what_was_never_wanted() {
    let mut watch = Watch::with_peers(ProtocolVersion::V1_2);
    let entries = vec![Entry::Cancel { cid: watch.one.0 }];
    watch.send(1, Message { full: true, entries, ..<_>::default() });

    assert_eq!(watch.verdict(), 6);
}

#[test]
fn i7_a_second_message_on_a_lane() {
    let mut watch = Watch::with_peers(ProtocolVersion::V1_2);
    watch.send(1, Message { full: true, ..<_>::default() });
    watch.send(2, Message { full: true, ..<_>::default() });

    assert_eq!(watch.verdict(), 7);
}

#[test]
fn i8_a_peer_that_left_and_is_remembered() {
    let mut watch = Watch::with_peers(ProtocolVersion::V1_2);
    let gone = Input::PeerDisconnected { peer: peer(1) };
    watch.checker.before_input(&watch.engine, at(1), &gone);

    assert_eq!(watch.verdict(), 8);
}

#[test]
fn i9_have_for_what_is_not_there() {
    let mut watch = Watch::with_peers(ProtocolVersion::V1_2);
    watch.feed(1, says(1, vec![want(&watch.one.0)]));
    let presences = vec![(watch.one.0, BlockPresence::Have)];
    watch.send(9, Message { presences, ..<_>::default() });

    assert_eq!(watch.verdict(), 9);
}

#[test]
fn i9_a_block_that_was_not_asked_for() {
    let mut watch = Watch::with_peers(ProtocolVersion::V1_2);
    let blocks = vec![watch.one.clone()];
    watch.send(9, Message { blocks, ..<_>::default() });

    assert_eq!(watch.verdict(), 9);
}

#[test]
fn i10_a_peer_that_is_passed_over() {
    let mut watch = Watch::serving_only_the_first();
    let blocks = content::blocks(&mut bitswap_core::Chance::named(1, "many"), 64, 3_000);
    let blocks = blocks.expect("small enough");
    watch.feed(0, Input::BlocksAdded { blocks: blocks.clone() });
    let wants: Vec<Entry> = blocks.iter().map(|(cid, _)| want_block(cid)).collect();
    watch.feed(0, says(1, wants.clone()));
    watch.feed(0, says(2, wants));

    let violation = (1..60).find_map(|ms| watch.serve(ms, &blocks));
    assert_eq!(violation.map(|violation| violation.invariant), Some(10));
}

#[test]
fn i11_bytes_that_are_sent_and_not_booked() {
    let mut watch = Watch::with_peers(ProtocolVersion::V1_2);
    let blocks = vec![watch.one.clone()];
    watch.feed(1, Input::BlocksAdded { blocks: blocks.clone() });
    watch.checker.before_input(&watch.engine, at(1), &says(1, vec![want_block(&watch.one.0)]));
    watch.send(9, Message { blocks, ..<_>::default() });
    let sent = Input::Sent { peer: peer(1), send: SendId(9) };
    watch.checker.before_input(&watch.engine, at(1), &sent);

    assert_eq!(watch.verdict(), 11);
}

#[test]
fn i12_a_strangers_want_that_goes_on_as_far_as_it_came() {
    let mut watch = Watch::with_peers(ProtocolVersion::Relay);
    let reach = RelayHeader::new(1, 7, 9_000);
    let entry = with_reach(&watch.one.0, reach);
    watch.checker.before_input(&watch.engine, at(1), &says(2, vec![entry.clone()]));
    watch.send(9, Message { full: true, entries: vec![entry], ..<_>::default() });

    assert_eq!(watch.verdict(), 12);
}

#[test]
fn i13_a_block_on_its_way_that_is_kept() {
    let mut watch = Watch::passing_on();
    let (cid, block) = watch.one.clone();
    watch.feed(1, says(2, vec![with_reach(&cid, RelayHeader::new(2, 7, 9_000))]));
    watch.nothing_here(1);
    let message = Message { blocks: vec![(cid, block.clone())], ..<_>::default() };
    watch.feed(2, received(1, message));
    watch.checker.on_action(&Action::Write { write: WriteId(99), blocks: vec![block] });

    assert_eq!(watch.verdict(), 13);
}

#[test]
fn i14_a_hundred_things_about_nothing() {
    let mut watch = Watch::new();
    watch.checker.before_input(&watch.engine, at(0), &Input::DeadlineReached);
    for n in 0..100 {
        watch.checker.on_action(&Action::Connect { peer: peer(n) });
    }

    assert_eq!(watch.verdict(), 14);
}

#[test]
fn i14_a_deadline_that_stays_where_it_was() {
    let mut watch = Watch::with_peers(ProtocolVersion::V1_2);
    watch.feed(0, call(1, &[watch.one.0]));
    watch.nothing_here(0);
    let due = watch.engine.next_deadline().expect("a search waits");
    watch.checker.before_input(&watch.engine, due, &Input::DeadlineReached);

    assert_eq!(watch.verdict(), 14);
}

/// An engine and who watches it.
struct Watch {
    engine: Engine,
    checker: InvariantChecker,
    one: (Cid, Block),
    other: (Cid, Block),
    actions: Vec<Action>,
}

impl Watch {
    fn new() -> Self {
        let usual = EngineConfig::seeded(7);
        Self::of(&usual.clone(), usual, plain::strategies())
    }

    fn of(seen: &EngineConfig, real: EngineConfig, strategies: StrategySet) -> Self {
        let mut chance = bitswap_core::Chance::named(7, "fruit");
        let blocks = content::blocks(&mut chance, 2, 3_000).expect("small enough");
        let [one, other] = <[_; 2]>::try_from(blocks).expect("two");
        let engine = Engine::new(real, strategies).expect("the defaults work");
        Self { engine, checker: InvariantChecker::new(seen), one, other, actions: Vec::new() }
    }

    /// The peers 1 and 2 are there.
    fn with_peers(protocol: ProtocolVersion) -> Self {
        let mut watch = Self::new();
        watch.meet(protocol);
        watch
    }

    /// With a registry that passes strangers' wants on.
    fn passing_on() -> Self {
        let usual = EngineConfig::seeded(7);
        let mut watch = Self::of(&usual.clone(), usual, strategies(&[]));
        watch.meet(ProtocolVersion::Relay);
        watch
    }

    /// An engine with a longer bound on starvation than its checker, and an unfair prioritizer.
    fn serving_only_the_first() -> Self {
        let mut real = EngineConfig::seeded(7);
        (real.limits.outstanding_bytes, real.limits.message_bytes) = (1, 1);
        let mut seen = real.clone();
        seen.limits.starvation = Duration::from_millis(1);
        let mut watch = Self::of(&seen, real, prioritizer(Unfair));
        watch.meet(ProtocolVersion::V1_2);
        watch
    }

    fn meet(&mut self, protocol: ProtocolVersion) {
        for n in [1, 2] {
            self.feed(0, connected(n, protocol));
        }
    }

    /// What really happens, and keeps every invariant.
    fn feed(&mut self, ms: u64, input: Input) {
        assert_eq!(self.try_feed(ms, input), Ok(()));
    }

    fn try_feed(&mut self, ms: u64, input: Input) -> Result<(), InvariantViolation> {
        self.checker.before_input(&self.engine, at(ms), &input);
        self.engine.handle(at(ms), input);
        while let Some(action) = self.engine.poll_action() {
            self.checker.on_action(&action);
            self.actions.push(action);
        }
        self.checker.after_input(&self.engine)
    }

    /// A message that the engine would not send, to the peer 1.
    fn send(&mut self, send: u64, message: Message) {
        let lane = if message.blocks.is_empty() { Lane::Control } else { Lane::Blocks };
        self.checker.on_action(&Action::Send { peer: peer(1), lane, send: SendId(send), message });
    }

    /// All reads find nothing.
    fn nothing_here(&mut self, ms: u64) {
        for action in std::mem::take(&mut self.actions) {
            if let Action::Read { read, items } = action {
                let answers = vec![ReadAnswer::Missing; items.len()];
                self.feed(ms, Input::ReadDone { read, answers });
            } else {
                self.actions.push(action);
            }
        }
    }

    /// Reads are answered and messages written; the first violation.
    fn serve(&mut self, ms: u64, blocks: &[(Cid, Block)]) -> Option<InvariantViolation> {
        let mut store = ToyStore::default();
        for (_, block) in blocks {
            store.put(block.clone());
        }
        let answers = std::mem::take(&mut self.actions);
        let answers = answers.into_iter().filter_map(|action| match action {
            Action::Read { read, items } => {
                let answers = items.iter().map(|item| store.answer(item)).collect();
                Some(Input::ReadDone { read, answers })
            }
            Action::Send { peer, send, .. } => Some(Input::Sent { peer, send }),
            Action::Connect { .. }
            | Action::Deliver { .. }
            | Action::Fail { .. }
            | Action::Finish { .. }
            | Action::Disconnect { .. }
            | Action::Lookup { .. }
            | Action::Report(_)
            | Action::StopLookup { .. }
            | Action::SuspendSend { .. }
            | Action::ResumeSend { .. }
            | Action::Write { .. } => None,
        });
        answers.collect::<Vec<_>>().into_iter().find_map(|input| self.try_feed(ms, input).err())
    }

    fn verdict(&mut self) -> u8 {
        self.checker.after_input(&self.engine).map_or_else(|violation| violation.invariant, |()| 0)
    }
}

/// A prioritizer that goes on serving the peer it began with, which waits for the fewest blocks.
#[derive(Debug)]
struct Unfair;

impl TaskPrioritizer for Unfair {
    fn rank_peer(&mut self, _: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank {
        Rank::new([peer.pending_tasks.into(), 0, 0, 0])
    }

    fn rank_task(&mut self, _: &mut Ctx<'_>, _: &TaskView) -> Rank {
        Rank::new([0; 4])
    }
}

fn says(n: u64, entries: Vec<Entry>) -> Input {
    received(n, Message { entries, ..Message::default() })
}

fn want(cid: &Cid) -> Entry {
    with_reach(cid, None)
}

fn with_reach(cid: &Cid, reach: Option<RelayHeader>) -> Entry {
    Entry::Want { cid: *cid, kind: WantKind::Have, priority: 1, send_dont_have: true, relay: reach }
}

fn want_block(cid: &Cid) -> Entry {
    testing::want(*cid, WantKind::Block)
}
