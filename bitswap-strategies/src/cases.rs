//! Questions made by hand, plain ones and the largest there are, to see how a strategy decides.

mod answer;
mod getting;
mod serving;

use bitswap_core::strategy::{
    Account, Asks, Ctx, Fact, PeerQueueView, RelayView, RemoteWant, RequestView, Role, SearchView,
    TaskView,
};
use bitswap_core::{Chance, CidKey, PeerKey, Timestamp};

use crate::catalog::Strategy;
use crate::fixture::SessionRows;

pub use answer::Answer;

/// A question to one function of a role. Peers in it are called 1, 2, …, and wants 1001, 1002, ….
#[derive(Clone, Debug)]
pub struct Case {
    /// The function that is asked.
    pub function: &'static str,
    /// What it is shown.
    pub about: &'static str,
    question: Question,
}

#[derive(Clone, Debug)]
enum Question {
    Admit(Account, RequestView),
    Candidates { of: Vec<PeerKey>, limit: usize },
    NextStep(SearchView),
    RankPeer(PeerQueueView),
    RankTask(TaskView),
    Relay(RemoteWant, Vec<PeerKey>),
    Select(SessionRows),
    Weigh(Account),
}

/// The moment at which all cases are asked, or begin to be.
pub fn now() -> Timestamp {
    crate::fixture::at(60_000)
}

/// All cases for `role`, the plain ones first.
pub fn of_role(role: Role) -> Vec<Case> {
    match role {
        Role::PeerSelector => getting::selector(),
        Role::TaskPrioritizer => serving::prioritizer(),
        Role::LedgerPolicy => serving::ledger(),
        Role::ProviderFinder => getting::finder(),
        Role::Registry => getting::registry(),
    }
}

impl Case {
    const fn new(function: &'static str, about: &'static str, question: Question) -> Self {
        Self { function, about, question }
    }

    /// Puts the question to `strategy` at `now`, after telling it what the case presumes. `None`
    /// if the strategy plays another role.
    pub fn ask(
        &self,
        strategy: &mut Strategy,
        now: Timestamp,
        dice: &mut Chance,
    ) -> Option<Answer> {
        let mut ctx = Ctx::new(now, dice);
        let ctx = &mut ctx;
        Some(match (&self.question, strategy) {
            (Question::Admit(account, request), Strategy::LedgerPolicy(policy)) => {
                Answer::Admission(policy.admit(ctx, account, request))
            }
            (Question::Candidates { of, limit }, Strategy::Registry(registry)) => {
                for peer in of {
                    let (peer, want) = (*peer, WANT);
                    let fact = Fact::BlockReceived { peer, want, bytes: 262_144, after: None };
                    if registry.hears().contains(fact.kind()) {
                        registry.observe(ctx, &fact);
                    }
                }
                Answer::Peers(registry.candidates(ctx, WANT, *limit), ctx.reason())
            }
            (Question::NextStep(search), Strategy::ProviderFinder(finder)) => {
                Answer::Step(finder.next_step(ctx, search))
            }
            (Question::RankPeer(view), Strategy::TaskPrioritizer(prioritizer)) => {
                Answer::Rank(prioritizer.rank_peer(ctx, view), ctx.reason())
            }
            (Question::RankTask(view), Strategy::TaskPrioritizer(prioritizer)) => {
                Answer::Rank(prioritizer.rank_task(ctx, view), ctx.reason())
            }
            (Question::Relay(want, eligible), Strategy::Registry(registry)) => {
                let view = RelayView { eligible, held_for_asker: 0, held_for_asker_max: 64 };
                Answer::Plan(registry.relay(ctx, want, &view))
            }
            (Question::Select(rows), Strategy::PeerSelector(selector)) => {
                let mut asks = Asks::default();
                selector.select(ctx, &rows.view(), &mut asks);
                Answer::Asks(asks.as_slice().to_vec())
            }
            (Question::Weigh(account), Strategy::LedgerPolicy(policy)) => {
                Answer::Weight(policy.weigh(ctx, account), ctx.reason())
            }
            _ => return None,
        })
    }
}

const WANT: CidKey = CidKey(FIRST_WANT);
const FIRST_WANT: u64 = 1_001;

const fn peer(number: u64) -> PeerKey {
    PeerKey(number)
}
