//! What a relay can tell of the wants that it forwards.

use std::time::Duration;

use bitswap_core::Event;
use bitswap_core::strategy::{StrategySet, plain};
use bitswap_core::wire::WantKind;

use super::super::{StoryLine, Trace};
use super::*;

const WANT: CidKey = CidKey(7);
const BOB: PeerKey = PeerKey(1);
const CAROL: PeerKey = PeerKey(2);

struct Told {
    trace: Trace,
    set: StrategySet,
    at: u64,
}

impl Told {
    fn new() -> Self {
        Self { trace: Trace::default(), set: plain::strategies(), at: 0 }
    }

    fn note(&mut self, event: &Event) {
        self.at += 1_000;
        let now = Timestamp::ZERO.after(Duration::from_millis(self.at));
        self.trace.note(now, event, &self.set);
    }

    fn lines(&self, want: CidKey) -> Vec<StoryLine> {
        self.trace.of_want(want).map(|story| story.lines).unwrap_or_default()
    }

    fn happened(&self, want: CidKey) -> Vec<Happening> {
        self.lines(want).into_iter().map(|line| line.what).collect()
    }
}

fn admitted(want: CidKey, requester: PeerKey) -> Event {
    Event::RelayAdmitted { requester, want, ttl: 3 }
}

fn ended(outcome: RelayOutcome) -> Event {
    Event::RelayEnded { requester: BOB, want: WANT, outcome }
}

#[test]
fn a_forwarded_want_is_told_from_its_requester_to_its_end() {
    let mut told = Told::new();
    told.note(&admitted(WANT, BOB));
    let (to, ttl, reason) = (1, 2, "onward");
    told.note(&Event::RelayPlanned { requester: BOB, want: WANT, to, ttl, reason });
    let kind = WantKind::Have;
    told.note(&Event::RelayAsked { peer: CAROL, want: WANT, kind, ttl });
    told.note(&ended(RelayOutcome::Expired));

    let expected = [
        Happening::RelayRequested(3),
        Happening::Relayed(2),
        Happening::RelayAsked(WantKind::Have, 2),
        Happening::RelayEnded(RelayOutcome::Expired),
    ];
    assert_eq!(told.happened(WANT), expected);
    let planned = &told.lines(WANT)[1];
    assert_eq!((planned.strategy.as_deref(), planned.reason), (Some("plain"), "onward"));
    assert_eq!(told.trace.of_want(WANT).unwrap().session, None);
}

#[test]
fn the_end_of_a_request_is_told_unless_it_was_served() {
    let (peer, want, bytes, after) = (BOB, WANT, 5, Duration::ZERO);
    for is_served in [true, false] {
        let mut told = Told::new();
        told.note(&admitted(WANT, BOB));
        if is_served {
            told.note(&Event::RequestServed { peer, want, bytes, after });
        }
        told.note(&ended(RelayOutcome::RequestEnded));
        let end = Happening::RelayEnded(RelayOutcome::RequestEnded);
        let last = if is_served { Happening::Served } else { end };
        assert_eq!(told.happened(WANT), [Happening::RelayRequested(3), last]);
    }
}

#[test]
fn stories_of_forwarded_wants_are_bounded_and_the_oldest_goes() {
    let mut told = Told::new();
    for name in 0..1_000 {
        told.note(&admitted(CidKey(name), BOB));
        for _ in 0..50 {
            let (want, ttl) = (CidKey(name), 1);
            told.note(&Event::RelayAsked { peer: CAROL, want, kind: WantKind::Have, ttl });
        }
    }
    assert_eq!((told.trace.relayed.stories.len(), told.trace.relayed.order.len()), (MOST, MOST));
    assert!(told.lines(CidKey(999)).len() <= 12);
    assert_eq!(told.happened(CidKey(999))[0], Happening::RelayRequested(3));
    assert_eq!(told.lines(CidKey(0)), []);
}

#[test]
fn a_want_of_this_nodes_own_has_its_own_story() {
    let mut told = Told::new();
    told.note(&admitted(WANT, BOB));
    let session = bitswap_core::SessionId(3);
    told.note(&Event::WantOpened { session, want: WANT });
    assert_eq!(told.happened(WANT), [Happening::Wanted]);
    let outcome = bitswap_core::WantOutcome::Cancelled;
    told.note(&Event::WantEnded { want: WANT, outcome, after: Duration::ZERO });
    assert_eq!(told.trace.of_want(WANT).unwrap().session, Some(session), "it was ours last");
    told.note(&admitted(WANT, BOB));
    assert_eq!(told.trace.of_want(WANT).unwrap().session, None, "it is not ours any more");
}
