//! The invariants of any engine, checked from outside by what goes in and what comes out.
//!
//! One checker watches one node. It knows only inputs, actions, and what an engine shows to
//! anybody who looks; so an engine cannot talk it into anything. What it does about an input costs
//! as much as the input has items, and does not grow with the number of nodes.

mod accounts;
mod asks;
mod callers;
mod check_counts;
mod fairness;
mod input;
mod name;
mod pace;
mod peer;
mod relay;
mod rest;
mod room;
mod sending;
mod sizes;
mod turns;

use bitswap_core::{Action, Engine, EngineConfig, Input, Table, Timestamp};

pub use check_counts::CheckCounts;
pub use rest::{agree, agree_while_open};

use callers::Callers;
use fairness::Fairness;
use input::CurrentInput;
use peer::Peer;
use relay::RelayChecks;
use turns::Turns;

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("I{invariant}: {what}")]
pub struct InvariantViolation {
    /// Its number, from 1; in [`CheckCounts::SENTENCES`] it has a sentence.
    pub invariant: u8,
    /// A description of what is wrong.
    pub what: String,
}

/// Whether an invariant holds.
type CheckResult = Result<(), InvariantViolation>;

/// Checks the invariants of one engine. Call [`before_input`](Self::before_input) before each
/// input, [`on_action`](Self::on_action) for each action, then [`after_input`](Self::after_input).
#[derive(Debug)]
pub struct InvariantChecker {
    config: EngineConfig,
    /// What the engine's driver says.
    shown: Timestamp,
    /// The engine's own time.
    now: Timestamp,
    check_counts: CheckCounts,
    callers: Callers,
    /// Connected peers, by name.
    peers: Table<u64, Peer>,
    /// What the store has, by the name of its bytes, as far as it said so.
    stored: Table<u64, ()>,
    relay: RelayChecks,
    turns: Turns,
    fairness: Fairness,
    open: input::Open,
    current: CurrentInput,
    /// When all open asks were looked at.
    swept_at: Timestamp,
    /// Inputs after which sizes were looked at.
    looks: u64,
    /// Bytes in the largest block there ever was.
    largest: u64,
    violation: Option<InvariantViolation>,
}

impl InvariantChecker {
    /// A checker of an engine that has just been made, with this configuration.
    pub fn new(config: &EngineConfig) -> Self {
        Self {
            config: config.clone(),
            shown: Timestamp::ZERO,
            now: Timestamp::ZERO,
            check_counts: CheckCounts::default(),
            callers: Callers::default(),
            peers: Table::default(),
            stored: Table::default(),
            relay: RelayChecks::new(&config.relay),
            turns: Turns::default(),
            fairness: Fairness::default(),
            open: input::Open::default(),
            current: CurrentInput::default(),
            swept_at: Timestamp::ZERO,
            looks: 0,
            largest: 0,
            violation: None,
        }
    }

    /// Records an input that the engine is about to be given.
    pub fn before_input(&mut self, engine: &Engine, now: Timestamp, input: &Input) {
        self.shown = now;
        self.now = self.now.max(engine.moment(now));
        let waited = self.look_at_waiting(engine);
        self.judge(waited);
        let most = self.most_actions(engine, input);
        self.current.begin(most);
        let heard = self.note_input(engine, input);
        self.judge(heard);
    }

    /// Checks an action that the engine took.
    pub fn on_action(&mut self, action: &Action) {
        let seen = self.note_action(action);
        self.judge(seen);
    }

    /// Checks the invariants after all actions of an input.
    ///
    /// # Errors
    /// The first [`InvariantViolation`]; nothing that follows means anything.
    pub fn after_input(&mut self, engine: &Engine) -> Result<(), InvariantViolation> {
        self.after_input_until(engine, engine.next_deadline())
    }

    /// Like [`after_input`](Self::after_input), for a caller that already knows the engine's next
    /// deadline.
    pub(crate) fn after_input_until(
        &mut self,
        engine: &Engine,
        deadline: Option<Timestamp>,
    ) -> Result<(), InvariantViolation> {
        let settled = self.look(engine, deadline);
        self.judge(settled);
        self.violation.take().map_or(Ok(()), Err)
    }

    /// How often each invariant had something to check so far.
    pub const fn check_counts(&self) -> &CheckCounts {
        &self.check_counts
    }

    fn judge(&mut self, verdict: CheckResult) {
        if let Err(violation) = verdict {
            self.violation.get_or_insert(violation);
        }
    }
}

fn violation<T>(invariant: u8, what: impl FnOnce() -> String) -> Result<T, InvariantViolation> {
    Err(InvariantViolation { invariant, what: what() })
}
