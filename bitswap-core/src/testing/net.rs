//! A network of engines whose messages arrive in the step in which they were sent.

use std::collections::VecDeque;

use cid::Cid;
use libp2p_identity::PeerId;

use super::driver::{Driver, Held};
use super::fixtures::{SPEAKS, connected, peer, received};
use crate::action::{Action, Failure};
use crate::block::Block;
use crate::engine::Engine;
use crate::ids::CallId;
use crate::input::Input;
use crate::limits::Limits;
use crate::time::Timestamp;
use crate::wire::Message;

/// Engines by number, all connected to one another; the engine number `n` is the peer number `n`.
#[derive(Debug)]
pub struct Net {
    /// The moment of the next input.
    pub now: Timestamp,
    /// The engines with their stores.
    pub nodes: Vec<Driver>,
    /// Deliveries, with the number of the engine.
    pub delivered: Vec<(usize, CallId, Cid)>,
    /// Failures, with the number of the engine.
    pub failed: Vec<(usize, CallId, Failure)>,
    /// Finished calls, with the number of the engine.
    pub finished: Vec<(usize, CallId)>,
    /// All messages, with the engines that sent and received them.
    pub messages: Vec<(usize, usize, Message)>,
}

impl Net {
    /// A network of `count` default engines.
    pub fn of(count: usize) -> Self {
        Self::within(count, &Limits::default())
    }

    /// A network of `count` default engines with these limits.
    pub fn within(count: usize, limits: &Limits) -> Self {
        let node = || Driver::within(limits.clone()).holding(&[Held::Dials, Held::Sends]);
        let mut net = Self {
            now: Timestamp::ZERO,
            nodes: (0..count).map(|_| node()).collect(),
            delivered: Vec::new(),
            failed: Vec::new(),
            finished: Vec::new(),
            messages: Vec::new(),
        };
        for one in 0..count {
            for other in (0..count).filter(|other| *other != one) {
                net.connect(one, other);
            }
        }
        net
    }

    /// The engine number `at`.
    pub fn engine(&self, at: usize) -> &Engine {
        &self.nodes[at].engine
    }

    /// Tells the engine `one` that it is connected to `other`.
    pub fn connect(&mut self, one: usize, other: usize) {
        self.give(one, connected(other as u64, SPEAKS.protocol));
    }

    /// Puts a block into the store of the engine `at`, without an input.
    pub fn store(&mut self, at: usize, block: &(Cid, Block)) {
        self.nodes[at].store(block);
    }

    /// Puts blocks into the store of the engine `at`, without an input.
    pub fn store_all(&mut self, at: usize, blocks: &[(Cid, Block)]) {
        self.nodes[at].store_all(blocks);
    }

    /// Hands the engine `at` an input, and runs everything that follows without time.
    ///
    /// # Panics
    /// If an invariant of an engine is broken, or one step follows another without end.
    pub fn give(&mut self, at: usize, input: Input) {
        let mut inputs = VecDeque::from([(at, input)]);
        let mut steps = 0;
        while let Some((at, input)) = inputs.pop_front() {
            let node = &mut self.nodes[at];
            node.now = self.now;
            for action in node.give(input) {
                self.note(at, action, &mut inputs);
            }
            steps += 1;
            assert!(steps < 100_000, "no end of it");
        }
    }

    /// Lets time pass until `until`, deadline by deadline.
    pub fn run_until(&mut self, until: Timestamp) {
        let next = |(at, node): (usize, &Driver)| Some((node.engine.next_deadline()?, at));
        while let Some((deadline, at)) = self.nodes.iter().enumerate().filter_map(next).min()
            && deadline <= until
        {
            self.now = deadline;
            self.give(at, Input::DeadlineReached);
        }
        self.now = until;
    }

    fn note(&mut self, at: usize, action: Action, inputs: &mut VecDeque<(usize, Input)>) {
        match action {
            Action::Deliver { call, cid, .. } => self.delivered.push((at, call, cid)),
            Action::Fail { call, why, .. } => self.failed.push((at, call, why)),
            Action::Finish { call } => self.finished.push((at, call)),
            Action::Send { peer: to, send, message, .. } => {
                inputs.push_back((at, Input::Sent { peer: to, send }));
                if let Some(place) = self.place_of(&to) {
                    self.messages.push((at, place, message.clone()));
                    inputs.push_back((place, received(at as u64, message)));
                }
            }
            Action::Connect { .. }
            | Action::Disconnect { .. }
            | Action::Lookup { .. }
            | Action::Read { .. }
            | Action::Report(_)
            | Action::StopLookup { .. }
            | Action::SuspendSend { .. }
            | Action::ResumeSend { .. }
            | Action::Write { .. } => {}
        }
    }

    fn place_of(&self, id: &PeerId) -> Option<usize> {
        (0..self.nodes.len()).find(|place| peer(*place as u64) == *id)
    }
}
