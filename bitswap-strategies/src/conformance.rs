//! What every strategy must keep to, tried on thousands of drawn views; a panic is not caught.

mod judge;
mod search;
#[cfg(test)]
pub(crate) use search::taken;
mod trial;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use bitswap_core::{Chance, Timestamp};
use toml::Table;

use crate::catalog::{Entry, Strategy};
use crate::fixture::drawn;
pub(crate) use trial::{Trial, events, observe};

/// Tries the strategy with its defaults, then with each parameter at its least and its most.
///
/// # Errors
/// The first [`Violation`] found.
pub fn check(entry: &Entry) -> Result<(), Violation> {
    check_with(entry, &Table::new())?;
    for parameter in entry.parameters() {
        for value in [parameter.least, parameter.most] {
            check_with(entry, &Table::from_iter([(parameter.name.to_owned(), value)]))?;
        }
    }
    Ok(())
}

/// Tries a strategy that is not in the catalog, such as one of another crate, by the rules that the
/// catalog's keep to. `make` makes a fresh one at each call.
///
/// ```
/// use bitswap_core::strategy::{Account, Admission, Ctx, LedgerPolicy, RequestView, Weight};
/// use bitswap_strategies::catalog::Strategy;
/// use bitswap_strategies::conformance::{Rule, check_made};
///
/// struct Silent;
///
/// impl LedgerPolicy for Silent {
///     fn weigh(&mut self, _: &mut Ctx<'_>, _: &Account) -> Weight {
///         Weight::ONE
///     }
///
///     fn admit(&mut self, _: &mut Ctx<'_>, _: &Account, _: &RequestView) -> Admission {
///         Admission::Serve { reason: "open to all" }
///     }
/// }
///
/// let broken = check_made(|| Strategy::LedgerPolicy(Box::new(Silent))).unwrap_err();
/// assert_eq!((broken.rule, broken.function), (Rule::SaysWhy, "weigh"));
/// ```
///
/// # Errors
/// The first [`Violation`] found.
pub fn check_made(make: impl Fn() -> Strategy) -> Result<(), Violation> {
    check_all(&|| Ok(make()))
}

/// A rule that a strategy broke.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {what}")]
#[non_exhaustive]
pub struct Violation {
    /// Which rule.
    pub rule: Rule,
    /// What it did.
    pub what: String,
    /// The function that was asked.
    pub function: &'static str,
}

/// What every strategy must keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Rule {
    /// A selector asks members that have what is wanted.
    #[error("a selector asks somebody who has what is wanted")]
    AsksSomebody,
    /// A search that has not ended does more than wait.
    #[error("a search that goes on does something")]
    GoesOn,
    /// Events that it does not want to hear do not change its answers.
    #[error("events outside events() change nothing")]
    HearsWhatItSays,
    /// An answer names only peers and CIDs that the question or an event named.
    #[error("an answer names only what the strategy was shown")]
    KnowsWhomItNames,
    /// An answer says nothing twice, and only a hedge asks twice for a block.
    #[error("an answer says each thing once")]
    SaysItOnce,
    /// Every decision has a reason of at most four words; there are at most 24 different ones.
    #[error("a reason has one to four words, and there are at most 24")]
    SaysWhy,
    /// Equal seeds, events and questions give equal answers; a rank or weight that is asked for
    /// again at once is the same.
    #[error("the same question in the same state has one answer")]
    SticksToIt,
    /// Its own bounds are accepted by it.
    #[error("a parameter may be set to its bounds")]
    TakesItsParameters,
    /// A search comes to a wait or to its end within four steps.
    #[error("a search waits or ends within four steps")]
    Waits,
    /// No number is beyond what its decision can carry.
    #[error("an answer stays within the bounds of its decision")]
    WithinBounds,
}

type Make<'a> = &'a dyn Fn() -> Result<Strategy, Violation>;

/// How many questions are put to a strategy.
const QUESTIONS: u32 = 2_000;

const SEED: u64 = 1;

fn check_with(entry: &Entry, params: &Table) -> Result<(), Violation> {
    check_all(&|| {
        let refused = |error| broken(Rule::TakesItsParameters, format!("{error}"));
        entry.make(params).map_err(refused)
    })
    .map_err(|broken| Violation { what: format!("{} [{params}]", broken.what), ..broken })
}

fn check_all(make: Make<'_>) -> Result<(), Violation> {
    check_answers(make)?;
    search::check(make()?).map_err(|broken| Violation { function: "next_step", ..broken })
}

fn check_answers(make: Make<'_>) -> Result<(), Violation> {
    let mut chance = Chance::named(SEED, "questions");
    let mut now = Timestamp::ZERO;
    // Where each reason was given first.
    let mut reasons = BTreeMap::new();
    let mut zeal = judge::Zeal::default();
    let mut strategy = Trial::new(make()?, SEED);
    let mut twin = Trial::new(make()?, SEED);
    let mut eavesdropper = Trial::new(make()?, SEED);
    for _ in 0..QUESTIONS {
        now = now.after(Duration::from_micros(chance.below(2_000_000)));
        for _ in 0..chance.below(4) {
            let event = drawn::event(&mut chance);
            strategy.hear(now, &event);
            twin.hear(now, &event);
            eavesdropper.overhear(now, &event);
        }
        let question = Chance::named(chance.bits(), "question");
        let answer = strategy.ask(now, question.clone());
        let function = answer.0.function();
        let [again, overheard] =
            [&mut twin, &mut eavesdropper].map(|other| other.ask(now, question.clone()));
        let judged = agree(Rule::SticksToIt, &answer, &again)
            .and_then(|()| agree(Rule::HearsWhatItSays, &answer, &overheard))
            .and_then(|()| judge::answer(now, &answer.0, answer.1));
        for reason in judged.map_err(|broken| Violation { function, ..broken })? {
            reasons.entry(reason).or_insert(function);
        }
        zeal.note(&answer.0);
    }
    if !strategy.asks_outsiders() {
        zeal.judge()?;
    }
    judge::reasons(&reasons)
}

fn agree<T: Debug + PartialEq>(rule: Rule, answer: &T, other: &T) -> Result<(), Violation> {
    if answer == other {
        return Ok(());
    }
    // A session of 256 wants and members would fill pages.
    let short = |answer| format!("{answer:?}").chars().take(1_000).collect::<String>();
    Err(broken(rule, format!("{} is answered otherwise: {}", short(answer), short(other))))
}

fn broken(rule: Rule, what: String) -> Violation {
    Violation { rule, what, function: "" }
}
