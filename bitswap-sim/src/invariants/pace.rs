//! How much may come of one input: I14.

use std::mem;

use bitswap_core::{Action, Block, Engine, Failure, Input, Timestamp};
use cid::Cid;
use multihash::Multihash;

use super::peer::Peer;
use super::{CheckResult, InvariantChecker, name, violation};

impl InvariantChecker {
    /// Actions for each peer, item and waiter.
    const EACH: usize = 4;
    /// Actions that need no reason.
    const FEW: usize = 64;

    /// How many actions may come of an input: for each peer, for each thing that the input names,
    /// and for each call and each peer's want that waits for such a thing.
    pub(super) fn most_actions(&self, engine: &Engine, input: &Input) -> usize {
        Self::EACH * (self.peers.len() + self.named(engine, input)) + Self::FEW
    }

    /// Whether an action counts for itself: all calls that wait for a CID are told at once that it
    /// does not come, and the last thing that a call is told is followed by its end. What is over
    /// by its time is told whole.
    pub(super) fn counts(&mut self, action: &Action) -> bool {
        match action {
            Action::Deliver { call, .. } => {
                self.current.told_last = (None, Some(*call));
                true
            }
            Action::Fail { call, cid, why } => {
                let told = (Some(*cid), Some(*call));
                let is_news = mem::replace(&mut self.current.told_last, told).0 != Some(*cid);
                is_news && *why != Failure::TimedOut
            }
            Action::Finish { call } => self.current.told_last.1 != Some(*call),
            // Whatever makes room for a message, its blocks are read, each by itself.
            Action::Read { .. } => {
                self.current.reads += 1;
                self.current.reads > self.config.limits.reads_per_peer
            }
            // Tellings do nothing, and what was begun is ended once.
            Action::Report(_) | Action::StopLookup { .. } => false,
            Action::Connect { .. }
            | Action::Disconnect { .. }
            | Action::Lookup { .. }
            | Action::Send { .. }
            | Action::SuspendSend { .. }
            | Action::ResumeSend { .. }
            | Action::Write { .. } => true,
        }
    }

    /// What an input names, and who waits for that.
    fn named(&self, engine: &Engine, input: &Input) -> usize {
        let of_peer = |peer| self.peers.get(&name::of_peer(peer)).map_or(0, Peer::has);
        match input {
            Input::BlocksAdded { blocks } => blocks.len() + self.waiters(engine, blocks),
            Input::CallCancelled { call } => 1 + self.callers.left_of(*call),
            Input::CallDemand { call, blocks } => {
                1 + self.callers.left_of(*call).min(*blocks as usize)
            }
            Input::CallsOpened { calls } => calls.iter().map(|call| call.cids.len()).sum(),
            Input::CidsDenied { cids } => cids.len(),
            Input::MessageReceived { message, .. } => {
                message.items() + self.waiters(engine, &message.blocks)
            }
            Input::PeerDisconnected { peer }
            | Input::PeerReset { peer }
            | Input::PeerChanged { peer, .. } => 1 + of_peer(peer),
            Input::ProvidersFound { peers, .. } => peers.len(),
            Input::ReadDone { read, answers } => {
                let names = self.open.reads.get(read).into_iter().flatten();
                let calls = names.map(|of_bytes| self.callers.calls_for(*of_bytes)).sum::<usize>();
                answers.len() + calls
            }
            Input::SendFailed { peer, send }
            | Input::SendWaits { peer, send }
            | Input::Sent { peer, send } => {
                let known = self.peers.get(&name::of_peer(peer));
                1 + known.map_or(0, |known| known.items_of(*send))
            }
            Input::SessionClosed { session } => 1 + self.callers.left_in(*session),
            Input::WriteDone { write, .. } => {
                let hashes = self.open.writes.get(write).into_iter().flatten();
                hashes.map(|hash| 1 + self.waiters_for(engine, hash)).sum()
            }
            Input::BytesReceived { .. }
            | Input::DeadlineReached
            | Input::DialFailed { .. }
            | Input::LookupEnded { .. }
            | Input::MessageRefused { .. }
            | Input::PeerClassified { .. }
            | Input::PeerConnected { .. }
            | Input::PeersExpected { .. }
            | Input::RttMeasured { .. }
            | Input::SessionOpened { .. }
            | Input::StrategiesReplaced { .. }
            | Input::UploadLimited { .. } => 1,
        }
    }

    fn waiters(&self, engine: &Engine, blocks: &[(Cid, Block)]) -> usize {
        blocks.iter().map(|(_, block)| self.waiters_for(engine, block.multihash())).sum()
    }

    /// Calls and peers' wants that wait for these bytes.
    fn waiters_for(&self, engine: &Engine, hash: &Multihash<64>) -> usize {
        self.callers.calls_for(name::of_hash(hash)) + engine.requests_for(hash)
    }

    /// I14: not too much at once, and time goes on.
    pub(super) fn look_at_pace(&mut self, deadline: Option<Timestamp>) -> CheckResult {
        let (actions, most) = (self.current.actions, self.current.most);
        self.check_counts.note_many(14, u64::from(actions > 0));
        if actions > most {
            return violation(14, || format!("{actions} actions, at most {most}"));
        }
        deadline.filter(|at| *at <= self.shown).map_or(Ok(()), |at| {
            violation(14, || format!("it wants to be called at {at:?}, which has passed"))
        })
    }
}
