//! What a search does at which moment.

use std::time::Duration;

use bitswap_core::strategy::{
    Ctx, PeerSet, ProviderFinder, SearchView, Source, Step, WantPhase, WantSet,
};
use bitswap_core::{CidKey, SessionId, Timestamp};

use super::{BroadcastThenDht, Params};
use crate::catalog::Configured;
use crate::conformance::taken;
use crate::fixture::{at, dice};

const LISTENING: &str = "listening";
const WANT: CidKey = CidKey(1);

#[test]
fn the_registry_is_asked_once_and_then_everybody() {
    let mut search = searching(at(0));
    search.candidates_asked = false;
    let known = Step::Candidates { want: WANT, limit: 10, reason: "known holders" };
    assert_eq!(next_step(at(0), &search), known);

    let silent = Params { ask_registry: false, ..Params::default() };
    let first = Step::broadcast(WantSet::New, PeerSet::UsefulFirst(50), "first look");
    assert_eq!(step_of(silent, at(0), &search), first);
    search.candidates_asked = true;
    assert_eq!(next_step(at(0), &search), first);
}

#[test]
fn a_quiet_second_brings_a_look_up_and_another_broadcast() {
    let mut search = broadcast_at(at(0));
    assert_eq!(next_step(at(0), &search), Step::WaitUntil { at: at(1_000), reason: LISTENING });
    assert_eq!(next_step(at(999), &search), Step::WaitUntil { at: at(1_000), reason: LISTENING });
    // However the wait is counted, it is over.
    for quiet_rounds in 0..3 {
        search.quiet_rounds = quiet_rounds;
        assert_eq!(next_step(at(1_000), &search), look_up("nobody nearby"));
    }
    taken(at(1_000), &mut search, &look_up("nobody nearby"));
    let all = Step::broadcast(WantSet::All, PeerSet::All, "still quiet");
    assert_eq!(next_step(at(1_000), &search), all);
    taken(at(1_000), &mut search, &all);
    assert_eq!(next_step(at(1_000), &search), Step::WaitUntil { at: at(3_000), reason: LISTENING });
}

#[test]
fn providers_are_looked_up_at_once_where_nobody_is_connected() {
    let mut search = SearchView { peers_connected: 0, ..searching(at(0)) };
    assert_eq!(next_step(at(0), &search), look_up("nobody nearby"));
    taken(at(0), &mut search, &look_up("nobody nearby"));
    let first = Step::broadcast(WantSet::New, PeerSet::UsefulFirst(50), "first look");
    assert_eq!(next_step(at(0), &search), first);
}

#[test]
fn an_answer_through_a_relay_brings_one_look_up_at_once() {
    let mut search = broadcast_at(at(0));
    (search.haves, search.relayed_haves) = (1, 1);
    let step = next_step(at(100), &search);
    assert_eq!(step, look_up("relayed so far"));
    taken(at(100), &mut search, &step);
    search.lookup_running = false;
    assert!(!matches!(next_step(at(101), &search), Step::Ask { .. }));
}

#[test]
fn who_was_left_for_later_is_asked_for_one_want_of_a_session_that_takes_a_second() {
    let mut search = SearchView { others_left: true, ..broadcast_at(at(0)) };
    search.last_block_at = Some(at(900));
    let wait = Step::WaitUntil { at: at(1_000), reason: LISTENING };
    assert_eq!(next_step(at(900), &search), wait);
    let rest = Step::broadcast(WantSet::One(WANT), PeerSet::All, "who else has it");
    assert_eq!(next_step(at(1_000), &search), rest);
    search.others_left = false;
    assert!(matches!(next_step(at(1_000), &search), Step::WaitUntil { .. }));
}

#[test]
fn a_known_answer_time_sets_the_tick() {
    let answer_time = Some(Duration::from_millis(100));
    let search = SearchView { answer_time, ..broadcast_at(at(0)) };
    assert_eq!(next_step(at(0), &search), Step::WaitUntil { at: at(800), reason: LISTENING });
}

#[test]
fn a_search_that_stays_quiet_follows_the_reference() {
    let (mut search, mut now, mut log) = (searching(at(0)), at(0), Vec::new());
    while now < at(70_000) {
        let step = next_step(now, &search);
        match step {
            Step::Ask { .. } => log.push((now, 'L')),
            Step::Broadcast { .. } => log.push((now, 'B')),
            Step::Candidates { .. } | Step::GiveUp { .. } => break,
            Step::WaitUntil { at, .. } => now = at,
        }
        taken(now, &mut search, &step);
        search.lookup_running = false;
    }
    let seconds = |(moment, what): &(Timestamp, char)| (moment.as_nanos() / 1_000_000_000, *what);
    let log: Vec<_> = log.iter().map(seconds).collect();
    let ticks = [3, 6, 10, 15, 21, 28, 36, 45, 55].map(|second| (second, 'B'));
    let expected =
        [&[(0, 'B'), (1, 'L'), (1, 'B')][..], &ticks, &[(61, 'L'), (61, 'B'), (66, 'B')]];
    assert_eq!(log, expected.concat());
}

#[test]
fn no_second_look_up_starts_while_one_runs() {
    let mut search = broadcast_at(at(0));
    search.lookup_running = true;
    let all = Step::broadcast(WantSet::All, PeerSet::All, "still quiet");
    assert_eq!(next_step(at(1_000), &search), all);
    search.lookup_running = false;
    assert_eq!(next_step(at(1_000), &search), look_up("nobody nearby"));
}

#[test]
fn a_want_that_the_members_were_asked_for_in_vain_is_looked_up_at_once() {
    let mut search = broadcast_at(at(0));
    search.members = 1;
    search.wants[0].failed_asks = 1;
    assert_eq!(next_step(at(100), &search), look_up("no member has it"));
    search.wants[0].looked_up_at = Some(at(50));
    search.last_lookup_at = Some(at(50));
    assert_eq!(next_step(at(100), &search), Step::WaitUntil { at: at(1_000), reason: LISTENING });
}

#[test]
fn a_session_that_is_served_widens_from_time_to_time() {
    let mut search = broadcast_at(at(0));
    search.wants[0].phase = WantPhase::Asked;
    search.last_block_at = Some(at(59_500));
    assert_eq!(
        next_step(at(59_600), &search),
        Step::WaitUntil { at: at(60_000), reason: LISTENING }
    );
    assert_eq!(next_step(at(60_000), &search), look_up("widen"));
    taken(at(60_000), &mut search, &look_up("widen"));
    let along = Step::broadcast(WantSet::One(WANT), PeerSet::All, "along with a look-up");
    assert_eq!(next_step(at(60_000), &search), along);
}

#[test]
fn what_was_looked_up_longest_ago_is_so_first() {
    for (known, other) in [(0, None), (1, None), (0, Some(at(5_000))), (1, Some(at(5_000)))] {
        let mut search = broadcast_at(at(0)).with_want(CidKey(12));
        search.wants[1].broadcast_at = Some(at(0));
        search.wants[known].looked_up_at = Some(at(10_000));
        search.wants[1 - known].looked_up_at = other;
        let fresh = search.wants[1 - known].want;
        for last_block_at in [Some(at(59_900)), None] {
            search.last_block_at = last_block_at;
            let step = next_step(at(60_000), &search);
            assert!(matches!(step, Step::Ask { want, .. } if want == fresh), "{step:?}");
        }
    }
}

fn look_up(reason: &'static str) -> Step {
    let timeout = Duration::from_secs(10);
    Step::Ask { want: WANT, source: Source::Routing, max_providers: 10, timeout, reason }
}

/// A session that wants one block, and whose registry knows nobody.
fn searching(since: Timestamp) -> SearchView {
    let search = SearchView::new(SessionId(1), since).with_want(WANT);
    SearchView { candidates_asked: true, peers_connected: 1, ..search }
}

fn broadcast_at(moment: Timestamp) -> SearchView {
    let mut search = searching(moment);
    search.wants[0].broadcast_at = Some(moment);
    search
}

fn next_step(now: Timestamp, search: &SearchView) -> Step {
    step_of(Params::default(), now, search)
}

fn step_of(params: Params, now: Timestamp, search: &SearchView) -> Step {
    BroadcastThenDht::new(params).next_step(&mut Ctx::new(now, &mut dice(1)), search)
}
