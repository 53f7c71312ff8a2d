//! Peer selectors in wrappers. Sessions are what a split gives away.

use bitswap_core::Timestamp;
use bitswap_core::strategy::{
    Asks, Ctx, EventMask, PeerSelector, Report, SessionView, State, StrategyEvent,
};

use super::super::{Decider, Subject, Wrap, Wrapper};
use super::{common, wrapped};
use crate::cases::{self, Answer};
use crate::catalog::Base;

impl Decider for dyn PeerSelector {
    const SUBJECT: Subject = Subject::Session;

    type Question<'a> = &'a SessionView<'a>;
    type Answer = Asks;

    fn make(base: &Base) -> Box<Self> {
        base.selector()
    }

    fn decide(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>) -> Asks {
        let mut asks = Asks::default();
        if !session.peers.is_empty() || self.asks_outsiders() {
            self.select(ctx, session, &mut asks);
        }
        asks
    }

    fn has_outsiders(&self) -> bool {
        self.asks_outsiders()
    }

    fn subject(_: Timestamp, session: &SessionView<'_>) -> u64 {
        session.session.0
    }

    fn describe(session: &SessionView<'_>) -> String {
        cases::view::session(session)
    }

    /// It asks nobody. While blocks are on their way, or if it named a moment, it holds back.
    fn is_nothing(session: &SessionView<'_>, asks: &Asks) -> bool {
        let holds_back = session.block_asks_in_flight > 0 || asks.wakes_at().is_some();
        asks.as_slice().is_empty() && !session.wants.is_empty() && !holds_back
    }

    common!(PeerSelector);
}

impl From<Asks> for Answer {
    fn from(asks: Asks) -> Self {
        Self::Asks(asks.as_slice().to_vec())
    }
}

impl<W: Wrap<Of = dyn PeerSelector>> PeerSelector for Wrapper<W> {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let mut answer = self.0.decide(ctx, session);
        if let Some(moment) = answer.wakes_at() {
            asks.wake_at(moment);
        }
        answer.drain().for_each(|ask| asks.push(ask));
    }

    fn asks_outsiders(&self) -> bool {
        self.0.asks_outsiders()
    }

    wrapped!();
}
