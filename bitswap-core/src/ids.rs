//! The names of things: counters that we hand out, and keyed hashes of what others chose.

macro_rules! id {
    ($($(#[$doc:meta])+ $name:ident),* $(,)?) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);
    )*};
}

id! {
    /// One request of one caller for a list of CIDs; chosen by the driver, never reused.
    CallId,
    /// A CID as machines and strategies see it: its hash, keyed with the engine's seed.
    /// Always the same within an engine and never reassigned.
    CidKey,
    /// A multihash, keyed as [`CidKey`]: what all CIDs of the same bytes share.
    HashKey,
    /// One look-up of providers; chosen by the engine.
    LookupId,
    /// A peer as machines and strategies see it: its id's hash, keyed with the engine's seed.
    /// It also breaks ties, since nobody can aim for a favoured value.
    PeerKey,
    /// One read of the store; chosen by the engine.
    ReadId,
    /// One message handed to the transport; chosen by the engine.
    SendId,
    /// Calls that belong together and share what they learn of peers; chosen by the driver.
    SessionId,
    /// One write to the store; chosen by the engine.
    WriteId,
}
