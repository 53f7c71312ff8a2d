//! Campaigns pass, plans can be written and read, and failing ones become small.

use std::collections::BTreeSet;
use std::time::Duration;

use bitswap_sim::campaign::{
    Failure, FaultKind, Plan, Pool, Regression, regressions, run, run_handed_over, shrink_by,
};
use bitswap_sim::hostile::Kind;

/// More of them run in campaigns.
const SEEDS: u64 = 60;

#[test]
fn what_once_failed_passes() {
    let mut pool = Pool::default();
    for Regression { plan, scenario, why } in regressions() {
        let outcome = run(&plan, &mut pool);
        assert_eq!(outcome.failure, None, "{scenario}: {why}: {plan}");
    }
}

#[test]
fn every_line_of_the_regressions_is_one() {
    let lines = include_str!("../../regressions.txt").lines();
    let lines = lines.filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    assert_eq!(regressions().len(), lines.count());
}

#[test]
fn small_worlds_break_and_come_to_rest() {
    let mut pool = Pool::default();
    let mut events = 0;
    for seed in 0..SEEDS {
        let outcome = run(&Plan::of(seed), &mut pool);
        assert_eq!(outcome.failure, None, "seed {seed}");
        events += outcome.events;
    }
    assert!(events > SEEDS * 2_000, "{events}");
}

#[test]
fn what_is_handed_over_whole_makes_the_same_run_as_what_is_read_from_frames() {
    let mut pool = Pool::default();
    for plan in (0..SEEDS).map(Plan::of).chain(regressions().into_iter().map(|it| it.plan)) {
        let [in_frames, whole] = [run(&plan, &mut pool), run_handed_over(&plan, &mut pool)];
        assert_eq!(in_frames.trace, whole.trace, "{plan}");
        assert_eq!(in_frames.check_counts, whole.check_counts, "{plan}");
    }
}

#[test]
fn every_invariant_has_something_to_check() {
    let mut pool = Pool::default();
    let mut check_counts = bitswap_sim::invariants::CheckCounts::default();
    for seed in 0..SEEDS / 4 {
        check_counts.add(&run(&Plan::of(seed), &mut pool).check_counts);
    }
    for (number, sentence, count) in check_counts.iter() {
        assert!(count > 0, "I{number}: {sentence}");
    }
}

#[test]
fn a_plan_reads_as_it_is_written() {
    for seed in 0..100 {
        let plan = Plan::of(seed);
        assert_eq!(plan.to_string().parse(), Ok(plan));
    }
}

#[test]
fn some_plans_have_bulks_and_some_have_routing() {
    let plans: Vec<Plan> = (0..100).map(Plan::of).collect();
    let most = plans.iter().flat_map(|plan| &plan.bulks).map(|bulk| bulk.blocks).max();
    assert_eq!(most, Some(4_000));
    assert!(plans.iter().any(|plan| plan.routes.is_some()));
}

#[test]
fn healed_calls_are_judged_or_there_is_a_reason() {
    let mut pool = Pool::default();
    let healings = (0..8).map(|seed| run(&Plan::of(seed), &mut pool).healing);
    let healings: Vec<_> = healings.collect();
    assert!(healings.iter().all(|healing| healing.judged + healing.exempt.len() as u64 > 0));
    let reasons = healings.iter().flat_map(|healing| healing.exempt.keys());
    assert!(reasons.copied().any(|reason| reason == "its time was over"));
    let longest = healings.iter().flat_map(|healing| &healing.took).max();
    assert!(longest.is_some_and(|time| *time < Duration::from_secs(3 * 359)), "{longest:?}");
}

#[test]
fn a_call_that_its_node_says_was_closed_is_excused_only_if_the_plan_closed_it() {
    let usual = "p0,0,0,0,0,100000,100000,0,0";
    let world = format!("s1/{usual}/{usual}/k0,1,5000,0,0,1,2,0/b4096,0,0,1,5000");
    let of = |fault: &str| {
        let plan = format!("{world}/c0,1,0,1,1,0,0/{fault}").parse::<Plan>().expect("a plan");
        run(&plan, &mut Pool::default())
    };
    let closed = of("f1000,close,1,0,0");
    assert_eq!((closed.failure, closed.healing.judged), (None, 0));
    assert_eq!(closed.healing.exempt.keys().collect::<Vec<_>>(), [&"its session was closed"]);
    let another = of("f1000,close,1,0,1");
    assert_eq!((another.failure, another.healing.judged), (None, 1));
}

#[test]
fn some_plans_have_peers_that_hold_a_resource() {
    let kinds = (0..200).flat_map(|seed| Plan::of(seed).players).filter_map(|it| it.hostile());
    let holding: BTreeSet<Kind> = kinds.filter(|kind| kind.holds_a_resource()).collect();
    assert!(holding.contains(&Kind::Squatter) && holding.contains(&Kind::HalfOpener));
}

#[test]
fn thousands_of_wants_are_open_at_once() {
    let usual = "p0,0,0,0,0,100000,100000,0,0";
    let plan = format!("s1/{usual}/{usual}/k0,1,5000,0,0,1,2,0/m0,0,1,2,1000,100");
    let plan: Plan = plan.parse().expect("a plan");

    let outcome = run(&plan, &mut Pool::default());

    assert_eq!((outcome.failure, outcome.healing.judged), (None, 1_000));
    assert_eq!(outcome.most_wants, 1_000);
}

#[test]
fn a_bulk_becomes_as_small_as_it_can_be() {
    let plan = (0..200).map(Plan::of).find(|plan| needs_a_bulk(plan).is_some());
    let plan = plan.expect("bulks are not that seldom");
    let failure = needs_a_bulk(&plan).expect("it was found so");

    let (small, _) = shrink_by(&plan, &failure, 2_000, needs_a_bulk);

    let blocks: Vec<u16> = small.bulks.iter().map(|bulk| bulk.blocks).collect();
    assert!(matches!(blocks[..], [300..320]), "{small}");
}

/// As if 300 blocks in a bulk were wrong.
fn needs_a_bulk(plan: &Plan) -> Option<Failure> {
    let is_large = plan.bulks.iter().any(|bulk| bulk.blocks >= 300);
    is_large.then(|| wrong(plan, "a bulk"))
}

#[test]
fn a_word_that_is_no_plan_is_told() {
    for bad in ["s", "s1/p1,2", "s1/f3,nothing,0,0,0", "s1/x", "s1//"] {
        assert!(bad.parse::<Plan>().is_err(), "{bad}");
    }
}

#[test]
fn a_failing_plan_loses_all_that_does_not_matter() {
    let plan = (0..100).map(Plan::of).find(|plan| fails(plan).is_some() && plan.size() > 80);
    let plan = plan.expect("crashes are frequent");
    let failure = fails(&plan).expect("it was found so");

    let (small, failure) = shrink_by(&plan, &failure, 2_000, fails);

    assert_eq!(fails(&small), Some(failure));
    assert_eq!((small.players.len(), small.faults.len(), small.size()), (3, 1, 4), "{small}");
}

/// As if a crash among three nodes were wrong.
fn fails(plan: &Plan) -> Option<Failure> {
    let crashes = plan.faults.iter().any(|fault| fault.what == FaultKind::Crash);
    (crashes && plan.players.len() >= 3).then(|| wrong(plan, "a crash among three"))
}

fn wrong(plan: &Plan, what: &str) -> Failure {
    Failure { seed: plan.seed, event: 0, node: None, invariant: 1, what: what.to_owned() }
}
