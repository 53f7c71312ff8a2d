//! What must be true of any engine, kept by an onlooker who sees what goes in and what comes out.
//!
//! One onlooker watches one node. It knows only inputs, actions, and what an engine shows to
//! anybody who looks; so an engine cannot talk it into anything. What it does about an input costs
//! as much as the input has items, and does not grow with the number of nodes.

mod asks;
mod books;
mod callers;
mod census;
mod event;
mod fairness;
mod name;
mod pace;
mod passing;
mod peer;
mod rest;
mod room;
mod sending;
mod sizes;
mod turns;

use bitswap_core::{Action, Engine, EngineConfig, Input, Table, Timestamp};

pub use census::Census;
pub use rest::{agree, agree_while_open};

use callers::Callers;
use event::Happening;
use fairness::Fairness;
use passing::Passing;
use peer::Peer;
use turns::Turns;

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("I{invariant}: {what}")]
pub struct Breach {
    /// Its number, from 1; in [`Census::SENTENCES`] it has a sentence.
    pub invariant: u8,
    /// What is wrong.
    pub what: String,
}

/// Fine, or not.
type Verdict = Result<(), Breach>;

/// Watches one engine: [`hear`](Self::hear) each input before the engine does,
/// [`see`](Self::see) each action, then [`after`](Self::after).
#[derive(Debug)]
pub struct Onlooker {
    config: EngineConfig,
    /// What the engine's driver says.
    shown: Timestamp,
    /// The engine's own time.
    now: Timestamp,
    census: Census,
    callers: Callers,
    /// Connected peers, by name.
    peers: Table<u64, Peer>,
    /// What the store has, by the name of its bytes, as far as it said so.
    stored: Table<u64, ()>,
    passing: Passing,
    turns: Turns,
    fairness: Fairness,
    open: event::Open,
    happening: Happening,
    /// When all open asks were looked at.
    swept_at: Timestamp,
    /// Inputs after which sizes were looked at.
    looks: u64,
    /// Bytes in the largest block there ever was.
    largest: u64,
    breach: Option<Breach>,
}

impl Onlooker {
    /// An onlooker of an engine that has just been made, with this configuration.
    pub fn new(config: &EngineConfig) -> Self {
        Self {
            config: config.clone(),
            shown: Timestamp::ZERO,
            now: Timestamp::ZERO,
            census: Census::default(),
            callers: Callers::default(),
            peers: Table::default(),
            stored: Table::default(),
            passing: Passing::new(&config.relay),
            turns: Turns::default(),
            fairness: Fairness::default(),
            open: event::Open::default(),
            happening: Happening::default(),
            swept_at: Timestamp::ZERO,
            looks: 0,
            largest: 0,
            breach: None,
        }
    }

    /// The engine is about to be given this.
    pub fn hear(&mut self, engine: &Engine, now: Timestamp, input: &Input) {
        self.shown = now;
        self.now = self.now.max(engine.moment(now));
        let most = self.most_actions(engine, input);
        self.happening.begin(most);
        let heard = self.note_input(engine, input);
        self.judge(heard);
    }

    /// The engine does this about it.
    pub fn see(&mut self, action: &Action) {
        let seen = self.note_action(action);
        self.judge(seen);
    }

    /// The engine has done all it wants to do.
    ///
    /// # Errors
    /// The first [`Breach`]; nothing that follows means anything.
    pub fn after(&mut self, engine: &Engine) -> Result<(), Breach> {
        self.after_until(engine, engine.next_deadline())
    }

    /// The same by who has asked the engine already when it wants to be called next.
    pub(crate) fn after_until(
        &mut self,
        engine: &Engine,
        deadline: Option<Timestamp>,
    ) -> Result<(), Breach> {
        let settled = self.look(engine, deadline);
        self.judge(settled);
        self.breach.take().map_or(Ok(()), Err)
    }

    /// How often each invariant had something to check so far.
    pub const fn census(&self) -> &Census {
        &self.census
    }

    fn judge(&mut self, verdict: Verdict) {
        if let Err(breach) = verdict {
            self.breach.get_or_insert(breach);
        }
    }
}

fn breach<T>(invariant: u8, what: impl FnOnce() -> String) -> Result<T, Breach> {
    Err(Breach { invariant, what: what() })
}
