//! Requests and tasks: eviction, reads, sends, losses and ledger accounts.

use bitswap_core::strategy::{
    Account, Ctx, LedgerPolicy, PeerQueueView, Rank, Role, TaskPrioritizer, TaskView, Weight,
};
use bitswap_core::testing::Held::{Reads, Sends, Writes};
use bitswap_core::testing::{
    Driver, at, block, blocks, cids_of, peer, policy, presences, prioritizer, want,
};
use bitswap_core::wire::{BlockPresence, Entry, WantKind};
use bitswap_core::{Action, EngineConfig, Input, Limits, PeerKey, ReadAnswer};
use cid::Cid;

#[test]
fn so_many_bytes_are_on_their_way_to_all_peers_together() {
    let mut alice = Driver::within(Limits { outstanding_bytes: 1, ..Limits::default() });
    alice.hold(&[Sends, Writes]);
    for n in 1..=2 {
        alice.connect(n);
        alice.store(&block(n, 9_000));
        alice.receive_wants(n, &[block(n, 9_000).0]);
    }
    assert_eq!(alice.blocks_sent_to(1) + alice.blocks_sent_to(2), 1);
}

#[test]
fn a_block_that_cannot_be_written_is_tried_three_times() {
    let mut alice = Driver::default().with_peers(1).holding(&[Sends, Writes]);
    alice.store(&block(1, 9_000));
    alice.receive_wants(1, &[block(1, 9_000).0]);
    while let Some(&(peer, send)) = alice.open_sends().last()
        && alice.blocks_sent_to(1) < 9
    {
        alice.give(Input::SendFailed { peer, send });
    }
    assert_eq!((alice.blocks_sent_to(1), alice.engine.gauges().requests), (3, 0));
}

#[test]
fn a_block_that_waits_for_its_lane_is_taken_back_by_a_cancel() {
    let mut alice = Driver::default().with_peers(1).holding(&[Sends, Writes]);
    for name in 1..=2 {
        alice.store(&block(name, 9_000));
        alice.receive_wants(1, &[block(name, 9_000).0]);
    }
    alice.receive_entries(1, &[Entry::Cancel { cid: block(2, 9_000).0 }]);
    alice.release();
    assert_eq!((alice.blocks_sent_to(1), alice.engine.gauges().outstanding_bytes), (1, 0));
}

#[test]
fn blocks_that_wait_leave_in_larger_messages_while_the_peer_takes_them_fast() {
    let mut alice = Driver::default().with_peers(1).holding(&[Sends, Writes]);
    let fruit = blocks(1..=36, 6_000);
    alice.store_all(&fruit);
    alice.receive_wants(1, &cids_of(&fruit));
    let mut now = 0;
    for took_ms in [1, 1, 1, 1, 2, 2] {
        now += took_ms;
        let (peer, send) = alice.open_sends()[0];
        alice.at(now).give(Input::Sent { peer, send });
    }
    let blocks: Vec<_> = alice.sent_to(1).map(|message| message.blocks.len()).collect();
    assert_eq!(blocks, [2, 2, 5, 10, 10, 5, 2]);
}

#[test]
fn no_more_blocks_are_in_a_message_than_its_reader_takes() {
    let mut alice = Driver::default().with_peers(1).holding(&[Sends, Writes]);
    let grains = blocks(1..=1_200, 8);
    alice.store_all(&grains);
    alice.receive_wants(1, &cids_of(&grains));
    alice.release();
    let blocks: Vec<_> = alice.sent_to(1).map(|message| message.blocks.len()).collect();
    assert_eq!((blocks.iter().max(), blocks.iter().sum::<usize>()), (Some(&1_024), 1_200));
}

#[test]
fn a_want_makes_room_only_for_a_more_important_one_and_as_it_was_said_last() {
    let mut alice = engine(Limits { requests_per_peer: 1, ..Limits::default() });
    let [apple, pear] = [1, 2].map(|name| block(name, 9_000).0);
    let kept = |alice: &Driver| {
        let wants = alice.engine.wants_of(at(0), &peer(1), 0, 9).unwrap_or_default();
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
    let actions = alice.receive_entries(1, &[want(apple, WantKind::Have)]);
    let actions = alice.answer_reads(&actions, |_| ReadAnswer::Size(4 << 20));
    assert_eq!(presences(&actions), [(apple, BlockPresence::DontHave)]);
}

#[test]
fn a_store_that_answers_late_takes_nothing_back() {
    let mut alice = engine(Limits::default());
    let apple = block(1, 9_000);
    let looked = ask(&mut alice, apple.0, 1);
    alice.give(Input::BlocksAdded { blocks: vec![apple] });
    let late = alice.at(1).answer_reads(&looked, |_| ReadAnswer::Missing);
    assert_eq!(late, []);
}

#[test]
fn what_was_read_for_a_peer_that_left_says_nothing_to_it_when_it_is_back() {
    let mut alice = engine(Limits::default());
    let apple = block(1, 9_000).0;
    let looked = ask(&mut alice, apple, 1);
    alice.at(1).disconnect(1);
    alice.at(2).connect(1);
    ask(&mut alice, apple, 1);
    let late = alice.at(3).answer_reads(&looked, |_| ReadAnswer::Missing);
    assert_eq!(late, []);
}

#[test]
fn the_account_that_was_unused_longest_makes_room() {
    let mut alice = Driver::within(Limits { accounts: 2, ..Limits::default() });
    for n in 1..=3 {
        alice.connect(n);
        alice.pass_secs(1);
    }
    let known = [1, 2, 3].map(|n| alice.engine.account(&peer(n)).is_some());
    assert_eq!(known, [false, true, true]);
}

#[test]
fn blocks_and_their_bytes_are_on_the_account_of_who_brought_them() {
    let mut alice = Driver::default().with_peers(1);
    alice.want(1, &[block(1, 9_000).0]);
    alice.receive_block(1, &block(1, 9_000));
    let account = alice.engine.account(&peer(1)).expect("it is here");
    assert_eq!((account.blocks_received_from, account.received_from), (1, 9_000));
}

#[test]
fn a_debt_is_weighed_anew_after_ten_seconds_and_by_another_policy_at_once() {
    let mut alice = Driver::with(policy(Scales)).with_peers(1);
    let serve = |alice: &mut Driver, name| {
        alice.store(&block(name, 9_000));
        alice.receive_wants(1, &[block(name, 9_000).0]);
        weighings(alice)
    };
    let once = serve(&mut alice, 1);
    assert_eq!(serve(&mut alice, 2), once);
    alice.pass_secs(10);
    assert_eq!(serve(&mut alice, 3), once + 1);
    alice.swap(Role::LedgerPolicy, policy(Scales));
    assert_eq!(serve(&mut alice, 4), once + 2);
}

struct Scales;

impl LedgerPolicy for Scales {
    fn weigh(&mut self, ctx: &mut Ctx<'_>, _: &Account) -> Weight {
        ctx.because("weighed");
        Weight::ONE
    }
}

fn weighings(alice: &Driver) -> u64 {
    let stats = alice.engine.stats();
    let decisions = stats.strategies.iter().flat_map(|stats| &stats.decisions);
    decisions.filter(|(reason, _)| *reason == "weighed").map(|(_, count)| count).sum()
}

/// Alice, whose store answers when a test says so, and who knows Bob.
fn engine(limits: Limits) -> Driver {
    Driver::within(limits).holding(&[Reads]).with_peers(1)
}

fn ask(alice: &mut Driver, cid: Cid, priority: i32) -> Vec<Action> {
    let kind = WantKind::Block;
    alice.receive_entries(
        1,
        &[Entry::Want { cid, kind, priority, send_dont_have: true, relay: None }],
    )
}

#[test]
fn a_peer_that_is_not_to_be_served_yet_waits_and_is_ranked_again_then() {
    let mut alice = Driver::default();
    let free = alice.engine.keys().peer(&peer(1));
    alice = Driver::with(prioritizer(Choking { free })).with_peers(2);
    alice.store_all(&blocks(1..=2, 9_000));
    let served = |alice: &Driver| [1, 2].map(|n| alice.blocks_sent_to(n));
    for n in 1..=2 {
        alice.receive_wants(n, &[block(n, 9_000).0]);
    }
    assert_eq!(served(&alice), [1, 0]);
    alice.run_until(at(29_999));
    assert_eq!(served(&alice), [1, 0], "it does not starve, although it waits for long");
    alice.run_until(at(30_000));
    assert_eq!(served(&alice), [1, 1]);
}

#[test]
fn a_task_is_ranked_again_when_its_rank_says_so() {
    let limits = Limits { outstanding_bytes: 1, ..Limits::default() };
    let mut config = EngineConfig::seeded(1);
    config.limits = limits;
    let mut alice = Driver::new(config, prioritizer(Aging)).with_peers(1);
    alice.hold(&[Sends, Writes]);
    alice.store_all(&blocks(1..=3, 9_000));
    for name in 1..=3 {
        alice.receive_wants(1, &[block(name, 9_000).0]);
    }
    alice.run_until(at(6_000));
    alice.release();
    let order: Vec<Cid> =
        alice.sent_to(1).flat_map(|message| &message.blocks).map(|(cid, _)| *cid).collect();
    assert_eq!(
        order,
        [1, 3, 2].map(|name| block(name, 9_000).0),
        "the later one came to the front"
    );
}

/// Serves all peers but one only after 30 s.
struct Choking {
    free: PeerKey,
}

impl TaskPrioritizer for Choking {
    fn rank_peer(&mut self, _: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank {
        let rank = Rank::new([0; 4]);
        if peer.peer == self.free { rank } else { rank.not_before(at(30_000)) }
    }

    fn rank_task(&mut self, _: &mut Ctx<'_>, _: &TaskView) -> Rank {
        Rank::new([0; 4])
    }
}

/// After five seconds the last task becomes the first.
struct Aging;

impl TaskPrioritizer for Aging {
    fn rank_peer(&mut self, _: &mut Ctx<'_>, _: &PeerQueueView) -> Rank {
        Rank::new([0; 4])
    }

    fn rank_task(&mut self, ctx: &mut Ctx<'_>, task: &TaskView) -> Rank {
        let arrival = task.arrival as i64;
        if ctx.now() < at(5_000) {
            Rank::new([arrival, 0, 0, 0]).until(at(5_000))
        } else {
            Rank::new([-arrival, 0, 0, 0])
        }
    }
}
