//! What timetables say is carried out on a world, and every fetch is timed.

use std::time::Duration;

use bitswap_core::{Chance, Timestamp};
use bitswap_sim::churn::{Churn, Exit, Partition, Spell};
use bitswap_sim::content::{Dag, Pool};
use bitswap_sim::topology::{Distance, Topology, Wiring};
use bitswap_sim::trial::{Trial, TrialError};
use bitswap_sim::workload::{Call, Choice, Pace, Workload};
use bitswap_sim::{FetchReport, NodeConfig, Rate, Routing};

use crate::cast::{defaults, ms, passes, world};

const EVENTS: u64 = 2_000_000;
const LATENCY: Duration = Duration::from_millis(20);

type Config = fn(usize) -> NodeConfig;

fn trial(topology: Topology, nodes: usize, seed: u64) -> Trial<Config> {
    let distance = Distance::Alike(LATENCY.into());
    let wiring = Wiring::new(topology, nodes, distance, seed).expect("it hangs together");
    Trial::new(world(seed), wiring, (|_| defaults()) as Config).expect("the defaults work")
}

fn file(bytes: u64) -> Dag {
    pool().file(bytes, 1_000).expect("small enough")
}

fn pool() -> Pool {
    Pool::new(&mut Chance::named(1, "content"), 1 << 20)
}

fn ends(trial: &mut Trial<Config>) {
    assert_eq!(trial.run(Duration::from_secs(3_600), EVENTS), Ok(true));
}

/// Those who are connected agree about what passed between them, and nothing is left of anything.
fn audit(trial: &mut Trial<Config>) {
    let world = &mut trial.world;
    passes(world.run_until(world.now().after(Duration::from_secs(60))));
    let nodes: Vec<_> = world.all_nodes().filter(|node| world.is_up(*node)).collect();
    for node in &nodes {
        for peer in world.peers_of(*node) {
            passes(world.agree(*node, peer));
            passes(world.ledgers_agree(*node, peer));
            // A node that came back before its peer knew that it was gone may be remembered until
            // then.
            world.disconnect(*node, peer);
        }
    }
    passes(world.run_until(world.now().after(Duration::from_secs(60))));
    for node in &nodes {
        passes(world.rests(*node));
    }
}

/// From node 1, on its own, to node 0.
fn fetched(pace: Pace, content: Dag) -> Trial<Config> {
    let mut trial = trial(Topology::Line, 2, 1);
    trial.add_file(content, &[1]);
    let workload = Workload::all_at_once(Duration::ZERO).paced(pace);
    trial.call(&workload.timetable(&[0], 1, 1)).expect("all are there");
    ends(&mut trial);
    audit(&mut trial);
    trial
}

fn time_of(trial: &Trial<Config>) -> Duration {
    trial.times().percentile(100).expect("it ended")
}

#[test]
fn a_tree_is_asked_for_level_by_level() {
    let trial = fetched(Pace::Window(1_000), file(200_000));
    let fetches = trial.fetches();
    assert_eq!(fetches[0].got.blocks, 1 + 2 + 200);
    let parts: Vec<_> = trial.parts(0).cloned().collect();
    assert_eq!(parts.iter().map(|part| part.got.blocks).collect::<Vec<_>>(), [1, 2, 200]);
    for pair in parts.windows(2) {
        assert_eq!(pair[0].ended_at, Some(pair[1].started_at));
    }
    assert_eq!(fetches[0].time(), parts.iter().map(FetchReport::time).sum());
    assert!(time_of(&trial) > 3 * 2 * LATENCY);
}

#[test]
fn one_at_a_time_takes_a_round_trip_for_each_and_a_batch_does_not() {
    let content = || file(100_000);
    let singly = time_of(&fetched(Pace::OneAtATime, content()));
    let window = time_of(&fetched(Pace::Window(10), content()));
    let batch = time_of(&fetched(Pace::Program, content()));
    assert!(singly > 100 * 2 * LATENCY, "{singly:?}");
    assert!(window > 10 * 2 * LATENCY && window < singly / 5, "{window:?}");
    assert!(batch < 5 * 2 * LATENCY, "{batch:?}");
}

#[test]
fn a_stream_is_asked_for_at_its_rate() {
    // 1000 bytes each 10 ms.
    let trial = fetched(Pace::Stream(Rate::bits_per_second(800_000)), file(100_000));
    let parts: Vec<_> = trial.parts(0).collect();
    assert_eq!(parts.len(), 1 + 100);
    let began = parts[1].started_at;
    for (place, part) in (0..).zip(&parts[1..]) {
        assert_eq!(part.started_at, began.after(ms(10) * place));
    }
    let held_back = parts[1..].iter().filter_map(|part| part.time()).max();
    assert!(held_back < Some(3 * LATENCY), "{held_back:?}");
    assert!(time_of(&trial) > ms(10) * 99);
}

#[test]
fn a_network_in_halves_delivers_when_it_is_whole_again() {
    for heals_at in [10_000, 100_000] {
        let mut trial = trial(Topology::Line, 4, 1);
        trial.add_file(file(50_000), &[0]);
        let parts = [(1_000, vec![vec![0, 1]]), (heals_at, Vec::new())];
        trial.part(&parts.map(|(at, groups)| Partition { at: ms(at), groups }));
        let pace = Pace::Program;
        let call = |at, node| Call { at: ms(at), node, file: 0, pace, gives_up_after: None };
        trial.call(&[call(2_000, 2), call(3_000, 1)]).expect("all are there");
        ends(&mut trial);
        let ended = |fetch: usize| trial.fetches()[fetch].ended_at.expect("it ended");
        assert!(ended(1) < Timestamp::ZERO.after(ms(4_000)), "in its own half");
        let healed_at = Timestamp::ZERO.after(ms(heals_at));
        assert!(ended(0) > healed_at && ended(0) < healed_at.after(ms(2_000)), "{:?}", ended(0));
        audit(&mut trial);
    }
}

#[test]
fn who_gives_up_or_is_gone_does_not_count_and_leaves_nothing() {
    let mut trial = trial(Topology::Complete, 3, 1);
    trial.add_file(file(500_000), &[0]);
    let pace = Pace::OneAtATime;
    let call = |at, node, after: Option<u64>| Call {
        at: ms(at),
        node,
        file: 0,
        pace,
        gives_up_after: after.map(ms),
    };
    let calls = [call(0, 1, Some(300)), call(0, 2, None), call(1_200, 2, None)];
    trial.call(&calls).expect("all are there");
    let away = Spell::Exponential { mean: Duration::from_secs(3_600) };
    let stays = Spell::Exponential { mean: ms(600) };
    let churn = Churn { stays, away, exit: Exit::Leave, keeps_store: false };
    let first = churn.timetable(&[2], Duration::from_secs(3_600), 1);
    trial.churn(&first);
    assert!(first[0].at < ms(1_200), "it goes before its second call");
    ends(&mut trial);
    assert!(trial.fetches().iter().all(|fetch| fetch.is_lost));
    assert_eq!((trial.times().count(), trial.absent()), (0, 1));
    audit(&mut trial);
}

#[test]
fn a_call_for_what_is_not_there_is_an_error() {
    let mut trial = trial(Topology::Line, 2, 1);
    let calls = Workload::all_at_once(Duration::ZERO).timetable(&[0], 1, 1);
    let nowhere = TrialError::Nowhere { file: 0, node: 0, files: 0, nodes: 2 };
    assert_eq!(trial.call(&calls), Err(nowhere));
}

#[test]
fn a_swarm_in_which_all_goes_wrong_ends_and_is_the_same_again() {
    assert_eq!(swarm(1), swarm(1));
    assert_ne!(swarm(1), swarm(2));
    // In these nodes crash and come back while they are cut off, unnoticed.
    for seed in [33, 52] {
        swarm(seed);
    }
}

fn swarm(seed: u64) -> String {
    let mut trial = trial(Topology::RandomRegular { degree: 4 }, 20, seed);
    trial.world.set_routing(Routing::kademlia(2..=4, ms(50)));
    for file in pool().files(&[3_000, 40_000, 200_000], 1_000).expect("small enough") {
        trial.add_file(file, &[0, 1, 2]);
    }
    let people: Vec<usize> = (3..20).collect();
    let workload = Workload::poisson(ms(300), 60).choosing(Choice::InTurn).cancelling(10, ms(200));
    let paced = workload.paced(Pace::Window(16));
    trial.call(&paced.timetable(&people, 3, seed)).expect("all are there");
    let churn = Churn {
        stays: Spell::Exponential { mean: Duration::from_secs(20) },
        away: Spell::Weibull { scale: Duration::from_secs(5), shape: 60 },
        exit: Exit::Crash { noticed_after: ms(2_000) },
        keeps_store: false,
    };
    trial.churn(&churn.timetable(&people, Duration::from_secs(40), seed));
    let parts = [(5_000, vec![(0..10).collect()]), (12_000, Vec::new())];
    trial.part(&parts.map(|(at, groups)| Partition { at: ms(at), groups }));
    ends(&mut trial);
    let times = trial.times();
    assert!(times.count() > 20 && times.unfinished == 0, "{times:?}");
    audit(&mut trial);
    trial.world.trace().to_string()
}
