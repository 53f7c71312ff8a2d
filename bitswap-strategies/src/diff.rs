//! Two strategies of a role are put the same questions, and compared.

use std::time::Duration;

use bitswap_core::strategy::{
    Ctx, LedgerPolicy, PeerSelector, ProviderFinder, Registry, RelayView, TaskPrioritizer,
};
use bitswap_core::{Chance, Timestamp};

use crate::cases::{self, Answer, of_role};
use crate::catalog::Strategy;
use crate::fixture::drawn;
use crate::wrap::{Decider, PolicyQuestion, RegistryQuestion, SelectorQuestion, ToRank};

/// How often two strategies decided differently.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Questions whose answers can be compared. Ranks are compared in pairs: which of two peers
    /// comes first.
    pub questions: u32,
    /// Those that were answered differently; reasons do not count.
    pub different: u32,
    /// The first of these.
    pub examples: Vec<Example>,
}

/// A question that was answered differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The question in a few words.
    pub question: String,
    /// The answer of the first strategy, a line for each decision.
    pub one: Vec<String>,
    /// The answer of the other.
    pub other: Vec<String>,
}

/// Makes a strategy; equal calls make equal ones. `None` if it cannot be made.
pub type Make<'a> = &'a dyn Fn() -> Option<Strategy>;

/// Puts the questions made by hand, and then so many drawn ones, to both; both hear the same events
/// and draw from equal streams. Keeps so many examples. `None` if they are of different roles, or
/// one of them cannot be made.
pub fn diff(one: Make<'_>, other: Make<'_>, questions: u32, examples: usize) -> Option<Diff> {
    let mut diff = Diff::default();
    by_hand(&mut diff, one, other, examples)?;
    let mut draw = Draw::new(questions, examples);
    let diff_of = &mut diff;
    match (one()?, other()?) {
        (Strategy::PeerSelector(mut one), Strategy::PeerSelector(mut other)) => {
            draw.run(diff_of, [&mut *one, &mut *other], select);
        }
        (Strategy::TaskPrioritizer(mut one), Strategy::TaskPrioritizer(mut other)) => {
            draw.run(diff_of, [&mut *one, &mut *other], rank);
        }
        (Strategy::LedgerPolicy(mut one), Strategy::LedgerPolicy(mut other)) => {
            draw.run(diff_of, [&mut *one, &mut *other], judge);
        }
        (Strategy::ProviderFinder(mut one), Strategy::ProviderFinder(mut other)) => {
            draw.run(diff_of, [&mut *one, &mut *other], search);
        }
        (Strategy::Registry(mut one), Strategy::Registry(mut other)) => {
            draw.run(diff_of, [&mut *one, &mut *other], remember);
        }
        _ => return None,
    }
    Some(diff)
}

/// The questions made by hand, each to new strategies. Ranks are left out: a single one says
/// nothing.
fn by_hand(diff: &mut Diff, one: Make<'_>, other: Make<'_>, examples: usize) -> Option<()> {
    for case in of_role(one()?.role()) {
        let answers = [one, other].map(|make| {
            let (mut strategy, mut dice) = (make()?, dice());
            case.prepare(&mut strategy, &mut dice);
            case.ask(&mut strategy, cases::now(), &mut dice)
        });
        let [Some(one), Some(other)] = answers else { continue };
        if matches!(one, Answer::Rank(..) | Answer::Heard) {
            continue;
        }
        let is_same = one.without_reasons() == other.without_reasons();
        diff.count(is_same, examples, || (case.about.to_owned(), [one, other]));
    }
    Some(())
}

fn dice() -> Chance {
    Chance::named(1, "dice")
}

impl Diff {
    fn count(
        &mut self,
        is_same: bool,
        examples: usize,
        example: impl FnOnce() -> (String, [Answer; 2]),
    ) {
        self.questions += 1;
        self.different += u32::from(!is_same);
        if !is_same && self.examples.len() < examples {
            let (question, [one, other]) = example();
            let (one, other) = (one.lines(), other.lines());
            self.examples.push(Example { question, one, other });
        }
    }
}

/// Draws questions and events, as [`conformance`](crate::conformance) does.
struct Draw {
    questions: u32,
    examples: usize,
    chance: Chance,
    now: Timestamp,
    dice: [Chance; 2],
}

/// Puts one drawn question to both.
type Put<D> = fn(&mut Chance, [&mut D; 2], &mut [Ctx<'_>; 2]) -> Put2<D>;

/// The question in words, and both answers.
type Put2<D> = (String, [<D as Decider>::Answer; 2]);

impl Draw {
    fn new(questions: u32, examples: usize) -> Self {
        let chance = Chance::named(1, "questions");
        Self { questions, examples, chance, now: Timestamp::ZERO, dice: [dice(), dice()] }
    }

    fn run<D: Decider + ?Sized>(&mut self, diff: &mut Diff, both: [&mut D; 2], put: Put<D>) {
        let [one, other] = both;
        let mut before = None;
        for _ in 0..self.questions {
            self.now = self.now.after(Duration::from_micros(self.chance.below(2_000_000)));
            let [dice, same_dice] = &mut self.dice;
            let mut ctx = [Ctx::new(self.now, dice), Ctx::new(self.now, same_dice)];
            let event = drawn::event(&mut self.chance);
            for (strategy, ctx) in [&mut *one, &mut *other].into_iter().zip(&mut ctx) {
                if strategy.event_mask().contains(event.kind()) {
                    strategy.tell(ctx, &event);
                }
            }
            let (question, answers) = put(&mut self.chance, [&mut *one, &mut *other], &mut ctx);
            let [first, second] = &answers;
            if let Some(is_same) = D::agree(before.as_ref(), first, second) {
                let said = answers.clone().map(Into::into);
                diff.count(is_same, self.examples, || (question, said));
            }
            before = Some(answers.into());
        }
    }
}

fn both<D: Decider + ?Sized>(
    [one, other]: [&mut D; 2],
    [ctx, same_ctx]: &mut [Ctx<'_>; 2],
    question: D::Question<'_>,
) -> Put2<D> {
    let answers = [one.decide(ctx, question), other.decide(same_ctx, question)];
    (D::describe(question), answers)
}

fn select(
    chance: &mut Chance,
    strategies: [&mut (dyn PeerSelector + 'static); 2],
    ctx: &mut [Ctx<'_>; 2],
) -> Put2<dyn PeerSelector> {
    if chance.one_in(1, 8) {
        let rows = drawn::full_session(chance);
        return both(strategies, ctx, SelectorQuestion::Evict(&rows.view()));
    }
    let rows = drawn::session(chance, ctx[0].now());
    both(strategies, ctx, SelectorQuestion::Select(&rows.view()))
}

fn rank(
    chance: &mut Chance,
    strategies: [&mut (dyn TaskPrioritizer + 'static); 2],
    ctx: &mut [Ctx<'_>; 2],
) -> Put2<dyn TaskPrioritizer> {
    let view = drawn::queue(chance, ctx[0].now());
    both(strategies, ctx, ToRank::Peer(&view))
}

fn judge(
    chance: &mut Chance,
    strategies: [&mut (dyn LedgerPolicy + 'static); 2],
    ctx: &mut [Ctx<'_>; 2],
) -> Put2<dyn LedgerPolicy> {
    let account = drawn::account(chance, ctx[0].now());
    if chance.one_in(1, 2) {
        return both(strategies, ctx, PolicyQuestion::Weigh(&account));
    }
    let request = drawn::request(chance);
    both(strategies, ctx, PolicyQuestion::Admit(&account, &request))
}

fn search(
    chance: &mut Chance,
    strategies: [&mut (dyn ProviderFinder + 'static); 2],
    ctx: &mut [Ctx<'_>; 2],
) -> Put2<dyn ProviderFinder> {
    let view = drawn::search(chance, ctx[0].now());
    both(strategies, ctx, &view)
}

fn remember(
    chance: &mut Chance,
    strategies: [&mut (dyn Registry + 'static); 2],
    ctx: &mut [Ctx<'_>; 2],
) -> Put2<dyn Registry> {
    if chance.one_in(1, 2) {
        let question = RegistryQuestion::Candidates(drawn::want(chance), 3);
        return both(strategies, ctx, question);
    }
    let (want, eligible) = drawn::relay_request(chance, ctx[0].now());
    let view = RelayView {
        eligible: &eligible,
        degree_left: 3,
        held_for_requester: 0,
        held_for_requester_max: 64,
    };
    both(strategies, ctx, RegistryQuestion::Relay(&want, &view))
}

#[cfg(test)]
mod tests;
