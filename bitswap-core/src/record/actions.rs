//! The forms of actions. They are not in a recording; a digest of them is.

use super::form::{Kind, Pen, Put};
use crate::action::{Action, Failure, ReadItem};
use crate::event::{Event, WantOutcome};
use crate::strategy::{AskOutcome, Source};
use crate::wire::Lane;

put_enums! {
    Action {
        1 Connect { peer },
        2 Deliver { call, cid, block },
        3 Fail { call, cid, why },
        4 Finish { call },
        5 Disconnect { peer },
        6 Lookup { lookup, cid, source, max_providers, timeout },
        7 Read { read, items },
        8 Report(event),
        9 Send { peer, lane, send, message },
        10 StopLookup { lookup },
        11 Write { write, blocks },
    }
    Failure {
        1 Closed,
        2 NotFound,
        3 OverLimit { what, limit },
        4 Store(fault),
        5 TimedOut,
        6 Unverifiable,
    }
    Event {
        1 AskEnded { session, peer, want, kind, outcome, after },
        2 AskMade { session, peer, want, kind, reason },
        3 RequestServed { peer, want, bytes, after },
        4 StrategyReplaced { role, name, generation },
        5 WantEnded { want, outcome, after },
    }
    AskOutcome { 1 Block, 2 Cancelled, 3 Disconnected, 4 DontHave, 5 Have, 6 TimedOut }
    WantOutcome { 1 Cancelled, 2 Failed, 3 Local, 4 Received, 5 TimedOut }
    Lane { 1 Control, 2 Blocks }
    Source { 1 Routing }
}

kinds! {
    Action {
        Connect, Deliver, Fail, Finish, Disconnect, Lookup, Read, Report, Send, StopLookup, Write,
    }
}

/// A word of the program, such as the reason of a decision.
impl Put for &'static str {
    fn put(&self, pen: &mut Pen) {
        (**self).put(pen);
    }
}

impl Put for ReadItem {
    fn put(&self, pen: &mut Pen) {
        let Self { cid, size_only } = self;
        cid.put(pen);
        size_only.put(pen);
    }
}
