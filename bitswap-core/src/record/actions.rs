//! The forms of actions. They are not in a recording; a digest of them is.

use super::form::{Kind, Pen, Put};
use crate::action::{Action, Answers, Failure, ReadItem};
use crate::event::{Event, OwnAsk, Reached, RelayOutcome, SearchStep, WantOutcome};
use crate::strategy::{Admission, AskOutcome, Source};
use crate::time::Timestamp;
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
        12 SuspendSend { peer, send },
        13 ResumeSend { peer, send, blocks },
    }
    Failure {
        1 Closed,
        2 NotFound,
        3 OverLimit { what, limit },
        4 Store(fault),
        5 TimedOut,
        6 Unverifiable,
        7 NobodyLeft(answers),
        8 Denied(denial),
    }
    Event {
        1 AskEnded { session, peer, want, kind, outcome, after },
        2 AskMade { session, peer, want, kind, own, reason },
        3 BlockUnawaited { peer, want },
        4 CandidatesNamed { session, want, named, joined, reason },
        5 LookupEnded { session, want, found },
        6 PeerConnected { peer, id },
        7 PeerDisconnected { peer },
        8 ProviderFound { session, want, peer, id, reached },
        9 RelayPlanned { requester, want, to, ttl, reason },
        10 RequestDecided { peer, want, kind, admission },
        11 RequestEvicted { peer, want },
        12 RequestServed { peer, want, bytes, after },
        13 SearchStep { session, want, step, reason },
        14 StrategyReplaced { role, name, generation },
        15 TurnTaken { peer, blocks, bytes, reason },
        16 WantEnded { want, outcome, after },
        17 WantOpened { session, want },
        18 MemberReplaced { session, want, newcomer, evicted, reason },
        19 RelayAdmitted { requester, want, ttl },
        20 RelayAsked { peer, want, kind, ttl },
        21 RelayEnded { requester, want, outcome },
    }
    OwnAsk { 1 Broadcast, 2 HeldBack, 3 NewPeer, 4 WithoutHave, 5 Moved, 6 Leecher }
    RelayOutcome { 1 Disconnected, 2 DontHave, 3 Expired, 4 RequestEnded }
    Reached { 1 Connected, 2 Dialled, 3 NotDialled }
    SearchStep { 1 Broadcast { peers }, 2 Candidates, 3 GiveUp, 4 LookUp }
    Admission { 1 Serve { reason }, 2 Defer { until, reason }, 3 Refuse { reason } }
    AskOutcome { 1 Block, 2 Cancelled, 3 Disconnected, 4 DontHave, 5 Have, 6 TimedOut }
    WantOutcome { 1 Cancelled, 2 Failed, 3 Local, 4 Received, 5 TimedOut }
    Lane { 1 Control, 2 Blocks }
    Source { 1 Routing }
}

kinds! {
    Action {
        Connect, Deliver, Fail, Finish, Disconnect, Lookup, Read, Report, Send, StopLookup, Write,
        SuspendSend, ResumeSend,
    }
}

/// A word of the program, such as the reason of a decision.
impl Put for &'static str {
    fn put(&self, pen: &mut Pen) {
        (**self).put(pen);
    }
}

impl Put for Timestamp {
    fn put(&self, pen: &mut Pen) {
        pen.number(self.as_nanos());
    }
}

impl Put for ReadItem {
    fn put(&self, pen: &mut Pen) {
        let Self { cid, size_only } = self;
        cid.put(pen);
        size_only.put(pen);
    }
}

impl Put for Answers {
    fn put(&self, pen: &mut Pen) {
        let Self { dont_have, silent, disconnected, lookups, providers, unreachable } = *self;
        for count in [dont_have, silent, disconnected, lookups, providers, unreachable] {
            count.put(pen);
        }
    }
}
