//! Serving: what a peer's want is answered with, and in which order.

use std::time::Duration;

use bitswap_core::strategy::{
    Account, Admission, Ctx, LedgerPolicy, Named, PeerQueueView, Rank, RequestView,
    TaskPrioritizer, TaskView, Weight, plain,
};
use bitswap_core::wire::{BlockPresence, Entry, Message, WantKind};
use bitswap_core::{Action, Block, Engine, Input, Lane, ReadAnswer, SendId};
use cid::Cid;

use crate::cast::{act, at, block, connected, engine, engine_with, peer};

#[test]
fn want_have_is_answered_with_have() {
    let mut alice = with_bob();
    let apple = block(1, 5_000);
    let actions = ask(&mut alice, 1, &[want(apple.0, WantKind::Have)]);
    let actions = sizes(&mut alice, &actions, &[ReadAnswer::Size(5_000)]);
    assert_eq!(presences(&actions), [(apple.0, BlockPresence::Have)]);
    assert_eq!(alice.stats().gauges.requests, 0);
}

#[test]
fn what_is_missing_is_said_once_and_remembered() {
    let mut alice = with_bob();
    let apple = block(1, 5_000);
    let actions = ask(&mut alice, 1, &[want(apple.0, WantKind::Block)]);
    let actions = sizes(&mut alice, &actions, &[ReadAnswer::Missing]);
    assert_eq!(presences(&actions), [(apple.0, BlockPresence::DontHave)]);
    assert_eq!(alice.stats().gauges.requests, 1);
}

#[test]
fn silence_is_kept_if_no_was_not_asked_for() {
    let mut alice = with_bob();
    let quiet = Entry::Want {
        cid: block(1, 9).0,
        kind: WantKind::Block,
        priority: 1,
        send_dont_have: false,
        reach: None,
    };
    let actions = ask(&mut alice, 1, &[quiet]);
    assert_eq!(sizes(&mut alice, &actions, &[ReadAnswer::Missing]), []);
}

#[test]
fn a_store_fault_is_not_a_no_show() {
    let mut alice = with_bob();
    let apple = block(1, 5_000);
    let actions = ask(&mut alice, 1, &[want(apple.0, WantKind::Block)]);
    let fault = ReadAnswer::Failed(bitswap_core::StoreFault("a flipped bit".into()));
    let actions = sizes(&mut alice, &actions, &[fault]);
    assert_eq!(presences(&actions), [(apple.0, BlockPresence::DontHave)]);
    assert_eq!(alice.stats().server.store_faults, 1);
}

#[test]
fn a_store_that_gives_other_bytes_is_not_believed() {
    let mut alice = with_bob();
    let (apple, pear) = (block(1, 5_000), block(2, 5_000));
    let actions = ask(&mut alice, 1, &[want(apple.0, WantKind::Block)]);
    let actions = sizes(&mut alice, &actions, &[ReadAnswer::Size(5_000)]);
    let actions = sizes(&mut alice, &actions, &[ReadAnswer::Block(pear.1)]);
    assert_eq!(presences(&actions), [(apple.0, BlockPresence::DontHave)]);
    assert_eq!(alice.stats().gauges.outstanding_bytes, 0);
}

#[test]
fn a_cancel_takes_the_answer_back() {
    let mut alice = with_bob();
    let apple = block(1, 5_000);
    let actions = ask(&mut alice, 1, &[want(apple.0, WantKind::Block)]);
    let reads = sizes(&mut alice, &actions, &[ReadAnswer::Size(5_000)]);
    ask(&mut alice, 1, &[Entry::Cancel { cid: apple.0 }]);
    assert_eq!(sizes(&mut alice, &reads, &[ReadAnswer::Block(apple.1)]), []);
    let gauges = alice.stats().gauges;
    assert_eq!((gauges.requests, gauges.outstanding_bytes), (0, 0));
}

#[test]
fn what_is_wanted_again_is_not_over_when_the_answer_that_was_cancelled_has_left() {
    let mut alice = with_bob();
    let apple = block(1, 5_000);
    let first = served(&mut alice, &apple);
    ask(&mut alice, 1, &[Entry::Cancel { cid: apple.0 }]);
    assert_eq!(sends(&served(&mut alice, &apple)), [], "its lane is busy");

    let second = act(&mut alice, at(2), Input::Sent { peer: peer(1), send: sends(&first)[0] });
    assert_eq!((sends(&second).len(), alice.stats().gauges.requests), (1, 1));
    assert_eq!(ask(&mut alice, 1, &[want(apple.0, WantKind::Block)]), [], "it is on its way");
    act(&mut alice, at(3), Input::Sent { peer: peer(1), send: sends(&second)[0] });
    let gauges = alice.stats().gauges;
    assert_eq!((gauges.requests, gauges.outstanding_bytes), (0, 0));
}

#[test]
fn a_block_read_for_a_want_that_was_cancelled_does_not_answer_the_next_one_too() {
    let mut alice = with_bob();
    let apple = block(1, 5_000);
    let read = |alice: &mut Engine| {
        let actions = ask(alice, 1, &[want(apple.0, WantKind::Block)]);
        sizes(alice, &actions, &[ReadAnswer::Size(5_000)])
    };
    let first = read(&mut alice);
    ask(&mut alice, 1, &[Entry::Cancel { cid: apple.0 }]);
    let second = read(&mut alice);

    assert_eq!(sizes(&mut alice, &first, &[ReadAnswer::Block(apple.1.clone())]), []);
    let sent = sizes(&mut alice, &second, &[ReadAnswer::Block(apple.1)]);
    let left = act(&mut alice, at(2), Input::Sent { peer: peer(1), send: sends(&sent)[0] });
    assert_eq!(sends(&left), []);
    assert_eq!(alice.stats().gauges.outstanding_bytes, 0);
}

#[test]
fn a_full_list_replaces_what_was_wanted() {
    let mut alice = with_bob();
    ask(&mut alice, 1, &[want(block(1, 9).0, WantKind::Block)]);
    let message = Message { full: true, ..Message::default() };
    receive(&mut alice, 1, message);
    assert_eq!(alice.stats().gauges.requests, 0);
}

#[test]
fn blocks_travel_on_a_lane_of_their_own_one_message_at_a_time() {
    let mut alice = with_bob();
    let blocks: Vec<_> = (0..4).map(|name| block(name, 200 * 1024)).collect();
    let wants: Vec<_> = blocks.iter().map(|(cid, _)| want(*cid, WantKind::Block)).collect();
    let actions = ask(&mut alice, 1, &wants);
    let reads = sizes(&mut alice, &actions, &vec![ReadAnswer::Size(200 * 1024); 4]);
    let mut sent = Vec::new();
    for action in &reads {
        let Action::Read { read, items } = action else {
            continue;
        };
        let find = |cid: &Cid| blocks.iter().find(|(known, _)| known == cid).expect("asked");
        let answers = items.iter().map(|i| ReadAnswer::Block(find(&i.cid).1.clone())).collect();
        sent.extend(act(&mut alice, at(1), Input::ReadDone { read: *read, answers }));
    }
    let lanes: Vec<_> = sent.iter().filter_map(lane).collect();
    assert_eq!(lanes, [Lane::Blocks]);
}

#[test]
fn a_refused_request_is_told_no_and_counted() {
    let mut set = plain::strategies();
    set.ledger_policy = Named::new("closed", Box::new(Closed));
    let mut alice = engine_with(set);
    act(&mut alice, at(0), connected(1));
    let apple = block(1, 9).0;
    let actions = ask(&mut alice, 1, &[want(apple, WantKind::Block)]);
    assert_eq!(presences(&actions), [(apple, BlockPresence::DontHave)]);
    assert_eq!(alice.account(&peer(1)).map(|account| account.refusals), Some(1));
}

#[test]
fn nobody_starves_whatever_the_prioritizer_says() {
    let mut set = plain::strategies();
    let favoured = bitswap_core::Keys::new(7).peer(&peer(1));
    set.task_prioritizer = Named::new("unfair", Box::new(Unfair(favoured)));
    let mut config = bitswap_core::EngineConfig::seeded(7);
    // Room for one block at a time, for everybody together.
    config.limits.outstanding_bytes = 1;
    config.limits.message_bytes = 1;
    let mut alice = Engine::new(config, set).expect("valid");
    act(&mut alice, at(0), connected(1));
    act(&mut alice, at(0), connected(2));
    let blocks: Vec<_> = (0..200).map(|name| block(name, 5_000)).collect();
    let wants: Vec<_> = blocks[1..].iter().map(|(cid, _)| want(*cid, WantKind::Block)).collect();
    let mut reads = Vec::new();
    for (who, wants) in [(1, wants), (2, vec![want(blocks[0].0, WantKind::Block)])] {
        let actions = ask(&mut alice, who, &wants);
        reads.extend(sizes(&mut alice, &actions, &vec![ReadAnswer::Size(5_000); wants.len()]));
    }

    // A block leaves each 100 ms; Carol, whom the prioritizer never names, waits 10 s at most.
    let mut served_carol_at = None;
    for step in 1..150 {
        let now = at(step * 100);
        let mut after = Vec::new();
        for action in std::mem::take(&mut reads) {
            match action {
                Action::Read { read, items } => {
                    let find = |cid| blocks.iter().find(|(known, _)| *known == cid).expect("ours");
                    let answers = items.iter().map(|i| ReadAnswer::Block(find(i.cid).1.clone()));
                    let answers = answers.collect();
                    after.extend(act(&mut alice, now, Input::ReadDone { read, answers }));
                }
                Action::Send { peer: to, send, .. } => {
                    if to == peer(2) {
                        served_carol_at.get_or_insert(now);
                    }
                    after.extend(act(&mut alice, now, Input::Sent { peer: to, send }));
                }
                _ => {}
            }
        }
        reads = after;
    }
    let served = served_carol_at.expect("Carol was served");
    assert!(served.since(at(0)) <= Duration::from_millis(10_500), "{served:?}");
}

#[test]
fn a_node_that_does_not_serve_is_silent() {
    let mut config = bitswap_core::EngineConfig::seeded(7);
    config.serve = false;
    let mut alice = Engine::new(config, plain::strategies()).expect("valid");
    act(&mut alice, at(0), connected(1));
    assert_eq!(ask(&mut alice, 1, &[want(block(1, 9).0, WantKind::Block)]), []);
}

#[test]
fn more_wants_than_are_remembered_push_the_least_important_out() {
    let mut config = bitswap_core::EngineConfig::seeded(7);
    config.limits.requests_per_peer = 2;
    let mut alice = Engine::new(config, plain::strategies()).expect("valid");
    act(&mut alice, at(0), connected(1));
    let cids: Vec<_> = (0..3).map(|name| block(name, 9).0).collect();
    let of = |place: usize, priority| Entry::Want {
        cid: cids[place],
        kind: WantKind::Block,
        priority,
        send_dont_have: true,
        reach: None,
    };
    let actions = ask(&mut alice, 1, &[of(0, 5), of(1, 1), of(2, 9)]);
    assert_eq!(presences(&actions), [], "DONT_HAVE would not be true");
    let kept = alice.wants_of(at(0), &peer(1), 0, 9).expect("Bob is connected");
    assert_eq!(kept.iter().map(|want| want.cid).collect::<Vec<_>>(), [cids[0], cids[2]]);
    assert_eq!(alice.stats().server.overflows, 1);
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

struct Unfair(bitswap_core::PeerKey);

impl TaskPrioritizer for Unfair {
    fn rank_peer(&mut self, _: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank {
        Rank::new([i64::from(peer.peer != self.0), 0, 0, 0])
    }

    fn rank_task(&mut self, _: &mut Ctx<'_>, task: &TaskView) -> Rank {
        Rank::new([task.arrival as i64, 0, 0, 0])
    }
}

fn with_bob() -> Engine {
    let mut alice = engine();
    act(&mut alice, at(0), connected(1));
    alice
}

fn want(cid: Cid, kind: WantKind) -> Entry {
    Entry::Want { cid, kind, priority: 1, send_dont_have: true, reach: None }
}

fn ask(alice: &mut Engine, who: u64, entries: &[Entry]) -> Vec<Action> {
    receive(alice, who, Message { entries: entries.to_vec(), ..Message::default() })
}

fn receive(alice: &mut Engine, who: u64, message: Message) -> Vec<Action> {
    let left_out = bitswap_core::wire::LeftOut::default();
    act(alice, at(0), Input::MessageReceived { peer: peer(who), message, left_out })
}

/// Answers the reads among `actions`; all the answers go to each of them.
fn sizes(alice: &mut Engine, actions: &[Action], answers: &[ReadAnswer]) -> Vec<Action> {
    let mut after = Vec::new();
    for action in actions {
        if let Action::Read { read, .. } = action {
            let answers = answers.to_vec();
            after.extend(act(alice, at(0), Input::ReadDone { read: *read, answers }));
        }
    }
    after
}

/// Bob wants a block that Alice has; what she does once it is read.
fn served(alice: &mut Engine, wanted: &(Cid, Block)) -> Vec<Action> {
    let actions = ask(alice, 1, &[want(wanted.0, WantKind::Block)]);
    let reads = sizes(alice, &actions, &[ReadAnswer::Size(wanted.1.len() as u32)]);
    sizes(alice, &reads, &[ReadAnswer::Block(wanted.1.clone())])
}

fn sends(actions: &[Action]) -> Vec<SendId> {
    let sends = actions.iter().filter_map(|action| match action {
        Action::Send { send, .. } => Some(*send),
        _ => None,
    });
    sends.collect()
}

fn presences(actions: &[Action]) -> Vec<(Cid, BlockPresence)> {
    let said = actions.iter().filter_map(|action| match action {
        Action::Send { message, .. } => Some(message.presences.clone()),
        _ => None,
    });
    said.flatten().collect()
}

fn lane(action: &Action) -> Option<Lane> {
    match action {
        Action::Send { lane, .. } => Some(*lane),
        _ => None,
    }
}
