//! After any wants, cancels, losses and repeats, an idle peer knows exactly what is wanted.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cid::Cid;
use multihash::Multihash;
use proptest::prelude::*;

use super::Peers;
use super::messages::Outgoing;
use crate::config::EngineConfig;
use crate::ids::{CidKey, SendId};
use crate::lent::{BOB, id_of};
use crate::limits::Limits;
use crate::queues::{Answer, Origin, WantlistEntry};
use crate::time::Timestamp;
use crate::wire::{Entry, Lane, Lanes, Message, PeerCapabilities, ProtocolVersion, WantKind};

const SPEAKS: PeerCapabilities =
    PeerCapabilities { protocol: ProtocolVersion::V1_2, lanes: Lanes::Two };

#[derive(Clone, Copy, Debug)]
enum Step {
    Cancel(u8, Origin),
    Lost,
    Repeat,
    Sent,
    Want { name: u8, origin: Origin, block: bool, again: bool },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..6u8, origin()).prop_map(|(name, origin)| Step::Cancel(name, origin)),
        1 => Just(Step::Lost),
        1 => Just(Step::Repeat),
        4 => Just(Step::Sent),
        5 => (0..6u8, origin(), any::<bool>(), any::<bool>())
            .prop_map(|(name, origin, block, again)| Step::Want { name, origin, block, again }),
    ]
}

fn origin() -> impl Strategy<Value = Origin> {
    prop_oneof![Just(Origin::Local), Just(Origin::Relayed)]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_settled_queue_and_the_peers_list_agree(steps in prop::collection::vec(step(), 0..200)) {
        let mut run = Run::new();
        for step in steps {
            run.take(step);
        }
        run.settle();
        let wanted: BTreeSet<u8> = run.wanted.keys().map(|(name, _)| *name).collect();
        let known: BTreeSet<u8> = run.known.keys().copied().collect();
        prop_assert_eq!(known, wanted);
        for ((name, _), kind) in &run.wanted {
            prop_assert!(run.known[name] >= *kind, "{} is known as less than it is wanted", name);
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_peer_is_never_told_of_more_than_it_remembers(
        steps in prop::collection::vec(step(), 0..200),
    ) {
        let mut run = Run::within(2);
        for step in steps {
            run.take(step);
            prop_assert!(run.known.len() <= 2);
        }
        run.settle();
        let wanted: BTreeSet<u8> = run.wanted.keys().map(|(name, _)| *name).collect();
        let blocks = run.wanted.iter().filter(|(_, kind)| **kind == WantKind::Block);
        let blocks: BTreeSet<u8> = blocks.map(|((name, _), _)| *name).collect();
        let known = blocks.iter().filter(|name| run.known.contains_key(name)).count();
        prop_assert_eq!(known, blocks.len().min(2), "want-blocks come first");
        prop_assert!(run.known.keys().all(|name| wanted.contains(name)));
    }
}

#[test]
fn what_was_answered_makes_room_for_a_want_that_waits() {
    for answered in [Answer::Have, Answer::DontHave] {
        let mut run = Run::within(1);
        let kind = if answered == Answer::Have { WantKind::Have } else { WantKind::Block };
        let first = WantlistEntry { kind, ..question() };
        run.queue().want(Origin::Local, (key(1), &cid(1)), first, false);
        run.settle();
        let (name, origin, block, again) = (2, Origin::Local, kind == WantKind::Block, false);
        run.take(Step::Want { name, origin, block, again });
        run.settle();
        assert_eq!(run.known.keys().collect::<Vec<_>>(), [&1]);

        run.peers.want_answered(BOB, key(1), answered);
        run.take(Step::Want { name: 3, origin, block: true, again });
        run.settle();
        assert!(!run.known.contains_key(&1), "{answered:?}");
    }
}

#[test]
fn an_evicted_want_whose_answer_is_awaited_is_told_again_once_there_is_room() {
    let mut run = Run::within(1);
    let origin = Origin::Local;
    run.take(Step::Want { name: 1, origin, block: false, again: false });
    run.settle();
    run.take(Step::Want { name: 2, origin, block: true, again: false });
    run.settle();
    assert_eq!(run.known.keys().collect::<Vec<_>>(), [&2], "a want-block evicts a want-have");

    run.take(Step::Cancel(2, origin));
    run.settle();
    assert_eq!(run.known.keys().collect::<Vec<_>>(), [&1]);
}

#[test]
fn a_want_that_is_evicted_for_each_block_is_told_again_a_few_times_and_then_with_the_next_ask() {
    let mut run = Run::within(1);
    let origin = Origin::Local;
    run.take(Step::Want { name: 1, origin, block: false, again: false });
    run.settle();
    let mut told = 0;
    for name in 2..20 {
        run.take(Step::Want { name, origin, block: true, again: false });
        run.settle();
        run.take(Step::Cancel(name, origin));
        run.settle();
        told += usize::from(run.known.contains_key(&1));
    }
    assert_eq!(told, usize::from(Limits::SENT_AFTER_EVICTION));

    run.take(Step::Want { name: 1, origin, block: false, again: true });
    run.settle();
    assert_eq!(run.known.keys().collect::<Vec<_>>(), [&1]);
}

#[test]
fn an_evicted_want_that_was_answered_is_told_again_with_the_next_ask_and_no_earlier() {
    let mut run = Run::within(1);
    let origin = Origin::Local;
    run.take(Step::Want { name: 1, origin, block: false, again: false });
    run.settle();
    run.peers.want_answered(BOB, key(1), Answer::DontHave);
    run.take(Step::Want { name: 2, origin, block: true, again: false });
    run.settle();
    assert_eq!(run.known.keys().collect::<Vec<_>>(), [&2], "a want-block evicts a want-have");

    run.take(Step::Cancel(2, origin));
    run.settle();
    assert!(run.known.is_empty(), "it was asked for not long ago");
    run.take(Step::Want { name: 1, origin, block: false, again: true });
    run.settle();
    assert_eq!(run.known.keys().collect::<Vec<_>>(), [&1]);
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 4_096, failure_persistence: None, ..ProptestConfig::default() }
}

#[test]
fn cancels_that_found_company_are_not_waited_for() {
    let mut run = Run::new();
    run.take(Step::Want { name: 1, origin: Origin::Local, block: true, again: false });
    run.land(true);
    run.take(Step::Cancel(1, Origin::Local));
    assert!(run.flight.is_none() && run.peers.next_deadline().is_some());

    run.take(Step::Want { name: 2, origin: Origin::Local, block: true, again: false });

    assert_eq!(run.flight.map(|(_, message)| message.entries.len()), Some(2));
    assert_eq!(run.peers.next_deadline(), None);
}

#[test]
fn a_question_that_nothing_hangs_on_waits_for_a_round_trip_at_most() {
    let mut run = Run::new();
    run.peers.measured(BOB, Duration::from_millis(100));

    run.queue().want_coalesced(Timestamp::ZERO, (key(1), &cid(1)), question());
    run.depart();

    assert!(run.flight.is_none());
    let after_a_round_trip = Timestamp::ZERO.after(Duration::from_millis(100));
    assert_eq!(run.peers.next_deadline(), Some(after_a_round_trip));
    run.peers.flush_coalesced(after_a_round_trip);
    run.depart();
    assert!(run.flight.is_some());
}

#[test]
fn who_said_have_is_not_asked_again_after_a_reset() {
    let mut run = Run::new();
    for name in [1, 2] {
        run.take(Step::Want { name, origin: Origin::Local, block: false, again: false });
        run.settle();
    }
    run.peers.want_answered(BOB, key(1), Answer::Have);

    run.take(Step::Repeat);

    let (_, message) = run.flight.expect("an answer is owed, so it goes at once");
    let named: Vec<_> = message.entries.iter().map(|entry| *entry.cid()).collect();
    assert_eq!((message.full, named), (true, vec![cid(2)]));
}

#[test]
fn a_list_to_which_no_answer_is_owed_waits_for_company_after_a_reset() {
    let mut run = Run::new();
    run.take(Step::Want { name: 1, origin: Origin::Local, block: true, again: false });
    run.settle();
    run.peers.want_answered(BOB, key(1), Answer::DontHave);

    run.take(Step::Repeat);

    assert!(run.flight.is_none() && run.peers.next_deadline().is_some());
    run.settle();
    assert_eq!(run.known.len(), 1);
}

#[test]
fn who_was_not_sent_the_want_block_lacked_no_more_than_a_want_have() {
    for is_taken_back in [false, true] {
        let mut run = Run::new();
        let (name, origin, again) = (1, Origin::Local, false);
        run.take(Step::Want { name, origin, block: false, again });
        run.settle();
        run.take(Step::Want { name: 2, origin, block: true, again });
        run.take(Step::Want { name, origin, block: true, again });
        if is_taken_back {
            run.take(Step::Cancel(name, origin));
        }
        assert!(run.peers.get_mut(BOB).is_some_and(|bob| bob.lacked(key(name))));
        run.settle();
        let told = (!is_taken_back).then_some(&WantKind::Have);
        assert_eq!(run.known.get(&name), told);
        assert!(run.peers.get_mut(BOB).is_some_and(|bob| !bob.lacked(key(2))));
    }
}

/// A message queue, the wants that the peer should know, and the peer's own copy.
struct Run {
    peers: Peers,
    wanted: BTreeMap<(u8, Origin), WantKind>,
    known: BTreeMap<u8, WantKind>,
    flight: Option<(SendId, Message)>,
    sends: u64,
}

impl Run {
    fn new() -> Self {
        Self::within(100)
    }

    /// A peer whose wantlist holds at most `wants` entries.
    fn within(wants: usize) -> Self {
        let mut config = EngineConfig::seeded(1);
        let limits = &mut config.limits;
        (limits.message_entries, limits.message_bytes) = (3, 1);
        (limits.presences_per_peer, limits.wants_per_peer) = (10, wants);
        let mut peers = Peers::new(&config);
        peers.connect(Timestamp::ZERO, BOB, id_of(BOB), SPEAKS);
        let (wanted, known) = (BTreeMap::new(), BTreeMap::new());
        Self { peers, wanted, known, flight: None, sends: 0 }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Cancel(name, origin) => {
                self.wanted.remove(&(name, origin));
                self.queue().cancel(Timestamp::ZERO, origin, key(name), true);
            }
            Step::Lost => self.land(false),
            Step::Repeat => {
                self.known.clear();
                self.peers.resend_wants(Timestamp::ZERO, BOB);
            }
            Step::Sent => self.land(true),
            Step::Want { name, origin, block, again } => {
                let kind = if block { WantKind::Block } else { WantKind::Have };
                let before = self.wanted.get(&(name, origin)).copied().unwrap_or(kind);
                self.wanted.insert((name, origin), kind.max(before));
                let line = WantlistEntry { kind: kind.max(before), ..question() };
                self.queue().want(origin, (key(name), &cid(name)), line, again);
            }
        }
        self.depart();
    }

    fn settle(&mut self) {
        for _ in 0..1_000 {
            self.peers.flush_coalesced(Timestamp::NEVER);
            self.depart();
            if self.flight.is_none() {
                return;
            }
            self.land(true);
        }
        panic!("the queue never falls silent");
    }

    fn queue(&mut self) -> Outgoing<'_> {
        self.peers.outgoing(BOB).expect("Bob is connected")
    }

    fn depart(&mut self) {
        let Self { peers, flight, sends, .. } = self;
        peers.flush(Timestamp::ZERO, 1_024, |_, _, lane, message| {
            assert_eq!(lane, Lane::Control);
            assert!(flight.is_none(), "two messages on one lane");
            let named: Vec<_> = message.entries.iter().map(|entry| *entry.cid()).collect();
            let distinct: BTreeSet<_> = named.iter().collect();
            assert_eq!(distinct.len(), named.len(), "one CID twice in a message");
            *sends += 1;
            *flight = Some((SendId(*sends), message));
            SendId(*sends)
        });
    }

    fn land(&mut self, written: bool) {
        let Some((send, message)) = self.flight.take() else {
            return;
        };
        if written {
            self.hear(&message);
        }
        self.peers.send_finished(Timestamp::ZERO, (BOB, send), written).expect("it was on its way");
    }

    fn hear(&mut self, message: &Message) {
        if message.full {
            self.known.clear();
        }
        for entry in &message.entries {
            let name = entry.cid().hash().digest()[0];
            match entry {
                Entry::Cancel { .. } => {
                    self.known.remove(&name);
                }
                Entry::Want { kind, .. } => {
                    self.known.insert(name, *kind);
                }
            }
        }
    }
}

const fn question() -> WantlistEntry {
    let (kind, send_dont_have) = (WantKind::Have, true);
    WantlistEntry { kind, priority: 0, order: 0, send_dont_have, relay: None }
}

fn key(name: u8) -> CidKey {
    CidKey(u64::from(name))
}

fn cid(name: u8) -> Cid {
    Cid::new_v1(0x55, Multihash::wrap(0x12, &[name; 32]).expect("fits"))
}
