//! Questions made by hand, plain ones and the largest there are, to see how a strategy decides.

mod answer;
mod getting;
mod serving;
pub(crate) mod view;

use bitswap_core::strategy::{
    Account, Asks, Ctx, PeerQueueView, RelayRequestView, RelayView, RequestView, Role, SearchView,
    StrategyEvent, TaskView,
};
use bitswap_core::{Chance, CidKey, PeerKey, SessionId, Timestamp};

use crate::catalog::Strategy;
use crate::conformance::{events, observe};
use crate::fixture::{FullSessionRows, SessionRows};

pub use answer::Answer;

/// A question to one function of a role. Peers in it are called 1, 2, …, and wants 1001, 1002, ….
#[derive(Clone, Debug)]
pub struct Case {
    /// The function that is asked.
    pub function: &'static str,
    /// What it is shown.
    pub about: &'static str,
    /// What it hears before that.
    before: Vec<StrategyEvent>,
    question: Question,
}

#[derive(Clone, Debug)]
enum Question {
    Admit(Account, RequestView),
    Candidates { limit: usize },
    Evict(Box<FullSessionRows>),
    Hear(StrategyEvent),
    NextStep(SearchView),
    RankPeer(PeerQueueView),
    RankTask(TaskView),
    Relay(RelayRequestView, Vec<PeerKey>),
    Select(Box<SessionRows>),
    Weigh(Account),
}

/// The moment at which all cases are asked, or begin to be.
pub fn now() -> Timestamp {
    crate::fixture::at(60_000)
}

/// All cases for `role`, the plain ones first.
pub fn of_role(role: Role) -> Vec<Case> {
    let mut cases = match role {
        Role::PeerSelector => getting::selector(),
        Role::TaskPrioritizer => serving::prioritizer(),
        Role::LedgerPolicy => serving::ledger(),
        Role::ProviderFinder => getting::finder(),
        Role::Registry => getting::registry(),
    };
    let hear = Question::Hear(brought(peer(7)));
    let about = "a block came from 7, after 1 to 200 brought theirs";
    cases.push(Case::new("observe", about, hear).after(200));
    cases
}

impl Case {
    const fn new(function: &'static str, about: &'static str, question: Question) -> Self {
        Self { function, about, before: Vec::new(), question }
    }

    /// The same, after so many peers brought a block each.
    fn after(self, peers: u64) -> Self {
        Self { before: (1..=peers).map(|number| brought(peer(number))).collect(), ..self }
    }

    /// Tells `strategy` what the case presumes, if it wants to hear it.
    pub fn prepare(&self, strategy: &mut Strategy, dice: &mut Chance) {
        for event in &self.before {
            tell(strategy, &mut Ctx::new(now(), dice), event);
        }
    }

    /// Puts the question to `strategy` at `now`; `None` if the strategy plays another role.
    pub fn ask(
        &self,
        strategy: &mut Strategy,
        now: Timestamp,
        dice: &mut Chance,
    ) -> Option<Answer> {
        let mut ctx = Ctx::new(now, dice);
        let ctx = &mut ctx;
        Some(match (&self.question, strategy) {
            (Question::Hear(event), strategy) => {
                tell(strategy, ctx, event);
                Answer::Heard
            }
            (Question::Admit(account, request), Strategy::LedgerPolicy(policy)) => {
                Answer::Admission(policy.admit(ctx, account, request))
            }
            (Question::Candidates { limit }, Strategy::Registry(registry)) => {
                Answer::Peers(registry.candidates(ctx, WANT, *limit), ctx.reason())
            }
            (Question::Evict(rows), Strategy::PeerSelector(selector)) => {
                Answer::Evicted(selector.evict(ctx, &rows.view()), ctx.reason())
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
                let view = RelayView {
                    eligible,
                    degree_left: 3,
                    held_for_requester: 0,
                    held_for_requester_max: 64,
                };
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

fn tell(strategy: &mut Strategy, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
    if events(strategy).contains(event.kind()) {
        observe(strategy, ctx, event);
    }
}

const fn brought(peer: PeerKey) -> StrategyEvent {
    let (session, want, bytes) = (SessionId(1), WANT, 262_144);
    StrategyEvent::BlockReceived { session, peer, want, bytes, after: None }
}

const WANT: CidKey = CidKey(FIRST_WANT);
const FIRST_WANT: u64 = 1_001;

const fn peer(number: u64) -> PeerKey {
    PeerKey(number)
}
