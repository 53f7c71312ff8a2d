//! Ledger policies in wrappers. Peers are what a split gives away. A policy always has an answer,
//! so it has no fallback.

use bitswap_core::Timestamp;
use bitswap_core::strategy::{
    Account, Admission, Ctx, EventMask, LedgerPolicy, Reason, Report, RequestView, State,
    StrategyEvent, Weight,
};

use super::super::{Decider, Subject, Wrap, Wrapper};
use super::{common, wrapped};
use crate::cases::{self, Answer};
use crate::catalog::Base;

/// A question to a ledger policy.
#[derive(Clone, Copy, Debug)]
pub enum PolicyQuestion<'a> {
    /// Whether a request is admitted.
    Admit(&'a Account, &'a RequestView),
    /// The weight of a peer.
    Weigh(&'a Account),
}

/// The answer of a ledger policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyAnswer {
    /// Whether a request is admitted.
    Admission(Admission),
    /// The weight of a peer, and why.
    Weight(Weight, Reason),
}

impl Decider for dyn LedgerPolicy {
    const SUBJECT: Subject = Subject::Peer;

    type Question<'a> = PolicyQuestion<'a>;
    type Answer = PolicyAnswer;

    fn make(base: &Base) -> Box<Self> {
        base.policy()
    }

    fn decide(&mut self, ctx: &mut Ctx<'_>, question: PolicyQuestion<'_>) -> PolicyAnswer {
        match question {
            PolicyQuestion::Admit(account, request) => {
                PolicyAnswer::Admission(self.admit(ctx, account, request))
            }
            PolicyQuestion::Weigh(account) => {
                let weight = self.weigh(ctx, account);
                PolicyAnswer::Weight(weight, ctx.reason())
            }
        }
    }

    fn subject(_: Timestamp, question: PolicyQuestion<'_>) -> u64 {
        match question {
            PolicyQuestion::Admit(account, _) | PolicyQuestion::Weigh(account) => account.peer.0,
        }
    }

    fn describe(question: PolicyQuestion<'_>) -> String {
        match question {
            PolicyQuestion::Admit(account, request) => {
                format!("{}; {}", cases::view::request(request), cases::view::account(account))
            }
            PolicyQuestion::Weigh(account) => cases::view::account(account),
        }
    }

    common!(LedgerPolicy);
}

impl From<PolicyAnswer> for Answer {
    fn from(answer: PolicyAnswer) -> Self {
        match answer {
            PolicyAnswer::Admission(admission) => Self::Admission(admission),
            PolicyAnswer::Weight(weight, reason) => Self::Weight(weight, reason),
        }
    }
}

impl<W: Wrap<Of = dyn LedgerPolicy>> LedgerPolicy for Wrapper<W> {
    fn weigh(&mut self, ctx: &mut Ctx<'_>, account: &Account) -> Weight {
        match self.0.decide(ctx, PolicyQuestion::Weigh(account)) {
            PolicyAnswer::Weight(weight, _) => weight,
            PolicyAnswer::Admission(_) => Weight::ONE,
        }
    }

    fn admit(&mut self, ctx: &mut Ctx<'_>, account: &Account, request: &RequestView) -> Admission {
        match self.0.decide(ctx, PolicyQuestion::Admit(account, request)) {
            PolicyAnswer::Admission(admission) => admission,
            PolicyAnswer::Weight(_, reason) => Admission::Serve { reason },
        }
    }

    wrapped!();
}
