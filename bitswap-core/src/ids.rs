//! Identifiers: counters for calls and actions, and keyed hashes for peers and CIDs.

macro_rules! id {
    ($($(#[$doc:meta])+ $name:ident),* $(,)?) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);
    )*};
}

id! {
    /// Id of a call: one request of a caller for a list of CIDs; chosen by the driver, never
    /// reused.
    CallId,
    /// A CID as engines and strategies see it: its hash, keyed with the engine's seed. It is the
    /// same as long as the engine lives, and never reassigned.
    CidKey,
    /// A multihash as engines see it: its hash, keyed with the engine's seed. All CIDs of the same
    /// bytes share it.
    HashKey,
    /// Id of a look-up of providers; chosen by the engine.
    LookupId,
    /// A peer as engines and strategies see it: the hash of its id, keyed with the engine's seed.
    /// It also breaks ties, since no peer can choose a favoured value.
    PeerKey,
    /// Id of a read from the store; chosen by the engine.
    ReadId,
    /// Id of a message handed to the transport; chosen by the engine.
    SendId,
    /// Id of a session: calls that share what they learn of peers; chosen by the driver.
    SessionId,
    /// Id of a write to the store; chosen by the engine.
    WriteId,
}

impl SessionId {
    /// What selectors are shown in place of a session where a stranger's want is relayed. The first
    /// block that they ask of a peer that is shown counts, at once; nothing else does.
    pub const RELAYED: Self = Self(u64::MAX);
}
