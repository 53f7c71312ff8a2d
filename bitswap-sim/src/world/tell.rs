//! An engine is told what happened, does all it wants to do about it, and is checked.

use bitswap_core::{Action, CallId, Input, Limits, Timestamp};

use super::event_queue::{Coming, SimEvent};
use super::node::{State, Who};
use super::{Halt, NodeId, World};
use crate::invariants::InvariantViolation;
use crate::network::{Delivery, InFlightFrame, Pair};
use crate::store::Job;

impl World {
    /// Wants and requests that are all looked at after each event.
    const ALL_AT_ONCE: u64 = 32;

    /// A node that has crashed hears nothing; one that is paused hears it later.
    pub(super) fn tell(&mut self, id: NodeId, input: Input) -> Result<(), Halt> {
        let node = &mut self.nodes[id.place()];
        match &mut node.state {
            State::Runs => self.run_engine(id, input),
            State::Paused(held) => {
                held.push(input);
                Ok(())
            }
            State::Crashed => Ok(()),
        }
    }

    fn run_engine(&mut self, id: NodeId, input: Input) -> Result<(), Halt> {
        let node = &mut self.nodes[id.place()];
        let Who::Engine(engine) = &mut node.who else {
            self.tell_hostile(id, &input);
            return Ok(());
        };
        self.events += 1;
        self.digest.begin(self.now, id, &input);
        let shown = node.clock.shows(self.now);
        if let Some(checker) = &mut node.checker {
            checker.before_input(engine, shown, &input);
        }
        if let Some(diary) = &mut self.diary {
            diary.push(format!("#{} {:?} {id} hears {input:?}", self.events, self.now));
        }
        let began = self.stopwatch.map_or(0, |nanos| nanos());
        engine.handle(shown, input);
        self.engine_nanos += self.stopwatch.map_or(0, |nanos| nanos() - began);
        while let Some(action) = self.next_action(id) {
            self.act(id, action);
        }
        let deadline = self.note_deadline(id);
        self.check(id, deadline)
    }

    fn next_action(&mut self, id: NodeId) -> Option<Action> {
        let node = &mut self.nodes[id.place()];
        let Who::Engine(engine) = &mut node.who else {
            return None;
        };
        let action = engine.poll_action()?;
        if let Some(checker) = &mut node.checker {
            checker.on_action(&action);
        }
        if let Some(diary) = &mut self.diary
            && !matches!(action, Action::Report(_))
        {
            diary.push(format!("   {id} does {action:?}"));
        }
        Some(action)
    }

    /// Looks whether the engine that moved, and wants to be called next at `deadline` by its own
    /// clock, kept its invariants.
    fn check(&mut self, id: NodeId, deadline: Option<Timestamp>) -> Result<(), Halt> {
        let node = &mut self.nodes[id.place()];
        let (Who::Engine(engine), Some(checker)) = (&node.who, &mut node.checker) else {
            return Ok(());
        };
        let gauges = engine.gauges();
        self.most_wants = self.most_wants.max(gauges.wants);
        let mut verdict = checker.after_input_until(engine, deadline);
        // It looks at everything: where there is much, after so many fewer events.
        if self.events.is_multiple_of(1 + (gauges.wants + gauges.requests) / Self::ALL_AT_ONCE) {
            let own = |what| Err(InvariantViolation { invariant: 0, what });
            verdict = verdict.and_then(|()| engine.violation().map_or(Ok(()), own));
        }
        self.verdict(id, verdict)
    }

    /// What somebody found wrong with a node is the end of the run.
    pub(super) fn verdict(
        &self,
        node: NodeId,
        verdict: Result<(), InvariantViolation>,
    ) -> Result<(), Halt> {
        let (seed, event) = (self.seed, self.events);
        verdict.map_err(|InvariantViolation { invariant, what }| Halt::Violation {
            seed,
            event,
            node,
            invariant,
            what,
        })
    }

    /// One event for each node is in the queue, not later than its deadline: most deadlines
    /// move before they come. Tells when that is by the node's own clock.
    pub(super) fn note_deadline(&mut self, id: NodeId) -> Option<Timestamp> {
        let node = &mut self.nodes[id.place()];
        let shown = node.who.next_deadline();
        node.deadline = shown.map(|shown| node.clock.moment(shown));
        if let Some(at) = node.deadline
            && node.timer_at.is_none_or(|timer| at < timer)
        {
            node.timer_at = Some(at);
            self.queue.schedule(at, SimEvent::Deadline(id));
        }
        shown
    }

    /// A node wanted to be called at about this moment.
    pub(super) fn look_at_deadline(&mut self, id: NodeId, at: Timestamp) -> Result<(), Halt> {
        let node = &mut self.nodes[id.place()];
        if node.timer_at != Some(at) {
            return Ok(());
        }
        node.timer_at = None;
        match node.deadline {
            Some(deadline) if deadline <= at => {
                self.now = self.now.max(at);
                self.tell(id, Input::DeadlineReached)
            }
            Some(deadline) => {
                node.timer_at = Some(deadline);
                self.queue.schedule(deadline, SimEvent::Deadline(id));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// A store has done what a node asked, if the node still remembers.
    pub(super) fn stored_for(&mut self, id: NodeId, life: u32, job: Job) -> Result<(), Halt> {
        let node = &mut self.nodes[id.place()];
        if node.life != life {
            return Ok(());
        }
        let input = node.store.perform(job);
        self.tell(id, input)
    }

    /// A caller gives the credit it has ready, or asks for more of its tree.
    pub(super) fn demand(&mut self, call: CallId) -> Result<(), Halt> {
        let now = self.now;
        let Some(place) = self.caller_of(call) else {
            return Ok(());
        };
        let caller = &mut self.callers[place];
        if caller.tree.is_some() {
            return if caller.report.ended_at.is_none() { self.go_on(place) } else { Ok(()) };
        }
        let (node, blocks) = (caller.report.node, caller.take_credit(now));
        if blocks == 0 {
            return Ok(());
        }
        self.tell(node, Input::CallDemand { call, blocks })
    }

    /// The last byte of a message has left.
    pub(super) fn leave(
        &mut self,
        (from, to, pair): (NodeId, NodeId, Pair),
        number: u64,
    ) -> Result<(), Halt> {
        let Some(send) = self.network.left(from, pair, number) else {
            return Ok(());
        };
        let peer = self.nodes[to.place()].peer_id;
        self.tell(from, Input::Sent { peer, send })
    }

    /// The first byte of a message is at its receiver's downlink.
    pub(super) fn reach(&mut self, in_flight: InFlightFrame) {
        let (from, to, _) = in_flight.route();
        let (life, bytes) = (in_flight.life(), in_flight.frame().bytes_on_wire());
        match self.network.reached(self.now, in_flight) {
            Delivery::Arrives(at, in_flight) => {
                let (told, takes) = (Limits::BYTES_TOLD.as_nanos(), at.since(self.now).as_nanos());
                let bytes = u128::from(bytes) * told / takes.max(1);
                self.comes(Coming { from, to, life, bytes: bytes as u64, until: at });
                self.queue.schedule(at, SimEvent::Arrives(in_flight));
            }
            Delivery::Held | Delivery::Lost => self.make_way(to),
        }
    }

    /// A node hears now and then of a message that takes long to come.
    fn comes(&mut self, coming: Coming) {
        let next = self.now.after(Limits::BYTES_TOLD);
        if next < coming.until {
            self.queue.schedule(next, SimEvent::Comes(Box::new(coming)));
        }
    }

    /// A part of a message came, if its connection is still there.
    pub(super) fn came(&mut self, coming: Coming) -> Result<(), Halt> {
        let Coming { from, to, life, bytes, .. } = coming;
        if self.network.life(from, to) != Some(life) || self.network.link(from, to).is_none() {
            return Ok(());
        }
        self.comes(coming);
        let peer = self.nodes[from.place()].peer_id;
        self.tell(to, Input::BytesReceived { peer, bytes })
    }

    /// A message is through: it is read as a connection would read it.
    pub(super) fn arrive(&mut self, in_flight: InFlightFrame) -> Result<(), Halt> {
        let (_, to, _) = in_flight.route();
        let frame = self.network.arrived(in_flight);
        self.make_way(to);
        let Some(frame) = frame else {
            return Ok(());
        };
        if frame.stream.is_some() {
            return self.arrive_raw(&frame);
        }
        let to = frame.to;
        let input = self.read(*frame);
        self.tell(to, input)
    }
}
