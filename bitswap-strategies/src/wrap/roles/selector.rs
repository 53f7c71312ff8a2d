//! Peer selectors in wrappers. Sessions are what a split gives away.

use bitswap_core::strategy::{
    Asks, Ctx, EventMask, FullSessionView, PeerSelector, Reason, Report, SessionView, State,
    StrategyEvent,
};
use bitswap_core::{PeerKey, SessionId, Timestamp};

use super::super::{Decider, Subject, Wrap, Wrapper};
use super::{common, wrapped};
use crate::cases::{self, Answer};
use crate::catalog::Base;

/// A question to a peer selector.
#[derive(Clone, Copy, Debug)]
pub enum SelectorQuestion<'a> {
    /// Which member leaves a full session.
    Evict(&'a FullSessionView<'a>),
    /// Who is asked.
    Select(&'a SessionView<'a>),
}

/// The answer of a peer selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelectorAnswer {
    /// Who is asked for what.
    Asks(Asks),
    /// Who leaves, and why.
    Evicted(Option<PeerKey>, Reason),
}

impl Decider for dyn PeerSelector {
    const SUBJECT: Subject = Subject::Session;

    type Question<'a> = SelectorQuestion<'a>;
    type Answer = SelectorAnswer;

    fn make(base: &Base) -> Box<Self> {
        base.selector()
    }

    fn decide(&mut self, ctx: &mut Ctx<'_>, question: SelectorQuestion<'_>) -> SelectorAnswer {
        match question {
            SelectorQuestion::Evict(session) => {
                SelectorAnswer::Evicted(self.evict(ctx, session), ctx.reason())
            }
            SelectorQuestion::Select(session) => {
                let mut asks = Asks::default();
                if !session.peers.is_empty() || self.asks_outsiders() {
                    self.select(ctx, session, &mut asks);
                }
                SelectorAnswer::Asks(asks)
            }
        }
    }

    fn has_outsiders(&self) -> bool {
        self.asks_outsiders()
    }

    fn subject(_: Timestamp, question: SelectorQuestion<'_>) -> u64 {
        match question {
            SelectorQuestion::Evict(session) => session.session.0,
            // Strangers' wants are no session: each is decided about by itself.
            SelectorQuestion::Select(view) if view.session == SessionId::RELAYED => {
                view.wants.first().map_or(view.session.0, |row| row.want.0)
            }
            SelectorQuestion::Select(session) => session.session.0,
        }
    }

    fn describe(question: SelectorQuestion<'_>) -> String {
        match question {
            SelectorQuestion::Evict(session) => cases::view::full_session(session),
            SelectorQuestion::Select(session) => cases::view::session(session),
        }
    }

    /// It asks nobody, or names no member. While blocks are on their way, or if it named a moment,
    /// it holds back.
    fn is_nothing(question: SelectorQuestion<'_>, answer: &SelectorAnswer) -> bool {
        match (question, answer) {
            (SelectorQuestion::Select(session), SelectorAnswer::Asks(asks)) => {
                let holds_back = session.block_asks_in_flight > 0 || asks.wakes_at().is_some();
                asks.as_slice().is_empty() && !session.wants.is_empty() && !holds_back
            }
            (_, SelectorAnswer::Evicted(evicted, _)) => evicted.is_none(),
            (SelectorQuestion::Evict(_), SelectorAnswer::Asks(_)) => true,
        }
    }

    common!(PeerSelector);
}

impl From<SelectorAnswer> for Answer {
    fn from(answer: SelectorAnswer) -> Self {
        match answer {
            SelectorAnswer::Asks(asks) => Self::Asks(asks.as_slice().to_vec()),
            SelectorAnswer::Evicted(evicted, reason) => Self::Evicted(evicted, reason),
        }
    }
}

impl<W: Wrap<Of = dyn PeerSelector>> PeerSelector for Wrapper<W> {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let question = SelectorQuestion::Select(session);
        if let SelectorAnswer::Asks(mut answer) = self.0.decide(ctx, question) {
            answer.wakes_at().into_iter().for_each(|moment| asks.wake_at(moment));
            answer.drain().for_each(|ask| asks.push(ask));
        }
    }

    fn evict(&mut self, ctx: &mut Ctx<'_>, session: &FullSessionView<'_>) -> Option<PeerKey> {
        let answer = self.0.decide(ctx, SelectorQuestion::Evict(session));
        if let SelectorAnswer::Evicted(evicted, _) = answer { evicted } else { None }
    }

    fn asks_outsiders(&self) -> bool {
        self.0.asks_outsiders()
    }

    wrapped!();
}
