//! Serving: answers to requests, and their order.

use std::time::Duration;

use bitswap_core::strategy::{
    Account, Admission, Ctx, LedgerPolicy, PeerQueueView, Rank, RequestView, TaskPrioritizer,
    TaskView, Weight, plain,
};
use bitswap_core::testing::Held::{Reads, Sends};
use bitswap_core::testing::{
    Driver, SPEAKS, at, block, blocks, cids_of, messages, peer, policy, presences, prioritizer,
    sends, want,
};
use bitswap_core::wire::{BlockPresence, Entry, Message, ProtocolVersion, WantKind, encoded_len};
use bitswap_core::{
    Action, Block, EngineConfig, Input, Keys, Lane, Lanes, Limits, MAX_BLOCK_BYTES,
    MAX_FRAME_BYTES, PeerCapabilities, PeerKey, ReadAnswer, StoreFault,
};
use cid::Cid;

#[test]
fn want_have_is_answered_with_have() {
    let mut alice = with_bob();
    let apple = block(1, 5_000);
    let actions = alice.receive_entries(1, &[want(apple.0, WantKind::Have)]);
    let actions = sized(&mut alice, &actions, 5_000);
    assert_eq!(presences(&actions), [(apple.0, BlockPresence::Have)]);
    assert_eq!(alice.engine.stats().gauges.requests, 0);
}

#[test]
fn what_is_missing_is_said_once_and_remembered() {
    let mut alice = with_bob();
    let apple = block(1, 5_000);
    let actions = alice.receive_wants(1, &[apple.0]);
    let actions = alice.answer_reads(&actions, |_| ReadAnswer::Missing);
    assert_eq!(presences(&actions), [(apple.0, BlockPresence::DontHave)]);
    assert_eq!(alice.engine.stats().gauges.requests, 1);
}

#[test]
fn silence_is_kept_if_no_was_not_asked_for() {
    let mut alice = with_bob();
    let (cid, kind, priority) = (block(1, 9).0, WantKind::Block, 1);
    let quiet = Entry::Want { cid, kind, priority, send_dont_have: false, relay: None };
    let actions = alice.receive_entries(1, &[quiet]);
    assert_eq!(alice.answer_reads(&actions, |_| ReadAnswer::Missing), []);
}

#[test]
fn a_store_fault_is_not_a_no_show() {
    let mut alice = with_bob();
    let apple = block(1, 5_000);
    let actions = alice.receive_wants(1, &[apple.0]);
    let fault = StoreFault("a flipped bit".into());
    let actions = alice.answer_reads(&actions, |_| ReadAnswer::Failed(fault.clone()));
    assert_eq!(presences(&actions), [(apple.0, BlockPresence::DontHave)]);
    assert_eq!(alice.engine.stats().server.store_faults, 1);
}

#[test]
fn a_store_that_gives_other_bytes_is_not_believed() {
    let mut alice = with_bob();
    let (apple, pear) = (block(1, 5_000), block(2, 5_000));
    let actions = alice.receive_wants(1, &[apple.0]);
    let actions = sized(&mut alice, &actions, 5_000);
    let actions = found(&mut alice, &actions, &pear.1);
    assert_eq!(presences(&actions), [(apple.0, BlockPresence::DontHave)]);
    assert_eq!(alice.engine.stats().gauges.outstanding_bytes, 0);
}

#[test]
fn a_cancel_takes_the_answer_back() {
    let mut alice = with_bob();
    let apple = block(1, 5_000);
    let actions = alice.receive_wants(1, &[apple.0]);
    let reads = sized(&mut alice, &actions, 5_000);
    alice.receive_entries(1, &[Entry::Cancel { cid: apple.0 }]);
    assert_eq!(found(&mut alice, &reads, &apple.1), []);
    let gauges = alice.engine.stats().gauges;
    assert_eq!((gauges.requests, gauges.outstanding_bytes), (0, 0));
}

#[test]
fn what_is_wanted_again_is_not_over_when_the_answer_that_was_cancelled_has_left() {
    let mut alice = with_bob();
    let apple = block(1, 5_000);
    let first = served(&mut alice, &apple);
    alice.receive_entries(1, &[Entry::Cancel { cid: apple.0 }]);
    assert_eq!(sends(&served(&mut alice, &apple)), [], "its lane is busy");

    let second = alice.at(2).give(Input::Sent { peer: peer(1), send: sends(&first)[0] });
    assert_eq!((sends(&second).len(), alice.engine.stats().gauges.requests), (1, 1));
    assert_eq!(alice.receive_wants(1, &[apple.0]), [], "it is on its way");
    alice.at(3).give(Input::Sent { peer: peer(1), send: sends(&second)[0] });
    let gauges = alice.engine.stats().gauges;
    assert_eq!((gauges.requests, gauges.outstanding_bytes), (0, 0));
}

#[test]
fn a_block_read_for_a_want_that_was_cancelled_does_not_answer_the_next_one_too() {
    let mut alice = with_bob();
    let apple = block(1, 5_000);
    let read = |alice: &mut Driver| {
        let actions = alice.receive_wants(1, &[apple.0]);
        sized(alice, &actions, 5_000)
    };
    let first = read(&mut alice);
    alice.receive_entries(1, &[Entry::Cancel { cid: apple.0 }]);
    let second = read(&mut alice);

    assert_eq!(found(&mut alice, &first, &apple.1), []);
    let sent = found(&mut alice, &second, &apple.1);
    let left = alice.at(2).give(Input::Sent { peer: peer(1), send: sends(&sent)[0] });
    assert_eq!(sends(&left), []);
    assert_eq!(alice.engine.stats().gauges.outstanding_bytes, 0);
}

#[test]
fn a_full_list_replaces_what_was_wanted() {
    let mut alice = with_bob();
    alice.receive_wants(1, &[block(1, 9).0]);
    alice.receive(1, Message { full: true, ..Message::default() });
    assert_eq!(alice.engine.stats().gauges.requests, 0);
}

#[test]
fn blocks_travel_on_a_lane_of_their_own_one_message_at_a_time() {
    let mut alice = with_bob();
    alice.hold(&[Sends]);
    let blocks = blocks(0..4, 200 * 1024);
    alice.store_all(&blocks);
    let actions = alice.receive_wants(1, &cids_of(&blocks));
    let lanes: Vec<_> = actions.iter().filter_map(lane).collect();
    assert_eq!(lanes, [Lane::Blocks]);
}

#[test]
fn a_refused_request_is_told_no_and_counted() {
    let mut alice = Driver::with(policy(Closed)).with_peers(1);
    let apple = block(1, 9).0;
    let actions = alice.receive_wants(1, &[apple]);
    assert_eq!(presences(&actions), [(apple, BlockPresence::DontHave)]);
    assert_eq!(alice.engine.account(&peer(1)).map(|account| account.refusals), Some(1));
}

#[test]
fn nobody_starves_whatever_the_prioritizer_says() {
    let favoured = Keys::new(7).peer(&peer(1));
    // Room for one block at a time, for everybody together.
    let limits = Limits { outstanding_bytes: 1, message_bytes: 1, ..Limits::default() };
    let config = EngineConfig { limits, ..EngineConfig::seeded(7) };
    let mut alice =
        Driver::new(config, prioritizer(Unfair(favoured))).holding(&[Sends]).with_peers(2);
    let blocks = blocks(0..200, 5_000);
    alice.store_all(&blocks);
    let cids = cids_of(&blocks);
    alice.receive_wants(1, &cids[1..]);
    alice.receive_wants(2, &cids[..1]);

    // A block leaves each 100 ms; Carol, whom the prioritizer never names, waits 10 s at most.
    let mut served_carol_at = None;
    for step in 1..150 {
        alice.at(step * 100);
        for (to, send) in alice.open_sends() {
            if to == peer(2) {
                served_carol_at = served_carol_at.or(Some(alice.now));
            }
            alice.give(Input::Sent { peer: to, send });
        }
    }
    let served = served_carol_at.expect("Carol was served");
    assert!(served.since(at(0)) <= Duration::from_millis(10_500), "{served:?}");
}

#[test]
fn a_node_that_does_not_serve_is_silent() {
    let config = EngineConfig { serve: false, ..EngineConfig::seeded(7) };
    let mut alice = Driver::new(config, plain::strategies()).with_peers(1);
    assert_eq!(alice.receive_wants(1, &[block(1, 9).0]), []);
}

#[test]
fn more_wants_than_are_remembered_push_the_least_important_out() {
    let limits = Limits { requests_per_peer: 2, ..Limits::default() };
    let mut alice = Driver::within(limits).holding(&[Reads]).with_peers(1);
    let cids = cids_of(&blocks(0..3, 9));
    let of = |place: usize, priority| {
        let (cid, kind) = (cids[place], WantKind::Block);
        Entry::Want { cid, kind, priority, send_dont_have: true, relay: None }
    };
    let actions = alice.receive_entries(1, &[of(0, 5), of(1, 1), of(2, 9)]);
    assert_eq!(presences(&actions), [], "DONT_HAVE would not be true");
    let kept = alice.engine.wants_of(at(0), &peer(1), 0, 9).expect("Bob is connected");
    assert_eq!(kept.iter().map(|want| want.cid).collect::<Vec<_>>(), [cids[0], cids[2]]);
    assert_eq!(alice.engine.stats().server.overflows, 1);
}

struct Closed;

impl LedgerPolicy for Closed {
    fn weigh(&mut self, _: &mut Ctx<'_>, _: &Account) -> Weight {
        Weight::ONE
    }

    fn admit(&mut self, _: &mut Ctx<'_>, _: &Account, _: &RequestView) -> Admission {
        Admission::Refuse { reason: "closed" }
    }
}

struct Unfair(PeerKey);

impl TaskPrioritizer for Unfair {
    fn rank_peer(&mut self, _: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank {
        Rank::new([i64::from(peer.peer != self.0), 0, 0, 0])
    }

    fn rank_task(&mut self, _: &mut Ctx<'_>, task: &TaskView) -> Rank {
        Rank::new([task.arrival as i64, 0, 0, 0])
    }
}

/// Alice, whose store and wire answer when a test says so, and who knows Bob.
#[test]
fn the_largest_block_leaves_in_one_frame_with_what_else_there_is_to_say() {
    let mut alice = Driver::default().holding(&[Reads, Sends]);
    let capabilities = PeerCapabilities { lanes: Lanes::One, ..SPEAKS };
    alice.give(Input::PeerConnected { peer: peer(1), capabilities });
    let first = served(&mut alice, &block(1, 5_000));
    let absent = alice.receive_wants(1, &cids_of(&blocks(2..1_000, 9)));
    alice.answer_reads(&absent, |_| ReadAnswer::Missing);
    let largest = block(1_000, MAX_BLOCK_BYTES);
    served(&mut alice, &largest);

    let next = alice.give(Input::Sent { peer: peer(1), send: sends(&first)[0] });

    let message = messages(&next).next().expect("it has something to say");
    assert_eq!(message.blocks, [largest]);
    assert!(!message.presences.is_empty());
    let frame = encoded_len(message, ProtocolVersion::V1_2);
    assert!(frame <= MAX_FRAME_BYTES, "{frame} bytes");
}

fn with_bob() -> Driver {
    Driver::default().holding(&[Reads, Sends]).with_peers(1)
}

/// Every read finds a block of so many bytes.
fn sized(alice: &mut Driver, actions: &[Action], bytes: u32) -> Vec<Action> {
    alice.answer_reads(actions, |_| ReadAnswer::Size(bytes))
}

/// Every read finds this block, whatever it asked for.
fn found(alice: &mut Driver, actions: &[Action], block: &Block) -> Vec<Action> {
    alice.answer_reads(actions, |_| ReadAnswer::Block(block.clone()))
}

/// Bob wants a block that Alice has; what she does once it is read.
fn served(alice: &mut Driver, wanted: &(Cid, Block)) -> Vec<Action> {
    let actions = alice.receive_wants(1, &[wanted.0]);
    let reads = sized(alice, &actions, wanted.1.len() as u32);
    found(alice, &reads, &wanted.1)
}

fn lane(action: &Action) -> Option<Lane> {
    match action {
        Action::Send { lane, .. } => Some(*lane),
        _ => None,
    }
}
