//! A driver of one engine, in a world that the test controls.

mod gestures;
mod record;

use std::collections::VecDeque;
use std::time::Duration;

use libp2p_identity::PeerId;

use super::fixtures::at;
use super::store::ToyStore;
use crate::action::{Action, ReadItem};
use crate::config::EngineConfig;
use crate::deadlines::DeadlineReason;
use crate::engine::Engine;
use crate::event::Event;
use crate::ids::SendId;
use crate::input::{Input, ReadAnswer};
use crate::limits::Limits;
use crate::strategy::{StrategySet, plain};
use crate::time::Timestamp;

/// A kind of action that waits for an input. A [`Driver`] answers it at once unless the test holds
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// [`Action::Connect`], which otherwise fails.
    Dials,
    /// [`Action::Lookup`], which otherwise ends without a provider.
    Lookups,
    /// [`Action::Read`], which the store otherwise answers.
    Reads,
    /// [`Action::Send`], which otherwise counts as written.
    Sends,
    /// [`Action::Write`], which the store otherwise carries out.
    Writes,
}

impl Held {
    /// The kinds that the network answers, and not the store.
    pub const NETWORK: [Self; 3] = [Self::Dials, Self::Lookups, Self::Sends];
}

/// An engine, its world, and the actions so far.
#[derive(Debug)]
pub struct Driver {
    /// The engine. Its inputs go through [`give`](Self::give).
    pub engine: Engine,
    /// The moment of the next input.
    pub now: Timestamp,
    /// The blocks that the engine's store has.
    pub stored: ToyStore,
    /// All actions so far, without reports.
    pub log: Vec<Action>,
    /// All events that the engine reported so far.
    pub events: Vec<Event>,
    held: Vec<Held>,
    /// Actions that no input has closed.
    open: Vec<Action>,
}

impl Default for Driver {
    /// An engine with the default configuration, the seed 7 and the plain strategies.
    fn default() -> Self {
        Self::new(EngineConfig::seeded(7), plain::strategies())
    }
}

impl Driver {
    /// A driver of an engine that has had no input.
    ///
    /// # Panics
    /// If the configuration cannot be used.
    pub fn new(config: EngineConfig, strategies: StrategySet) -> Self {
        Self {
            engine: Engine::new(config, strategies).expect("the configuration works"),
            now: Timestamp::ZERO,
            stored: ToyStore::default(),
            log: Vec::new(),
            events: Vec::new(),
            held: Vec::new(),
            open: Vec::new(),
        }
    }

    /// The default engine, but with these limits.
    pub fn within(limits: Limits) -> Self {
        Self::new(EngineConfig { limits, ..EngineConfig::seeded(7) }, plain::strategies())
    }

    /// The default engine, but with these strategies.
    pub fn with(strategies: StrategySet) -> Self {
        Self::new(EngineConfig::seeded(7), strategies)
    }

    /// This driver, holding actions of these kinds.
    #[must_use]
    pub fn holding(mut self, kinds: &[Held]) -> Self {
        self.hold(kinds);
        self
    }

    /// This driver, after the peers number 1 to `count` connected.
    #[must_use]
    pub fn with_peers(mut self, count: u64) -> Self {
        for n in 1..=count {
            self.connect(n);
        }
        self
    }

    /// Hands the engine an input, and then the answers to all actions that are not held, in the
    /// order of the actions. Returns the actions of all these steps, without reports.
    ///
    /// # Panics
    /// If an invariant of the engine is broken, or one step follows another without end.
    pub fn give(&mut self, input: Input) -> Vec<Action> {
        let begin = self.log.len();
        let mut inputs = VecDeque::from([input]);
        let mut steps = 0;
        while let Some(input) = inputs.pop_front() {
            self.close(&input);
            self.engine.handle(self.now, input);
            assert_eq!(self.engine.violation(), None);
            while let Some(action) = self.engine.poll_action() {
                inputs.extend(self.note(action));
            }
            steps += 1;
            assert!(steps < 100_000, "no end of it");
        }
        self.log.split_at(begin).1.to_vec()
    }

    /// Sets the clock to `ms` milliseconds after the start. Deadlines before that are not played.
    pub const fn at(&mut self, ms: u64) -> &mut Self {
        self.now = at(ms);
        self
    }

    /// Sets the clock to the engine's next deadline and tells the engine that it is reached.
    ///
    /// # Panics
    /// If the engine has no deadline.
    pub fn reach_deadline(&mut self) -> Vec<Action> {
        let deadline = self.engine.next_deadline().expect("the engine waits for a moment");
        self.now = self.now.max(deadline);
        self.give(Input::DeadlineReached)
    }

    /// Lets time pass until something is due for this reason.
    ///
    /// # Panics
    /// If nothing ever is.
    pub fn reach(&mut self, reason: DeadlineReason) -> Vec<Action> {
        while self.engine.next_deadline_reason() != Some(reason) {
            self.reach_deadline();
        }
        self.reach_deadline()
    }

    /// Lets time pass until `until`, deadline by deadline.
    pub fn run_until(&mut self, until: Timestamp) {
        while self.engine.next_deadline().is_some_and(|deadline| deadline <= until) {
            self.reach_deadline();
        }
        self.now = until;
    }

    /// Lets `seconds` pass, deadline by deadline.
    pub fn pass_secs(&mut self, seconds: u64) {
        self.run_until(self.now.after(Duration::from_secs(seconds)));
    }

    /// From now on holds actions of these kinds and of no other; the test closes them.
    pub fn hold(&mut self, kinds: &[Held]) {
        self.held = kinds.to_vec();
    }

    /// Holds nothing any more: every open action is answered.
    pub fn release(&mut self) {
        self.held.clear();
        for action in self.open.clone() {
            if let Some((_, answer)) = self.answer(&action) {
                self.give(answer);
            }
        }
    }

    /// Holds nothing any more: every open message is lost, and all else is answered.
    pub fn lose_sends(&mut self) {
        self.held.clear();
        for (peer, send) in self.open_sends() {
            self.give(Input::SendFailed { peer, send });
        }
        self.release();
    }

    /// The messages that are neither written nor lost.
    pub fn open_sends(&self) -> Vec<(PeerId, SendId)> {
        let open = |action: &Action| {
            let Action::Send { peer, send, .. } = action else { return None };
            Some((*peer, *send))
        };
        self.open.iter().filter_map(open).collect()
    }

    /// Answers the reads among `actions`, item by item, and returns the actions that follow.
    pub fn answer_reads(
        &mut self,
        actions: &[Action],
        answer: impl Fn(&ReadItem) -> ReadAnswer,
    ) -> Vec<Action> {
        let mut after = Vec::new();
        for action in actions {
            if let Action::Read { read, items } = action {
                let answers = items.iter().map(&answer).collect();
                after.extend(self.give(Input::ReadDone { read: *read, answers }));
            }
        }
        after
    }

    /// Records an action, and returns its answer unless there is none or it is held.
    fn note(&mut self, action: Action) -> Option<Input> {
        if let Action::Report(event) = action {
            self.events.push(event);
            return None;
        }
        self.log.push(action.clone());
        let (kind, answer) = self.answer(&action)?;
        self.open.push(action);
        (!self.held.contains(&kind)).then_some(answer)
    }

    /// The answer of a world in which the store works and no new peer is found.
    fn answer(&self, action: &Action) -> Option<(Held, Input)> {
        match action {
            Action::Connect { peer } => Some((Held::Dials, Input::DialFailed { peer: *peer })),
            Action::Lookup { lookup, .. } => {
                Some((Held::Lookups, Input::LookupEnded { lookup: *lookup }))
            }
            Action::Read { read, items } => {
                let answers = items.iter().map(|item| self.stored.answer(item)).collect();
                Some((Held::Reads, Input::ReadDone { read: *read, answers }))
            }
            Action::Send { peer, send, .. } => {
                Some((Held::Sends, Input::Sent { peer: *peer, send: *send }))
            }
            Action::Write { write, .. } => {
                Some((Held::Writes, Input::WriteDone { write: *write, outcome: Ok(()) }))
            }
            Action::Deliver { .. }
            | Action::Fail { .. }
            | Action::Finish { .. }
            | Action::Disconnect { .. }
            | Action::Report(_)
            | Action::StopLookup { .. }
            | Action::SuspendSend { .. }
            | Action::ResumeSend { .. } => None,
        }
    }

    /// Removes the open actions that `input` closes; written blocks are in the store now.
    fn close(&mut self, input: &Input) {
        for closed in self.open.extract_if(.., |action| closes(input, action)) {
            let stored = matches!(input, Input::WriteDone { outcome: Ok(()), .. });
            if let Action::Write { blocks, .. } = closed
                && stored
            {
                for block in blocks {
                    self.stored.put(block);
                }
            }
        }
    }
}

/// Whether an open action is closed by this input, by the table in the crate's documentation.
fn closes(input: &Input, action: &Action) -> bool {
    match (input, action) {
        (
            Input::DialFailed { peer: other } | Input::PeerConnected { peer: other, .. },
            Action::Connect { peer },
        )
        | (Input::PeerDisconnected { peer: other }, Action::Send { peer, .. }) => peer == other,
        (Input::LookupEnded { lookup: ended }, Action::Lookup { lookup, .. }) => lookup == ended,
        (Input::ReadDone { read: done, .. }, Action::Read { read, .. }) => read == done,
        (
            Input::Sent { send: done, .. } | Input::SendFailed { send: done, .. },
            Action::Send { send, .. },
        ) => send == done,
        (Input::WriteDone { write: done, .. }, Action::Write { write, .. }) => write == done,
        _ => false,
    }
}
