//! What a search does at which moment.

use std::time::Duration;

use bitswap_core::strategy::{Ctx, PeerSet, ProviderFinder, SearchView, Source, Step};
use bitswap_core::{CidKey, Timestamp};

use super::{BroadcastThenDht, Params};
use crate::catalog::Configured;
use crate::fixture::{at, dice};

const LISTENING: &str = "listening";

#[test]
fn everybody_is_asked_at_once() {
    let search = SearchView::new(CidKey(1), at(0));

    assert_eq!(
        next_step(at(0), &search),
        Step::Broadcast { peers: PeerSet::All, reason: "first look" }
    );
}

#[test]
fn a_quiet_second_brings_a_look_up_and_another_broadcast() {
    let mut search = broadcast_at(at(0));
    assert_eq!(next_step(at(0), &search), Step::WaitUntil { at: at(1_000), reason: LISTENING });
    assert_eq!(next_step(at(999), &search), Step::WaitUntil { at: at(1_000), reason: LISTENING });
    // However the wait is counted, it is over.
    for quiet_rounds in 0..3 {
        search.quiet_rounds = quiet_rounds;
        assert_eq!(
            next_step(at(1_000), &search),
            Step::Ask {
                source: Source::Routing,
                max_providers: 10,
                timeout: Duration::from_secs(10),
                reason: "nobody nearby"
            }
        );
    }

    search =
        SearchView { lookups: 1, last_lookup_at: Some(at(1_000)), lookup_running: true, ..search };
    assert_eq!(
        next_step(at(1_000), &search),
        Step::Broadcast { peers: PeerSet::All, reason: "along with a look-up" }
    );

    search = SearchView { broadcasts: 2, last_broadcast_at: Some(at(1_000)), ..search };
    assert_eq!(next_step(at(1_000), &search), Step::WaitUntil { at: at(3_000), reason: LISTENING });
}

#[test]
fn a_known_answer_time_sets_the_tick() {
    let answer_time = Some(Duration::from_millis(100));
    let search = SearchView { answer_time, ..broadcast_at(at(0)) };

    assert_eq!(next_step(at(0), &search), Step::WaitUntil { at: at(800), reason: LISTENING });
}

#[test]
fn a_search_that_stays_quiet_follows_the_reference() {
    let (mut search, mut now, mut log) = (SearchView::new(CidKey(1), at(0)), at(0), Vec::new());
    while now < at(70_000) {
        match next_step(now, &search) {
            Step::Ask { .. } => {
                log.push((now, 'L'));
                search = SearchView { last_lookup_at: Some(now), ..search };
            }
            Step::Broadcast { .. } => {
                log.push((now, 'B'));
                search.broadcasts += 1;
                search.last_broadcast_at = Some(now);
            }
            Step::GiveUp { .. } => break,
            Step::WaitUntil { at, .. } => {
                search.quiet_rounds += 1;
                now = at;
            }
        }
    }

    let seconds = |(moment, what): &(Timestamp, char)| (moment.as_nanos() / 1_000_000_000, *what);
    let log: Vec<_> = log.iter().map(seconds).collect();
    let ticks = [3, 6, 10, 15, 21, 28, 36, 45, 55].map(|second| (second, 'B'));
    let expected = [&[(0, 'B'), (1, 'L'), (1, 'B')][..], &ticks, &[(61, 'L'), (61, 'B')]];
    assert_eq!(log, expected.concat());
}

#[test]
fn no_second_look_up_starts_while_one_runs() {
    let search = SearchView {
        broadcasts: 5,
        last_broadcast_at: Some(at(90_000)),
        lookups: 1,
        last_lookup_at: Some(at(1_000)),
        lookup_running: true,
        ..SearchView::new(CidKey(1), at(0))
    };
    assert_eq!(
        next_step(at(91_000), &search),
        Step::WaitUntil { at: at(95_000), reason: LISTENING }
    );
    assert_eq!(
        next_step(at(95_000), &search),
        Step::Broadcast { peers: PeerSet::All, reason: "still quiet" }
    );

    let ended = SearchView { lookup_running: false, ..search };
    let is_lookup = matches!(next_step(at(91_000), &ended), Step::Ask { .. });
    assert!(is_lookup);
}

fn broadcast_at(moment: Timestamp) -> SearchView {
    SearchView {
        broadcasts: 1,
        last_broadcast_at: Some(moment),
        ..SearchView::new(CidKey(1), moment)
    }
}

fn next_step(now: Timestamp, search: &SearchView) -> Step {
    let mut finder = BroadcastThenDht::new(Params::default());
    finder.next_step(&mut Ctx::new(now, &mut dice(1)), search)
}
