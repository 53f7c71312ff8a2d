//! For each role there is a script that decides as the default does, on any view, with equal dice.
//!
//! Scripts see whole milliseconds, and no number beyond the largest integer: the views are drawn
//! so.

use std::time::Duration;

use bitswap_core::strategy::{
    Asks, Ctx, PeerQueueView, RelayView, Role, SearchView, SearchedWant, StrategyEvent,
};
use bitswap_core::{Chance, Timestamp};
use bitswap_strategies::cases;
use bitswap_strategies::catalog::{Strategy, default_of};
use bitswap_strategies::fixture::drawn;
use bitswap_strategies::script::{Script, ScriptStats};
use toml::Table;

use super::TWINS;

const QUESTIONS: u32 = 2_000;

#[test]
fn the_selectors_draw_the_same() {
    let [native, twin] = both(Role::PeerSelector, |strategy, now, dice, chance| {
        let Strategy::PeerSelector(strategy) = strategy else { panic!() };
        let (rows, mut asks) = (drawn::session(chance, now), Asks::default());
        strategy.select(&mut Ctx::new(now, dice), &rows.view(), &mut asks);
        format!("{asks:?}")
    });
    assert!(native.iter().filter(|answer| answer.contains("Block")).count() > 1_000);
    agree(&native, &twin);
}

#[test]
fn the_prioritizers_rank_the_same() {
    let [native, twin] = both(Role::TaskPrioritizer, |strategy, now, dice, chance| {
        let Strategy::TaskPrioritizer(strategy) = strategy else { panic!() };
        let (queue, task) = (drawn::queue(chance, now), drawn::task(chance, now));
        let mut ctx = Ctx::new(now, dice);
        let peer = (strategy.rank_peer(&mut ctx, &whole_queue(&queue)), ctx.reason());
        let task = (strategy.rank_task(&mut ctx, &task), ctx.reason());
        format!("{peer:?} {task:?}")
    });
    agree(&native, &twin);
}

#[test]
fn the_policies_weigh_and_admit_the_same() {
    let [native, twin] = both(Role::LedgerPolicy, |strategy, now, dice, chance| {
        let Strategy::LedgerPolicy(strategy) = strategy else { panic!() };
        let (account, request) = (drawn::account(chance, now), drawn::request(chance));
        let mut ctx = Ctx::new(now, dice);
        let weight = (strategy.weigh(&mut ctx, &account), ctx.reason());
        format!("{weight:?} {:?}", strategy.admit(&mut ctx, &account, &request))
    });
    agree(&native, &twin);
}

#[test]
fn the_finders_take_the_same_steps() {
    let [native, twin] = both(Role::ProviderFinder, |strategy, now, dice, chance| {
        let Strategy::ProviderFinder(strategy) = strategy else { panic!() };
        let search = whole_search(drawn::search(chance, now), now);
        format!("{:?}", strategy.next_step(&mut Ctx::new(now, dice), &search))
    });
    for step in ["Ask", "Candidates", "WaitUntil", "widen", "first look", "still quiet"] {
        assert!(native.iter().any(|answer| answer.contains(step)), "{step} is not among them");
    }
    agree(&native, &twin);
}

#[test]
fn the_registries_remember_the_same() {
    let [native, twin] = both(Role::Registry, |strategy, now, dice, chance| {
        let Strategy::Registry(strategy) = strategy else { panic!() };
        let (want, limit) = (drawn::want(chance), chance.below(6) as usize);
        let (relayed, eligible) = drawn::relay_request(chance, now);
        let view = RelayView {
            eligible: &eligible,
            degree_left: chance.below(6) as u32,
            held_for_requester: 0,
            held_for_requester_max: 64,
        };
        let mut ctx = Ctx::new(now, dice);
        let candidates = (strategy.candidates(&mut ctx, want, limit), ctx.reason());
        format!("{candidates:?} {:?}", strategy.relay(&mut ctx, &relayed, &view))
    });
    assert!(native.iter().filter(|answer| answer.contains("seen with it")).count() > 500);
    agree(&native, &twin);
}

#[test]
fn they_answer_the_cases_made_by_hand_alike() {
    for (place, role) in Role::ALL.into_iter().enumerate() {
        for case in cases::of_role(role) {
            let [native, (twin, stats)] = [native(role), (twin(place))].map(|(made, stats)| {
                let (mut strategy, mut dice) = (made, Chance::named(1, "case"));
                case.prepare(&mut strategy, &mut dice);
                let answer = case.ask(&mut strategy, cases::now(), &mut dice);
                (answer.map(|answer| answer.lines()), stats)
            });
            // A script cannot count so far; there it has to answer, and no more.
            if case.about != "every number at its greatest" {
                assert_eq!(twin, native.0, "{case:?}");
            }
            assert_eq!(stats.unwrap().first_failure(), None);
        }
    }
}

/// A question that is put to a strategy at a moment, with its dice, drawn from a stream.
type Question = fn(&mut Strategy, Timestamp, &mut Chance, &mut Chance) -> String;

/// The answers of the default and of its twin to the same questions, after the same events.
fn both(role: Role, ask: Question) -> [Vec<String>; 2] {
    let (twin, stats) = twin(role as usize);
    let answers = [native(role).0, twin].map(|mut strategy| {
        let (mut chance, mut dice) = (Chance::named(1, "questions"), Chance::named(1, "dice"));
        let mut now = Timestamp::ZERO;
        let mut question = || {
            now = now.after(Duration::from_millis(chance.below(2_000)));
            for _ in 0..chance.below(20) {
                observe(&mut strategy, now, &mut dice, &drawn::event(&mut chance));
            }
            let answer = ask(&mut strategy, now, &mut dice, &mut chance);
            format!("{answer}, then {}", dice.fork().bits())
        };
        (0..QUESTIONS).map(|_| question()).collect()
    });
    let stats = stats.unwrap();
    assert_eq!(stats.first_failure(), None);
    assert_eq!(stats.counts().answered_by_native, 0);
    answers
}

fn agree(native: &[String], twin: &[String]) {
    for (place, (native, twin)) in native.iter().zip(twin).enumerate() {
        assert_eq!(twin, native, "question {place}");
    }
}

fn native(role: Role) -> (Strategy, Option<ScriptStats>) {
    (default_of(role).make(&Table::new()).unwrap(), None)
}

fn twin(place: usize) -> (Strategy, Option<ScriptStats>) {
    let (role, name, text) = TWINS[place];
    let (strategy, stats) = Script::load(role, name, text, &Table::new()).unwrap().strategy();
    (strategy, Some(stats))
}

fn observe(strategy: &mut Strategy, now: Timestamp, dice: &mut Chance, event: &StrategyEvent) {
    let Strategy::Registry(registry) = strategy else { return };
    if registry.events().contains(event.kind()) {
        registry.observe(&mut Ctx::new(now, dice), event);
    }
}

fn whole(moment: Timestamp) -> Timestamp {
    Timestamp::from_nanos(moment.as_nanos() / 1_000_000 * 1_000_000)
}

fn whole_queue(queue: &PeerQueueView) -> PeerQueueView {
    // 4 PiB: what a script counts is at most half of what a native strategy counts.
    let countable = |count: u64| count.min(1 << 52);
    PeerQueueView {
        last_served_at: queue.last_served_at.map(whole),
        in_flight_bytes_to: countable(queue.in_flight_bytes_to),
        start_tag: countable(queue.start_tag),
        ..queue.clone()
    }
}

/// With whole milliseconds; now and then the view right after a look-up.
fn whole_search(search: SearchView, now: Timestamp) -> SearchView {
    let row = |row: SearchedWant| SearchedWant {
        wanted_since: whole(row.wanted_since),
        broadcast_at: row.broadcast_at.map(whole),
        looked_up_at: row.looked_up_at.map(|at| if row.failed_asks == 3 { now } else { whole(at) }),
        ..row
    };
    SearchView {
        wants: search.wants.into_iter().map(row).collect(),
        started_at: whole(search.started_at),
        last_broadcast_at: search.last_broadcast_at.map(whole),
        last_lookup_at: search.last_lookup_at.map(whole),
        last_block_at: search.last_block_at.map(whole),
        broadcasts: search.broadcasts % 20,
        answer_time: search.answer_time.map(|time| Duration::from_millis(time.as_millis() as u64)),
        ..search
    }
}
