//! Timeouts of peers, moments that strategies choose, and clock jumps.

use std::time::Duration;

use bitswap_core::strategy::{
    Ask, Asks, Ctx, PeerQueueView, PeerSelector, ProviderFinder, Rank, SearchView, SessionView,
    Source, Step, StrategySet, TaskPrioritizer, TaskView, plain,
};
use bitswap_core::testing::Held;
use bitswap_core::testing::{
    Driver, at, block, blocks, call, cids_of, finder, lookups, peer, prioritizer, selector,
};
use bitswap_core::wire::BlockPresence::{DontHave, Have};
use bitswap_core::wire::{Entry, ProtocolVersion, WantKind};
use bitswap_core::{Action, AskOutcome, Block, CallId, EngineConfig, Input, Timestamp};
use cid::Cid;

const DAY: Duration = Duration::from_secs(24 * 3_600);

#[test]
fn an_answer_gives_a_peers_other_asks_their_time_again() {
    let mut alice = asked(plain::strategies(), 2);
    alice.pass_secs(4);
    alice.receive_presence(1, block(0, 9_000).0, DontHave);
    alice.pass_secs(4);
    assert_eq!(timed_out(&alice), 0);
    alice.pass_secs(8);
    assert_eq!(timed_out(&alice), 1);
}

#[test]
fn a_peer_that_answers_other_asks_is_waited_for_two_minutes() {
    let mut alice = asked(plain::strategies(), 60);
    for name in 1..40 {
        alice.pass_secs(3);
        alice.receive_presence(1, block(name, 9_000).0, DontHave);
    }
    assert_eq!(timed_out(&alice), 0);
    alice.pass_secs(3);
    assert!(timed_out(&alice) > 0, "though it answered a moment ago");
}

#[test]
fn what_comes_sooner_than_a_round_trip_does_not_shorten_the_time_of_others() {
    let mut alice = Driver::default().with_peers(1);
    let round_trip = Duration::from_millis(200);
    alice.give(Input::RttMeasured { peer: peer(1), round_trip });
    want(&mut alice, &blocks(0..2, 300_000));
    alice.run_until(at(2));
    alice.receive_block(1, &block(0, 300_000));
    alice.pass_secs(1);
    assert_eq!((alice.delivered(), timed_out(&alice)), (1, 0));
}

#[test]
fn how_soon_small_blocks_came_does_not_tell_when_a_large_one_is_late() {
    for (bytes, late) in [(9_000, 0), (300_000, 1)] {
        let mut alice = Driver::default().with_peers(2);
        let round_trip = Duration::from_millis(100);
        alice.give(Input::RttMeasured { peer: peer(1), round_trip });
        want(&mut alice, &blocks(0..2, bytes));
        alice.receive_presence(2, block(1, bytes).0, Have);
        alice.run_until(alice.now.after(2 * round_trip));
        alice.receive_block(1, &block(0, bytes));
        alice.pass_secs(1);
        assert_eq!(timed_out(&alice), late, "after {bytes} bytes");
        alice.pass_secs(1);
        assert_eq!(timed_out(&alice), 1);
    }
}

#[test]
fn a_time_out_that_a_selector_names_is_a_minute_at_most() {
    let mut alice = asked(selector(Patient), 1);
    alice.pass_secs(59);
    assert_eq!(timed_out(&alice), 0);
    alice.pass_secs(1);
    assert_eq!(timed_out(&alice), 1);
}

#[test]
fn a_peer_has_two_seconds_and_three_round_trips_once_those_are_known() {
    let mut alice = Driver::default().with_peers(1);
    let round_trip = Duration::from_millis(100);
    alice.give(Input::RttMeasured { peer: peer(1), round_trip });
    want(&mut alice, &blocks(0..1, 9_000));
    alice.pass_secs(2);
    assert_eq!(timed_out(&alice), 0);
    alice.pass_secs(1);
    assert_eq!(timed_out(&alice), 1);
}

#[test]
fn a_peer_has_twice_its_usual_time() {
    let mut alice = Driver::default().with_peers(1);
    want(&mut alice, &blocks(0..1, 300_000));
    alice.pass_secs(3);
    alice.receive_block(1, &block(0, 300_000));
    let pear = block(7, 9_000).0;
    alice.want(2, &[pear]);
    alice.pass_secs(4);
    assert_eq!(timed_out(&alice), 0, "it took three seconds");
    alice.pass_secs(2);
    assert_eq!(timed_out(&alice), 1);
}

#[test]
fn who_is_late_may_still_send_and_is_told_when_another_has_sent() {
    let mut alice = Driver::default().with_peers(2);
    let apple = block(0, 9_000);
    alice.want(1, &[apple.0]);
    alice.receive_presence(1, apple.0, Have);
    alice.receive_presence(2, apple.0, Have);
    alice.pass_secs(5);
    assert_eq!(timed_out(&alice), 1, "Bob, who said HAVE first");
    assert_eq!(cancelled_until(&mut alice, 8_000), [0; 0]);
    let actions = alice.receive_block(2, &apple);
    assert!(actions.contains(&Action::Finish { call: CallId(1) }));
    assert!(cancelled_until(&mut alice, 9_000).contains(&1));
}

#[test]
fn an_ask_is_put_off_for_ten_seconds_at_most() {
    let mut alice = asked(selector(Hesitant), 1);
    assert_eq!(alice.engine.stats().client.block_asks, 0);
    alice.pass_secs(10);
    assert_eq!(alice.engine.stats().client.block_asks, 1);
}

#[test]
fn a_finder_sleeps_for_a_minute_and_looks_up_for_a_minute_at_most() {
    let mut alice = Driver::with(finder(Slow)).holding(&Held::NETWORK);
    let actions = alice.give(call(1, &[block(1, 9_000).0]));
    let timeouts: Vec<_> = actions.iter().filter_map(lookup).collect();
    assert_eq!(timeouts, [Duration::from_secs(60)]);
    assert_eq!(alice.engine.next_deadline(), Some(at(60_000)));
}

#[test]
fn a_look_up_stops_with_its_want_and_brings_so_many_providers() {
    let mut alice = Driver::with(finder(Slow)).holding(&Held::NETWORK);
    let actions = alice.give(call(1, &[block(1, 9_000).0]));
    let lookup = lookups(&actions)[0];
    let peers = (1..=100).map(peer).collect();
    let dialled = alice.at(1).give(Input::ProvidersFound { lookup, peers });
    assert_eq!(dialled.len(), 64);

    let over = alice.at(2).give(Input::CallCancelled { call: CallId(1) });
    assert_eq!(over, [Action::StopLookup { lookup }]);
}

#[test]
fn a_rank_is_asked_again_when_it_said_and_after_a_minute_at_most() {
    let mut config = EngineConfig::seeded(7);
    // The first block is paid for in hours, and the second peer waits for that.
    config.limits.upload_bytes_per_second = 1;
    let mut alice = Driver::new(config, prioritizer(Lasting));
    for n in 1..=2 {
        alice.connect(n);
        alice.store(&block(n, 2_000_000));
        alice.receive_wants(n, &[block(n, 2_000_000).0]);
    }
    assert_eq!(alice.engine.next_deadline(), Some(at(60_000)));
    let asked = |alice: &Driver| alice.engine.stats().strategies[1].asked;
    let before = asked(&alice);
    alice.pass_secs(60);
    assert_eq!(asked(&alice), before + 1);
}

#[test]
fn time_that_a_clock_leaps_over_does_not_count_and_none_comes_back() {
    let mut alice = asked(plain::strategies(), 1);
    alice.at(24 * 3_600_000).give(Input::DeadlineReached);
    assert_eq!(timed_out(&alice), 0);
    let own = alice.engine.moment(at(24 * 3_600_000));
    assert_eq!(alice.engine.moment(Timestamp::ZERO), own);
}

#[test]
fn a_peer_that_left_is_waited_for_no_more() {
    let mut alice = asked(selector(Patient), 1);
    alice.disconnect(1);
    assert_eq!(alice.engine.trace_of_peer(&peer(1)), None);
}

/// Waits for a day.
struct Patient;

impl PeerSelector for Patient {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let ask = Ask::block(session.wants[0].want, session.peers[0].peer, "patient");
        asks.push(Ask { timeout: Some(DAY), ..ask });
    }
}

/// Asks tomorrow.
struct Hesitant;

impl PeerSelector for Hesitant {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let ask = Ask::block(session.wants[0].want, session.peers[0].peer, "hesitant");
        asks.push(ask.delayed(DAY));
    }
}

/// Looks up once, and both takes a day and sleeps for one.
struct Slow;

impl ProviderFinder for Slow {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        let reason = "slow";
        let first = search.searched().next().filter(|_| search.lookups == 0);
        let Some(want) = first.map(|first| first.want) else {
            return Step::WaitUntil { at: ctx.now().after(DAY), reason };
        };
        Step::Ask { want, source: Source::Routing, max_providers: 3, timeout: DAY, reason }
    }
}

/// Says that its ranks hold for a day.
struct Lasting;

impl TaskPrioritizer for Lasting {
    fn rank_peer(&mut self, ctx: &mut Ctx<'_>, _: &PeerQueueView) -> Rank {
        Rank::new([0; 4]).until(ctx.now().after(DAY))
    }

    fn rank_task(&mut self, _: &mut Ctx<'_>, task: &TaskView) -> Rank {
        Rank::new([task.arrival as i64, 0, 0, 0])
    }
}

/// Bob has so many blocks that Alice wants, and was asked for them.
fn asked(set: StrategySet, count: u64) -> Driver {
    let mut alice = Driver::with(set).with_peers(1);
    want(&mut alice, &blocks(0..count, 9_000));
    alice
}

fn want(alice: &mut Driver, wanted: &[(Cid, Block)]) {
    let cids = cids_of(wanted);
    alice.want(1, &cids);
    for cid in &cids {
        alice.receive_presence(1, *cid, Have);
    }
}

fn timed_out(alice: &Driver) -> u64 {
    alice.engine.stats().client.asks_ended[AskOutcome::TimedOut as usize]
}

/// The numbers of the peers to which a cancel goes until so many milliseconds after the start.
fn cancelled_until(alice: &mut Driver, ms: u64) -> Vec<u64> {
    let mut told = Vec::new();
    while alice.engine.next_deadline().is_some_and(|deadline| deadline <= at(ms)) {
        for action in alice.reach_deadline() {
            if let Action::Send { peer: to, message, .. } = action
                && message.entries.iter().any(|entry| matches!(entry, Entry::Cancel { .. }))
            {
                told.extend((1..=2).find(|n| peer(*n) == to));
            }
        }
    }
    alice.at(ms);
    told
}

fn lookup(action: &Action) -> Option<Duration> {
    match action {
        Action::Lookup { timeout, .. } => Some(*timeout),
        _ => None,
    }
}

#[test]
fn a_holder_that_sends_nothing_is_asked_after_half_a_minute_whether_it_forgot_the_want() {
    let mut alice = Driver::default();
    alice.connect_as(1, ProtocolVersion::Relay);
    let apple = block(1, 9_000).0;
    alice.want(1, &[apple]);
    alice.receive_presence(1, apple, Have);
    alice.pass_secs(29);
    assert!(alice.engine.stats().client.asks_ended[AskOutcome::TimedOut as usize] > 0);
    let said = alice.sent_to(1).flat_map(|message| &message.entries).skip(1);
    let is_block = |entry: &Entry| matches!(entry, Entry::Want { kind: WantKind::Block, .. });
    let said: Vec<bool> = said.map(is_block).collect();
    assert_eq!(said, [true], "a cancel, or an ask of less, would lose its place there");
    alice.pass_secs(6);
    assert_eq!(alice.wanted_of(1, apple), Some(WantKind::Have));
}
