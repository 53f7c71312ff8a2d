//! Bounds of the trace, and lines that count.

use std::time::Duration;

use bitswap_core::strategy::{Admission, StrategySet, plain};
use bitswap_core::wire::WantKind;
use bitswap_core::{AskOutcome, Event, OwnAsk, SearchStep};

use super::*;

const SESSION: SessionId = SessionId(3);

fn ms(ms: u64) -> Timestamp {
    Timestamp::ZERO.after(Duration::from_millis(ms))
}

struct Told {
    trace: Trace,
    set: StrategySet,
}

impl Told {
    fn new() -> Self {
        Self { trace: Trace::default(), set: plain::strategies() }
    }

    fn note(&mut self, at: u64, event: &Event) {
        self.trace.note(ms(at), event, &self.set);
    }

    fn open(&mut self, at: u64, want: u64) -> CidKey {
        let want = CidKey(want);
        self.note(at, &Event::WantOpened { session: SESSION, want });
        want
    }

    fn end(&mut self, at: u64, want: CidKey, outcome: WantOutcome) {
        let after = Duration::ZERO;
        self.note(at, &Event::WantEnded { want, outcome, after });
    }

    fn ask(&mut self, at: u64, want: CidKey, peer: u64, own: Option<OwnAsk>) {
        let kind = if own.is_some() { WantKind::Have } else { WantKind::Block };
        let (session, peer, reason) = (SESSION, PeerKey(peer), "some reason");
        self.note(at, &Event::AskMade { session, peer, want, kind, own, reason });
    }

    fn lines(&self, want: CidKey) -> Vec<StoryLine> {
        self.trace.of_want(want).map(|story| story.lines).unwrap_or_default()
    }
}

#[test]
fn a_broadcast_is_one_line_that_counts_whom_it_asks_and_who_answers_what() {
    let mut told = Told::new();
    let want = told.open(0, 1);
    let (session, step) = (SESSION, SearchStep::Broadcast { peers: 5 });
    told.note(1, &Event::SearchStep { session, want, step, reason: "first look" });
    for peer in 0..5 {
        told.note(0, &Event::PeerConnected { peer: PeerKey(peer), id: PeerId::random() });
        told.ask(1, want, peer, Some(OwnAsk::Broadcast));
    }
    for peer in 0..3 {
        let (peer, kind, after) = (PeerKey(peer), WantKind::Have, Duration::ZERO);
        let outcome = AskOutcome::DontHave;
        told.note(40, &Event::AskEnded { session, peer, want, kind, outcome, after });
    }
    let lines = told.lines(want);
    let shown: Vec<_> = lines.iter().map(|line| (line.what.clone(), line.count)).collect();
    let no = Happening::Answered(WantKind::Have, AskOutcome::DontHave);
    assert_eq!(shown, [(Happening::Wanted, 1), (Happening::Broadcast(5), 5), (no, 3)]);
    assert_eq!(lines[1].strategy.as_deref(), Some("plain"));
    assert_eq!((lines[1].reason, lines[1].peers.len()), ("first look", 3));
}

#[test]
fn broadcasts_that_ask_nobody_are_one_line() {
    let mut told = Told::new();
    let want = told.open(0, 1);
    let (session, step) = (SESSION, SearchStep::Broadcast { peers: 5 });
    for n in 1..50 {
        told.note(n * 60_000, &Event::SearchStep { session, want, step, reason: "again" });
    }
    let lines = told.lines(want);
    assert_eq!((lines.len(), lines[1].at, lines[1].last_at), (2, ms(60_000), ms(49 * 60_000)));
}

#[test]
fn the_first_lines_and_the_last_are_kept_with_their_numbers() {
    let mut told = Told::new();
    let want = told.open(0, 1);
    for n in 1..100 {
        told.ask(n * 1_000, want, n, None);
    }
    let story = told.trace.of_want(want).unwrap();
    let numbers: Vec<_> = story.lines.iter().map(|line| line.number).collect();
    assert_eq!(numbers, (0..8).chain(76..100).collect::<Vec<_>>());
    assert_eq!(story.left_out, 68);
}

#[test]
fn a_want_that_stalls_keeps_its_story_while_thousands_come_and_go() {
    let mut told = Told::new();
    let stalled = told.open(0, 0);
    for n in 1..10_000 {
        let want = told.open(n, n);
        told.ask(n, want, n, None);
        told.end(n, want, WantOutcome::Received);
    }
    assert_eq!(told.lines(stalled).len(), 1);
    assert_eq!(told.lines(CidKey(9_999)).len(), 3);
    assert_eq!(told.trace.wants.len(), 1 + MOST_ENDED);
    assert_eq!(told.trace.lines, 1 + 3 * MOST_ENDED);
}

#[test]
fn wants_that_failed_are_not_crowded_out_by_those_that_came() {
    let mut told = Told::new();
    let lost = told.open(0, 0);
    told.end(1, lost, WantOutcome::Failed);
    for n in 1..5_000 {
        let want = told.open(n, n);
        told.end(n, want, WantOutcome::Received);
    }
    let ended = told.trace.of_want(lost).and_then(|story| story.ended);
    assert_eq!(ended, Some((ms(1), WantOutcome::Failed)));
}

#[test]
fn lines_of_all_wants_together_are_bounded() {
    let mut told = Told::new();
    for n in 0..MOST_OPEN as u64 + 500 {
        let want = told.open(n, n);
        for ask in 0..100 {
            told.ask(n + ask * 1_000, want, ask, None);
        }
    }
    assert_eq!((told.trace.open, told.trace.wants.len()), (MOST_OPEN, MOST_OPEN));
    assert!(told.trace.lines <= MOST_LINES + 12 * MOST_OPEN, "{}", told.trace.lines);
    assert!(size_of::<Line>() <= 144);
    let kept: usize = told.trace.wants.values().map(|story| story.lines.len()).sum();
    assert_eq!(kept, told.trace.lines);
}

#[test]
fn peers_that_are_gone_make_room() {
    let mut told = Told::new();
    for n in 0..5_000 {
        let peer = PeerKey(n);
        told.note(n, &Event::PeerConnected { peer, id: PeerId::random() });
        if n % 2 == 0 {
            told.note(n, &Event::PeerDisconnected { peer });
        }
    }
    assert!(told.trace.peers.len() <= MOST_PEERS);
    assert!(told.trace.gone.len() <= MOST_GONE);
}

#[test]
fn deferrals_of_a_peer_are_one_line_with_the_last_moment() {
    let mut told = Told::new();
    let peer = PeerKey(1);
    told.note(0, &Event::PeerConnected { peer, id: PeerId::random() });
    for n in 0..10 {
        let admission = Admission::Defer { until: ms(1_000 + n), reason: "in debt" };
        let (want, kind) = (CidKey(n), WantKind::Block);
        told.note(n, &Event::RequestDecided { peer, want, kind, admission });
    }
    let story = told.trace.of_peer(peer).unwrap();
    let last = story.lines.last().unwrap();
    assert_eq!((last.what.clone(), last.count), (Happening::Deferred(ms(1_009)), 10));
    assert_eq!((last.strategy.as_deref(), last.reason), (Some("plain"), "in debt"));
}

#[test]
fn a_failed_dial_is_told_to_the_want_that_the_provider_was_found_for() {
    let mut told = Told::new();
    let (want, peer) = (told.open(0, 1), PeerKey(7));
    let (session, id, reached) = (SESSION, PeerId::random(), bitswap_core::Reached::Dialled);
    told.note(10, &Event::ProviderFound { session, want, peer, id, reached });
    told.trace.dial_fails("connection refused".to_owned());
    told.trace.dial_failed(ms(20), peer);
    let last = told.lines(want).pop().unwrap();
    assert_eq!(last.what, Happening::DialFailed("connection refused".into()));
    assert_eq!(last.peers, [id]);
}
