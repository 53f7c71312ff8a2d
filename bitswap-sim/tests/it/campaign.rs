//! Campaigns pass, plans can be written and read, and failing ones become small.

use bitswap_sim::campaign::{Failure, Plan, Pool, Regression, What, regressions, run, shrink_by};

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
fn every_invariant_has_something_to_check() {
    let mut pool = Pool::default();
    let mut census = bitswap_sim::onlooker::Census::default();
    for seed in 0..SEEDS / 4 {
        census.add(&run(&Plan::of(seed), &mut pool).census);
    }
    for (number, sentence, count) in census.iter() {
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
    let crashes = plan.faults.iter().any(|fault| fault.what == What::Crash);
    let what = || "a crash among three".to_owned();
    (crashes && plan.players.len() >= 3).then(|| Failure {
        seed: plan.seed,
        event: 0,
        node: None,
        invariant: 1,
        what: what(),
    })
}
