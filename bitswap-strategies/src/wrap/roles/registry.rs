//! Registries in wrappers. CIDs are what a split gives away.

use bitswap_core::strategy::{
    Ctx, EventMask, Reason, Registry, RelayPlan, RelayRequestView, RelayView, Report, State,
    StrategyEvent,
};
use bitswap_core::{CidKey, PeerKey, Timestamp};

use super::super::{Decider, Subject, Wrap, Wrapper};
use super::{common, wrapped};
use crate::cases::{self, Answer};
use crate::catalog::Base;

/// A question to a registry.
#[derive(Clone, Copy, Debug)]
pub enum RegistryQuestion<'a> {
    /// At most so many peers that probably have this want.
    Candidates(CidKey, usize),
    /// Whether and to whom a want is forwarded.
    Relay(&'a RelayRequestView, &'a RelayView<'a>),
}

/// The answer of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryAnswer {
    /// Who probably has it, and why.
    Peers(Vec<PeerKey>, Reason),
    /// To whom it is forwarded.
    Plan(RelayPlan),
}

impl Decider for dyn Registry {
    const SUBJECT: Subject = Subject::Want;

    type Question<'a> = RegistryQuestion<'a>;
    type Answer = RegistryAnswer;

    fn make(base: &Base) -> Box<Self> {
        base.registry()
    }

    fn decide(&mut self, ctx: &mut Ctx<'_>, question: RegistryQuestion<'_>) -> RegistryAnswer {
        match question {
            RegistryQuestion::Candidates(want, limit) => {
                let peers = self.candidates(ctx, want, limit);
                RegistryAnswer::Peers(peers, ctx.reason())
            }
            RegistryQuestion::Relay(want, view) => {
                RegistryAnswer::Plan(self.relay(ctx, want, view))
            }
        }
    }

    fn subject(_: Timestamp, question: RegistryQuestion<'_>) -> u64 {
        match question {
            RegistryQuestion::Candidates(want, _) => want.0,
            RegistryQuestion::Relay(want, _) => want.want.0,
        }
    }

    fn describe(question: RegistryQuestion<'_>) -> String {
        match question {
            RegistryQuestion::Candidates(want, limit) => {
                format!("at most {limit} candidates of want {}", want.0)
            }
            RegistryQuestion::Relay(want, view) => cases::view::relay(want, view.eligible.len()),
        }
    }

    fn is_nothing(_: RegistryQuestion<'_>, answer: &RegistryAnswer) -> bool {
        match answer {
            RegistryAnswer::Peers(peers, _) => peers.is_empty(),
            RegistryAnswer::Plan(plan) => plan.to.is_empty(),
        }
    }

    common!(Registry);
}

impl From<RegistryAnswer> for Answer {
    fn from(answer: RegistryAnswer) -> Self {
        match answer {
            RegistryAnswer::Peers(peers, reason) => Self::Peers(peers, reason),
            RegistryAnswer::Plan(plan) => Self::Plan(plan),
        }
    }
}

impl<W: Wrap<Of = dyn Registry>> Registry for Wrapper<W> {
    fn candidates(&mut self, ctx: &mut Ctx<'_>, want: CidKey, limit: usize) -> Vec<PeerKey> {
        match self.0.decide(ctx, RegistryQuestion::Candidates(want, limit)) {
            RegistryAnswer::Peers(peers, _) => peers,
            RegistryAnswer::Plan(_) => Vec::new(),
        }
    }

    fn relay(
        &mut self,
        ctx: &mut Ctx<'_>,
        want: &RelayRequestView,
        view: &RelayView<'_>,
    ) -> RelayPlan {
        match self.0.decide(ctx, RegistryQuestion::Relay(want, view)) {
            RegistryAnswer::Plan(plan) => plan,
            RegistryAnswer::Peers(_, reason) => RelayPlan::keep(reason),
        }
    }

    wrapped!();
}
