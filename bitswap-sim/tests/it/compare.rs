//! The judge tells contestants apart, in the same words whoever runs the jobs.

mod metrics;
mod statistics;

use bitswap_sim::compare::{
    Comparison, Contestant, ContestantError, Job, Measure, Plan, Run, Scenario, Standing,
};
use bitswap_sim::{Ramp, Transport};

/// Few blocks, so that it is over soon, also in a debug build.
fn small(name: &str, blocks: usize) -> Scenario {
    Scenario::find(name).expect("a scenario").with_blocks(blocks)
}

fn contestant(text: &str) -> Contestant {
    let read = |name: &str| match name {
        "single.rhai" => Ok("fn select(ctx, session, asks) { \
            if session.block_asks_in_flight == 0 && !session.peers.is_empty() { \
                asks.block(session.wants[0].want, session.peers[0].peer); \
            } }"
        .to_owned()),
        "nobody.rhai" => Ok("fn select(ctx, session, asks) { }".to_owned()),
        "boxo.toml" => Ok("[strategy.peer_selector]\nuse = \"probabilistic\"\n\
                           [strategy.peer_selector.probabilistic]\nforgets = false\n"
            .to_owned()),
        _ => Err("is not there".to_owned()),
    };
    Contestant::parse(text, read).unwrap_or_else(|why| panic!("{why}"))
}

fn plan(scenario: Scenario, contestants: &[&str]) -> Plan {
    let contestants = contestants.iter().map(|text| contestant(text)).collect();
    Plan { scenarios: vec![scenario], contestants, seeds: 0..2, transport: Transport::Ideal }
}

/// Runs the jobs of a plan, in this order.
fn runs(plan: &Plan, order: impl Fn(&mut Vec<(usize, Job)>)) -> Vec<Run> {
    let content = plan.content().expect("small enough");
    let mut jobs: Vec<(usize, Job)> = plan.jobs().into_iter().enumerate().collect();
    order(&mut jobs);
    let run = |job| plan.run(job, &content).unwrap_or_else(|why| panic!("{why}")).expect("its own");
    let mut done: Vec<_> = jobs.into_iter().map(|(place, job)| (place, run(job))).collect();
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, run)| run).collect()
}

fn compare(plan: &Plan) -> Comparison {
    plan.compare(&runs(plan, |_| {}))
}

#[test]
fn a_transport_with_a_ramp_takes_longer() {
    for name in ["E10", "E14"] {
        let ideal = plan(small(name, 40), &["default"]);
        let ramp = Plan { transport: Transport::Ramp(Ramp::default()), ..ideal.clone() };
        let times = [ideal, ramp].map(|plan| runs(&plan, |_| {})[0].get(Measure::SlowestFetch));
        assert!(times[0] < times[1], "{name}: {times:?}");
    }
}

#[test]
fn jobs_in_any_order_come_to_the_same_text_csv_and_page() {
    let plan = plan(small("E12", 40), &["default", "peer_selector=random"]);
    let forwards = plan.compare(&runs(&plan, |_| {}));
    let backwards = plan.compare(&runs(&plan, |jobs| jobs.reverse()));

    assert_eq!(forwards.to_string(), backwards.to_string());
    assert_eq!(forwards.csv(), backwards.csv());
    assert_eq!(forwards.html("again"), backwards.html("again"));
    assert_eq!(forwards.csv().lines().count(), 1 + 2 * 2);
    assert!(
        forwards.csv().lines().nth(2).is_some_and(|line| line.starts_with("E12,0,\"random\","))
    );
}

#[test]
fn a_selector_that_asks_for_one_at_a_time_is_told_from_one_that_does_not() {
    let plan = plan(small("E12", 80), &["default", "peer_selector=single.rhai"]);
    let comparison = compare(&plan);
    let [first, single] = &comparison.scenarios[0].rows[..] else { panic!("two") };

    assert_eq!((first.standing, single.standing), (Standing::First, Standing::Worse));
    assert!(single.ratio.least > 1.2, "{}", single.ratio);
    assert_eq!(
        (comparison.count(1, Standing::Worse), comparison.worst(1)),
        (1, single.ratio.middle)
    );
    // 80 blocks of 256 KiB at 388 Mbit/s, of all eight together.
    assert!(first.median(Measure::FetchTime) > 80.0 * 2.097_152 / 388.0, "{first:?}");
}

#[test]
fn a_selector_that_asks_nobody_is_seen_in_the_pauses() {
    let plan = plan(small("E10", 60), &["default", "peer_selector=nobody.rhai"]);
    let comparison = compare(&plan);
    let [asks, nobody] = &comparison.scenarios[0].rows[..] else { panic!("two") };

    // The engine asks for what was held back for five seconds.
    assert!(asks.median(Measure::LongestPause) < 1.0, "{asks:?}");
    assert!(nobody.median(Measure::LongestPause) > 4.0, "{nobody:?}");
    assert_eq!(nobody.standing, Standing::Worse);
}

#[test]
fn half_way_one_of_ten_falls_silent() {
    // Without it and without pauses, no block takes longer than all of them together.
    let plan = plan(small("E13", 200), &["default", "peer_selector=expected-finish"]);
    let comparison = compare(&plan);
    for row in &comparison.scenarios[0].rows {
        let slowest = row.median(Measure::BlockP999);
        assert!(slowest > 0.5, "{row:?}");
        assert!(row.median(Measure::BlockP99) <= slowest);
        assert!(row.median(Measure::FetchTime) < 60.0, "{row:?}");
    }
}

#[test]
fn contestants_are_read_from_text_and_files() {
    let boxo = contestant("peer_selector=probabilistic{forgets = false}");
    assert_eq!(boxo.name, "probabilistic{forgets = false}");
    assert_eq!(boxo.choice, contestant("boxo.toml").choice);
    assert_ne!(boxo.choice, contestant("peer_selector=probabilistic").choice);
    let two = contestant("peer_selector=probabilistic{forgets = false}, ledger_policy=open");
    assert_eq!(two.name, "probabilistic{forgets = false}, ledger_policy=open");
    assert_eq!(contestant("default").choice.differs_from(&two.choice).len(), 2);
}

#[test]
fn what_names_no_contestant_is_refused() {
    let refused = |text: &str| {
        let why = Contestant::parse(text, |_| Err("is not there".to_owned()));
        why.map(|it| it.name).map_err(|why| why.to_string())
    };
    let near = refused("peer_selector=probabilstic").unwrap_err();
    assert!(near.contains("probabilistic"), "{near}");
    let param = refused("peer_selector=probabilistic{forgts = false}").unwrap_err();
    assert!(param.contains("forgts"), "{param}");
    assert_eq!(refused("mine.toml"), Err("`mine.toml` is not there".to_owned()));
    let shape = ContestantError::Form {
        given: "random".to_owned(),
        why: "is not of the form role=name".to_owned(),
    };
    assert_eq!(refused("random"), Err(shape.to_string()));
    assert!(Scenario::find("E21").is_err_and(|why| why.did_you_mean.is_some()));
}
