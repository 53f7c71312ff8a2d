//! The forms of inputs. A number stands for its variant for ever: new variants get new numbers.

use std::sync::Arc;

use cid::Cid;

use super::Recipe;
use super::form::{Fault, Kind, Pen, Put, Slip, Take};
use super::names::pseudonymous_text;
use crate::input::{CallOptions, Denial, Input, NewCall, ReadAnswer, SessionOptions, StoreFault};
use crate::strategy::{NamedStrategy, PeerClass, Role};
use crate::wire::{
    BlockPresence, Entry, Lanes, Message, PeerCapabilities, ProtocolVersion, RelayHeader, Skipped,
    WantKind,
};

enums! {
    Input {
        1 BlocksAdded { blocks },
        2 CallDemand { call, blocks },
        3 CallCancelled { call },
        5 DeadlineReached,
        6 DialFailed { peer },
        7 LookupEnded { lookup },
        8 MessageReceived { peer, message, skipped },
        9 MessageRefused { peer },
        10 PeerChanged { peer, capabilities },
        11 PeerClassified { peer, class, is_local },
        12 PeerConnected { peer, capabilities },
        13 PeerDisconnected { peer },
        14 RttMeasured { peer, round_trip },
        15 PeerReset { peer },
        16 ProvidersFound { lookup, peers },
        17 ReadDone { read, answers },
        18 SendFailed { peer, send },
        19 Sent { peer, send },
        20 SessionClosed { session },
        22 StrategiesReplaced { strategies },
        23 WriteDone { write, outcome },
        25 PeersExpected { expected },
        26 UploadLimited { node, per_peer },
        27 CidsDenied { cids },
        29 CallsOpened { calls },
        30 SendWaits { peer, send },
        31 BytesReceived { peer, bytes },
        32 SessionOpened { session, options, has_router },
    }
    ReadAnswer { 1 Block(block), 2 Failed(fault), 3 Missing, 4 Size(bytes), 5 Denied(denial) }
    Entry { 1 Cancel { cid }, 2 Want { cid, kind, priority, send_dont_have, relay } }
    WantKind { 1 Have, 2 Block }
    BlockPresence {
        1 DontHave,
        2 Have,
        3 Reachable { hops, want_id },
        4 Searching { for_ms, want_id },
    }
    PeerClass { 1 Peered, 2 Other }
    ProtocolVersion { 1 Unversioned, 2 V1_0, 3 V1_1, 4 V1_2, 5 Relay }
    Lanes { 1 One, 2 Two }
    Role { 1 PeerSelector, 2 TaskPrioritizer, 3 LedgerPolicy, 4 ProviderFinder, 5 Registry }
}

kinds! {
    Input {
        BlocksAdded, CallDemand, CallCancelled, CallsOpened, DeadlineReached, DialFailed,
        LookupEnded, MessageReceived, MessageRefused, PeerChanged, PeerClassified, PeerConnected,
        PeerDisconnected, RttMeasured, PeerReset, ProvidersFound, ReadDone, SendFailed, SendWaits,
        Sent, SessionClosed, SessionOpened, StrategiesReplaced, WriteDone,
        PeersExpected, UploadLimited, CidsDenied, BytesReceived,
    }
}

structs! {
    CallOptions { priority, credit, timeout, block_bytes }
    SessionOptions { ttl, ends_early, timeout }
    NewCall { session, call, cids, options }
    Message { full, entries, blocks, presences, pending_bytes, wants_remembered }
    PeerCapabilities { protocol, lanes }
    Skipped { over_budget, unusable, unhashed, unhashed_bytes }
    Recipe { role, name, params }
}

/// What a fault says may name files, and decides nothing.
impl Put for StoreFault {
    fn put(&self, _: &mut Pen) {}
}

impl Take for StoreFault {
    fn take(_: &mut Slip<'_, '_>) -> Result<Self, Fault> {
        Ok(Self(Arc::from("not recorded")))
    }
}

/// What denies may be the name of a file, and decides nothing.
impl Put for Denial {
    fn put(&self, _: &mut Pen) {}
}

impl Take for Denial {
    fn take(_: &mut Slip<'_, '_>) -> Result<Self, Fault> {
        Ok(Self(Arc::from("not recorded")))
    }
}

impl Put for (Cid, Denial) {
    fn put(&self, pen: &mut Pen) {
        self.0.put(pen);
        self.1.put(pen);
    }
}

impl Take for (Cid, Denial) {
    fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
        Ok((Take::take(slip)?, Take::take(slip)?))
    }
}

impl Put for Result<(), StoreFault> {
    fn put(&self, pen: &mut Pen) {
        self.is_ok().put(pen);
    }
}

impl Take for Result<(), StoreFault> {
    fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
        if bool::take(slip)? { Ok(Ok(())) } else { StoreFault::take(slip).map(Err) }
    }
}

impl Put for (Cid, BlockPresence) {
    fn put(&self, pen: &mut Pen) {
        self.0.put(pen);
        self.1.put(pen);
    }
}

impl Take for (Cid, BlockPresence) {
    fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
        Ok((Take::take(slip)?, Take::take(slip)?))
    }
}

impl Put for RelayHeader {
    fn put(&self, pen: &mut Pen) {
        self.ttl().put(pen);
        pen.fixed(self.want_id);
        self.expires_in_ms.put(pen);
    }
}

impl Take for RelayHeader {
    fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
        let (ttl, want_id, expires_in_ms) = (Take::take(slip)?, slip.fixed()?, Take::take(slip)?);
        Self::new(ttl, want_id, expires_in_ms).ok_or(Fault::Form("a relay header without hops"))
    }
}

/// A strategy is what it was made of.
impl Put for NamedStrategy {
    fn put(&self, pen: &mut Pen) {
        let recipe = Recipe {
            role: self.role(),
            name: Arc::clone(self.name()),
            params: Arc::clone(self.params()),
        };
        recipe.without_names(pen.pseudonyms.as_ref()).put(pen);
    }
}

impl Take for NamedStrategy {
    fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
        let recipe = Recipe::take(slip)?;
        (slip.maker)(&recipe).map_err(|why| Fault::Strategy(recipe, why))
    }
}

impl Recipe {
    /// The same, with pseudonyms that have these keys.
    pub(super) fn without_names(self, pseudonyms: Option<&crate::keys::Keys>) -> Self {
        match pseudonyms {
            None => self,
            Some(keys) => Self {
                name: pseudonymous_text(&self.name, keys).into(),
                params: pseudonymous_text(&self.params, keys).into(),
                role: self.role,
            },
        }
    }
}
