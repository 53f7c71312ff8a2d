//! A transport with a ramp goes on, and its nodes hear what comes of it.

use bitswap_core::Timestamp;

use super::World;
use super::event_queue::{Coming, SimEvent};
use crate::network::{Carried, Departure, Frame, InFlightFrame, Step, Transport};

impl World {
    /// From now on messages are carried like this. What is on its way by then is not looked at.
    pub const fn carry_by(&mut self, transport: Transport) {
        self.network.carry_by(transport);
    }

    /// A message is written to a socket. A node that does not read takes it as before a line.
    pub(super) fn write_out(&mut self, frame: Box<Frame>) {
        if self.nodes[frame.to.place()].who.reads() {
            self.network.write(self.now, frame);
            return self.carry();
        }
        let (left_at, in_flight) = (self.now, InFlightFrame::of(frame));
        self.fill_window(&Departure { left_at, reaches_at: None, breaks_at: None, in_flight });
    }

    /// The transport does what it is time for.
    pub(super) fn step_on(&mut self, step: Step) {
        self.network.step(self.now, step);
        self.carry();
    }

    fn carry(&mut self) {
        for (at, carried) in self.network.carried() {
            self.queue.schedule(at, event(at, carried));
        }
    }
}

fn event(until: Timestamp, carried: Carried) -> SimEvent {
    match carried {
        Carried::Arrives(in_flight) => SimEvent::Arrives(in_flight),
        Carried::Breaks { from, to, life } => SimEvent::Breaks { from, to, life },
        Carried::Comes { from, to, life, bytes } => {
            SimEvent::Comes(Box::new(Coming { from, to, life, bytes, until }))
        }
        Carried::Steps(step) => SimEvent::Steps(step),
        Carried::Written { from, to, pair, number } => SimEvent::Left { from, to, pair, number },
    }
}
