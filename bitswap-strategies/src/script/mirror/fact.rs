//! Facts as scripts hear them.

use std::time::Duration;

use bitswap_core::strategy::{Fact, Hears};
use bitswap_core::{CidKey, PeerKey};
use rhai::{Dynamic, Engine, INT};

use crate::script::convert::{array, key, kind, maybe_span};

/// The kinds of facts by name: [`Fact`]'s variants in snake case.
const KINDS: &[(&str, Hears)] = &[
    ("ask_timed_out", Hears::ASK_TIMED_OUT),
    ("block_received", Hears::BLOCK_RECEIVED),
    ("block_sent", Hears::BLOCK_SENT),
    ("dont_have_received", Hears::DONT_HAVE_RECEIVED),
    ("duplicate_received", Hears::DUPLICATE_RECEIVED),
    ("have_received", Hears::HAVE_RECEIVED),
    ("peer_connected", Hears::PEER_CONNECTED),
    ("peer_disconnected", Hears::PEER_DISCONNECTED),
    ("want_seen", Hears::WANT_SEEN),
];

/// The facts that a script's `hears()` names.
///
/// # Errors
/// It returned no array, or a name that no fact has.
pub(in crate::script) fn hears(value: Dynamic) -> Result<Hears, String> {
    let known = || KINDS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    array("what it hears", value)?.into_iter().try_fold(Hears::NOTHING, |heard, name| {
        let name = name.into_string().unwrap_or_default();
        let found = KINDS.iter().find(|(known, _)| *known == name);
        let (_, fact) =
            found.ok_or_else(|| format!("there is no fact `{name}`; there are {}", known()))?;
        Ok(heard | *fact)
    })
}

pub(super) fn register(engine: &mut Engine) {
    view!(engine, Fact as "Fact" {
        "kind" => name,
        "peer" => |fact| key(peer(fact).0),
        "want" => |fact| maybe(want(fact).map(|want| key(want.0))),
        "bytes" => |fact| maybe(bytes(fact).map(INT::from)),
        "after_ms" => |fact| maybe_span(after(fact)),
        "want_kind" => want_kind,
    });
}

fn name(fact: &Fact) -> &'static str {
    KINDS.iter().find(|(_, hears)| *hears == fact.kind()).map_or("unknown", |(name, _)| name)
}

fn peer(fact: &Fact) -> PeerKey {
    match fact {
        Fact::AskTimedOut { peer, .. }
        | Fact::BlockReceived { peer, .. }
        | Fact::BlockSent { peer, .. }
        | Fact::DontHaveReceived { peer, .. }
        | Fact::DuplicateReceived { peer, .. }
        | Fact::HaveReceived { peer, .. }
        | Fact::PeerConnected { peer }
        | Fact::PeerDisconnected { peer }
        | Fact::WantSeen { peer, .. } => *peer,
        _ => PeerKey::default(),
    }
}

fn want(fact: &Fact) -> Option<CidKey> {
    match fact {
        Fact::AskTimedOut { want, .. }
        | Fact::BlockReceived { want, .. }
        | Fact::BlockSent { want, .. }
        | Fact::DontHaveReceived { want, .. }
        | Fact::HaveReceived { want, .. }
        | Fact::WantSeen { want, .. } => Some(*want),
        _ => None,
    }
}

fn bytes(fact: &Fact) -> Option<u32> {
    match fact {
        Fact::BlockReceived { bytes, .. }
        | Fact::BlockSent { bytes, .. }
        | Fact::DuplicateReceived { bytes, .. } => Some(*bytes),
        _ => None,
    }
}

fn after(fact: &Fact) -> Option<Duration> {
    if let Fact::BlockReceived { after, .. } = fact { *after } else { None }
}

fn want_kind(fact: &Fact) -> Dynamic {
    if let Fact::WantSeen { kind: seen, .. } = fact {
        Dynamic::from(kind(*seen))
    } else {
        Dynamic::UNIT
    }
}

fn maybe(value: Option<INT>) -> Dynamic {
    value.map_or(Dynamic::UNIT, Dynamic::from)
}
