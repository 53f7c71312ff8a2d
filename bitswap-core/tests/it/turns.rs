//! Requests and turns: what makes room, what is read, written, lost, and kept on accounts.

use bitswap_core::strategy::{Account, Ctx, LedgerPolicy, Named, StrategySet, Weight, plain};
use bitswap_core::wire::{BlockPresence, Entry, LeftOut, Message, WantKind};
use bitswap_core::{Action, Engine, EngineConfig, Input, Limits, ReadAnswer, ReadId};
use cid::Cid;

use crate::bench::Bench;
use crate::cast::{act, at, block, connected, peer};

#[test]
fn so_many_bytes_are_on_their_way_to_all_peers_together() {
    let mut alice = Bench::new(Limits { outstanding_bytes: 1, ..Limits::default() });
    alice.holds = true;
    for n in 1..=2 {
        alice.connect(n);
        alice.store(&block(n, 9_000));
        alice.hear_want(n, &[block(n, 9_000).0]);
    }
    assert_eq!(alice.served(1) + alice.served(2), 1);
}

#[test]
fn a_block_that_cannot_be_written_is_tried_three_times() {
    let mut alice = with_bob();
    alice.holds = true;
    alice.store(&block(1, 9_000));
    alice.hear_want(1, &[block(1, 9_000).0]);
    while let Some((peer, send)) = alice.unwritten.pop().filter(|_| alice.served(1) < 9) {
        alice.tell(Input::SendFailed { peer, send });
    }
    assert_eq!((alice.served(1), alice.engine.gauges().requests), (3, 0));
}

#[test]
fn a_block_that_waits_for_its_lane_is_taken_back_by_a_cancel() {
    let mut alice = with_bob();
    alice.holds = true;
    for name in 1..=2 {
        alice.store(&block(name, 9_000));
        alice.hear_want(1, &[block(name, 9_000).0]);
    }
    let entries = vec![Entry::Cancel { cid: block(2, 9_000).0 }];
    alice.hear(1, Message { entries, ..Message::default() });
    alice.let_go(true);
    assert_eq!((alice.served(1), alice.engine.gauges().outstanding_bytes), (1, 0));
}

#[test]
fn blocks_that_wait_leave_in_messages_of_so_many_bytes() {
    let mut alice = with_bob();
    alice.holds = true;
    let fruit: Vec<_> = (1..=6).map(|name| block(name, 6_000)).collect();
    for fruit in &fruit {
        alice.store(fruit);
    }
    alice.hear_want(1, &fruit.iter().map(|fruit| fruit.0).collect::<Vec<_>>());
    alice.let_go(true);
    let blocks: Vec<_> = alice.sent_to(1).map(|message| message.blocks.len()).collect();
    assert_eq!(blocks, [2, 2, 2]);
}

#[test]
fn a_want_makes_room_only_for_a_more_important_one_and_as_it_was_said_last() {
    let mut alice = engine(Limits { requests_per_peer: 1, ..Limits::default() });
    let [apple, pear] = [1, 2].map(|name| block(name, 9_000).0);
    let kept = |alice: &Engine| {
        let wants = alice.wants_of(at(0), &peer(1), 0, 9).unwrap_or_default();
        wants.iter().map(|want| want.cid).collect::<Vec<_>>()
    };
    ask(&mut alice, apple, 1);
    ask(&mut alice, apple, 5);
    ask(&mut alice, pear, 3);
    assert_eq!(kept(&alice), [apple]);
    ask(&mut alice, pear, 9);
    assert_eq!(kept(&alice), [pear]);
}

#[test]
fn a_block_that_no_message_can_carry_is_not_here() {
    let mut alice = engine(Limits::default());
    let apple = block(1, 9_000).0;
    let actions = asks(&mut alice, apple, (WantKind::Have, 1));
    let answers = vec![ReadAnswer::Size(3 << 20)];
    let actions = act(&mut alice, at(0), Input::ReadDone { read: reads(&actions)[0], answers });
    assert_eq!(refused(&actions), [apple]);
}

#[test]
fn a_store_that_answers_late_takes_nothing_back() {
    let mut alice = engine(Limits::default());
    let apple = block(1, 9_000);
    let looked = ask(&mut alice, apple.0, 1);
    act(&mut alice, at(0), Input::BlocksAdded { blocks: vec![apple] });
    let answers = vec![ReadAnswer::Missing];
    let late = act(&mut alice, at(1), Input::ReadDone { read: reads(&looked)[0], answers });
    assert_eq!(late, []);
}

#[test]
fn what_was_read_for_a_peer_that_left_says_nothing_to_it_when_it_is_back() {
    let mut alice = engine(Limits::default());
    let apple = block(1, 9_000).0;
    let looked = ask(&mut alice, apple, 1);
    act(&mut alice, at(1), Input::PeerDisconnected { peer: peer(1) });
    act(&mut alice, at(2), connected(1));
    ask(&mut alice, apple, 1);
    let answers = vec![ReadAnswer::Missing];
    let late = act(&mut alice, at(3), Input::ReadDone { read: reads(&looked)[0], answers });
    assert_eq!(late, []);
}

#[test]
fn the_account_that_was_unused_longest_makes_room() {
    let mut alice = Bench::new(Limits { accounts: 2, ..Limits::default() });
    for n in 1..=3 {
        alice.connect(n);
        alice.pass(1);
    }
    let known = [1, 2, 3].map(|n| alice.engine.account(&peer(n)).is_some());
    assert_eq!(known, [false, true, true]);
}

#[test]
fn blocks_and_their_bytes_are_on_the_account_of_who_brought_them() {
    let mut alice = with_bob();
    alice.want(1, &[block(1, 9_000).0]);
    alice.bring(1, &block(1, 9_000));
    let account = alice.engine.account(&peer(1)).expect("it is here");
    assert_eq!((account.blocks_received_from, account.received_from), (1, 9_000));
}

#[test]
fn a_debt_is_weighed_anew_after_ten_seconds_and_by_another_policy_at_once() {
    let mut alice = Bench::of(EngineConfig::seeded(7), weighed());
    alice.connect(1);
    let serve = |alice: &mut Bench, name| {
        alice.store(&block(name, 9_000));
        alice.hear_want(1, &[block(name, 9_000).0]);
        weighings(alice)
    };
    let once = serve(&mut alice, 1);
    assert_eq!(serve(&mut alice, 2), once);
    alice.pass(10);
    assert_eq!(serve(&mut alice, 3), once + 1);
    alice.engine.replace(weighed());
    assert_eq!(serve(&mut alice, 4), once + 2);
}

struct Scales;

impl LedgerPolicy for Scales {
    fn weigh(&mut self, ctx: &mut Ctx<'_>, _: &Account) -> Weight {
        ctx.because("weighed");
        Weight::ONE
    }
}

fn weighed() -> StrategySet {
    let mut set = plain::strategies();
    set.ledger_policy = Named::new("scales", Box::new(Scales));
    set
}

fn weighings(alice: &Bench) -> u64 {
    let stats = alice.engine.stats();
    let decisions = stats.strategies.iter().flat_map(|stats| &stats.decisions);
    decisions.filter(|(reason, _)| *reason == "weighed").map(|(_, count)| count).sum()
}

/// Alice, who knows Bob.
fn with_bob() -> Bench {
    let mut alice = Bench::new(Limits::default());
    alice.connect(1);
    alice
}

/// The same, whose store answers when a test says so.
fn engine(limits: Limits) -> Engine {
    let config = EngineConfig { limits, ..EngineConfig::seeded(7) };
    let mut alice = Engine::new(config, plain::strategies()).expect("it can work");
    act(&mut alice, at(0), connected(1));
    alice
}

fn ask(alice: &mut Engine, cid: Cid, priority: i32) -> Vec<Action> {
    asks(alice, cid, (WantKind::Block, priority))
}

fn asks(alice: &mut Engine, cid: Cid, (kind, priority): (WantKind, i32)) -> Vec<Action> {
    let want = Entry::Want { cid, kind, priority, send_dont_have: true, reach: None };
    let message = Message { entries: vec![want], ..Message::default() };
    let left_out = LeftOut::default();
    let actions = act(alice, at(0), Input::MessageReceived { peer: peer(1), message, left_out });
    for action in &actions {
        if let Action::Send { peer, send, .. } = action {
            act(alice, at(0), Input::Sent { peer: *peer, send: *send });
        }
    }
    actions
}

fn reads(actions: &[Action]) -> Vec<ReadId> {
    let read = |action: &Action| match action {
        Action::Read { read, .. } => Some(*read),
        _ => None,
    };
    actions.iter().filter_map(read).collect()
}

/// Of what DONT_HAVE is said.
fn refused(actions: &[Action]) -> Vec<Cid> {
    let said = actions.iter().flat_map(|action| match action {
        Action::Send { message, .. } => message.presences.clone(),
        _ => Vec::new(),
    });
    said.filter(|(_, said)| *said == BlockPresence::DontHave).map(|(cid, _)| cid).collect()
}
