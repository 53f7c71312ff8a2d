//! What is to happen is drawn before anything does, and is as often as said.

use std::time::Duration;

use bitswap_sim::churn::{Churn, Exit, Move, Spell};
use bitswap_sim::popularity::Popularity;
use bitswap_sim::workload::{Arrivals, Call, Choice, Pace, Workload};
use bitswap_sim::{Crash, Rate};

use crate::cast::ms;

const FETCHERS: [usize; 5] = [2, 3, 5, 7, 11];

fn table(workload: &Workload, seed: u64) -> Vec<Call> {
    workload.timetable(&FETCHERS, 40, seed)
}

#[test]
fn a_timetable_is_the_same_for_a_seed_and_in_order() {
    for workload in [
        Workload::all_at_once(ms(500)),
        Workload::poisson(ms(30), 100),
        Workload::zipf_random_access(100, ms(30), 90),
    ] {
        let calls = table(&workload, 1);
        assert_eq!(calls, table(&workload, 1));
        assert_ne!(calls, table(&workload, 2));
        assert!(calls.is_sorted_by_key(|call| call.at), "{workload:?}");
        assert!(calls.iter().all(|call| FETCHERS.contains(&call.node) && call.file < 40));
    }
}

#[test]
fn all_at_once_is_within_the_skew_and_waves_are_in_step() {
    let calls = table(&Workload::all_at_once(ms(500)), 1);
    assert!(calls.iter().all(|call| call.at <= ms(500) && call.file == 0));
    let at =
        |workload| -> Vec<Duration> { table(&workload, 1).iter().map(|call| call.at).collect() };
    assert_eq!(at(Workload::all_at_once(Duration::ZERO)), [Duration::ZERO; 5]);
    assert_eq!(at(Workload::waves(2, ms(5_000))), [0, 0, 5_000, 5_000, 10_000].map(ms));
}

#[test]
fn poisson_calls_come_as_often_as_said_and_at_any_moment() {
    let calls = table(&Workload::poisson(ms(100), 40_000), 1);
    let mean = calls[39_999].at / 40_000;
    assert!(mean.abs_diff(ms(100)) < ms(2), "{mean:?}");
    let gaps = calls.windows(2).map(|pair| pair[1].at.saturating_sub(pair[0].at));
    let long = gaps.filter(|gap| *gap > ms(200)).count();
    assert!(long.abs_diff(5_413) < 250, "of 40,000 gaps 40,000/e² are twice the mean: {long}");
    let of_one = calls.iter().filter(|call| call.node == 11).count();
    assert!(of_one.abs_diff(8_000) < 300, "{of_one}");
}

#[test]
fn random_accesses_are_as_popular_as_said() {
    let calls = table(&Workload::zipf_random_access(100_000, ms(1), 100), 1);
    let of_file = |file| calls.iter().filter(|call| call.file == file).count();
    // 1/H(40) = 0.23373.
    assert!(of_file(0).abs_diff(23_373) < 500, "{}", of_file(0));
    assert!(of_file(9).abs_diff(2_337) < 200, "{}", of_file(9));
}

#[test]
fn what_is_given_up_changes_nothing_else() {
    let workload = Workload::poisson(ms(10), 1_000);
    let cancelling = table(&workload.cancelling(20, ms(70)), 1);
    let given_up = cancelling.iter().filter(|call| call.gives_up_after == Some(ms(70))).count();
    assert!(given_up.abs_diff(200) < 50, "{given_up}");
    let kept: Vec<_> =
        cancelling.into_iter().map(|call| Call { gives_up_after: None, ..call }).collect();
    assert_eq!(kept, table(&workload, 1));

    let paced = workload.paced(Pace::Stream(Rate::mbit_per_second(4)));
    let chosen = paced.choosing(Choice::Drawn(Popularity::Even));
    let at = |workload| table(workload, 1).iter().map(|call| call.at).collect::<Vec<_>>();
    assert_eq!(at(&chosen), at(&workload));
    assert_eq!(chosen.arrivals, Arrivals::Poisson { every: ms(10), calls: 1_000 });
}

#[test]
fn nodes_are_there_for_as_long_as_said() {
    let hours = Duration::from_secs(100 * 3_600);
    let exit = Exit::Crash { noticed_after: ms(20_000) };
    let stays = Spell::Exponential { mean: Duration::from_secs(60) };
    let away = Spell::Weibull { scale: Duration::from_secs(20), shape: 100 };
    let churn = Churn { stays, away, exit, keeps_store: true };
    let moves = churn.timetable(&[4, 9], hours, 1);
    let of_four: Vec<Move> = moves.iter().filter(|change| change.node == 4).copied().collect();
    // 360,000 s of 80 s each, coming and going.
    assert!(of_four.len().abs_diff(9_000) < 400, "{}", of_four.len());
    let mut away = Duration::ZERO;
    for pair in of_four.chunks_exact(2) {
        let crash = Crash { keeps_store: true, noticed_after: ms(20_000) };
        assert_eq!((pair[0].goes, pair[1].goes), (Some(crash), None));
        away += pair[1].at.saturating_sub(pair[0].at);
    }
    assert!(away.abs_diff(hours / 4) < hours / 80, "{away:?}");

    // One node's comings and goings do not depend on whoever else there is.
    assert_eq!(churn.timetable(&[4], hours, 1), of_four);
}
