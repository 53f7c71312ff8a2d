//! Sessions and wants as spans of the log, at level debug: who reads a line knows for which CID and
//! session it is. Without that level it does nothing.

use std::collections::HashMap;

use bitswap_core::{CidKey, Engine, Event, SessionId};
use tracing::{Level, Span};

use crate::trace::Trace;

/// The spans of what is open, bounded as sessions and wants are.
#[derive(Debug, Default)]
pub(super) struct Spans {
    sessions: HashMap<SessionId, Span>,
    wants: HashMap<CidKey, Span>,
}

impl Spans {
    /// Tells what happened to a want.
    #[expect(clippy::wildcard_enum_match_arm, reason = "what concerns the wants of sessions only")]
    pub(super) fn note(&mut self, event: &Event, engine: &Engine, trace: &Trace) {
        if !tracing::enabled!(Level::DEBUG) {
            return;
        }
        match *event {
            Event::WantOpened { session, want } => {
                let span = self.sessions.entry(session).or_insert_with(
                    || tracing::debug_span!(parent: None, "session", session = session.0),
                );
                let cid = engine.cid_of(want).map(tracing::field::display);
                let span = tracing::debug_span!(parent: &*span, "want", cid);
                span.in_scope(|| tracing::debug!("a want begins"));
                self.wants.insert(want, span);
            }
            Event::AskMade { peer, want, kind, reason, .. } => {
                let peer = trace.name_of(peer).map(tracing::field::display);
                self.of(want).in_scope(|| tracing::debug!(peer, ?kind, reason, "a peer is asked"));
            }
            Event::AskEnded { peer, want, outcome, after, .. } => {
                let peer = trace.name_of(peer).map(tracing::field::display);
                let outcome = outcome.name();
                self.of(want).in_scope(|| tracing::debug!(peer, outcome, ?after, "an ask ended"));
            }
            Event::WantEnded { want, outcome, after } => {
                let span = self.wants.remove(&want).unwrap_or_else(Span::none);
                let outcome = outcome.name();
                span.in_scope(|| tracing::debug!(outcome, ?after, "a want ended"));
            }
            _ => {}
        }
    }

    fn of(&self, want: CidKey) -> Span {
        self.wants.get(&want).cloned().unwrap_or_else(Span::none)
    }

    pub(super) fn close(&mut self, session: SessionId) {
        self.sessions.remove(&session);
    }
}
