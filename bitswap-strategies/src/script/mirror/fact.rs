//! Facts as scripts hear them.

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
        "peer" => |fact| parts(fact).0.map_or(Dynamic::UNIT, |peer| key(peer.0).into()),
        "want" => |fact| parts(fact).1.map_or(Dynamic::UNIT, |want| key(want.0).into()),
        "bytes" => |fact| parts(fact).2.map_or(Dynamic::UNIT, |bytes| INT::from(bytes).into()),
        "after_ms" => after,
        "want_kind" => want_kind,
    });
}

fn name(fact: &Fact) -> &'static str {
    KINDS.iter().find(|(_, hears)| *hears == fact.kind()).map_or("unknown", |(name, _)| name)
}

/// What several kinds of facts have.
const fn parts(fact: &Fact) -> (Option<PeerKey>, Option<CidKey>, Option<u32>) {
    match fact {
        Fact::BlockReceived { peer, want, bytes, .. } | Fact::BlockSent { peer, want, bytes } => {
            (Some(*peer), Some(*want), Some(*bytes))
        }
        Fact::DuplicateReceived { peer, bytes } => (Some(*peer), None, Some(*bytes)),
        Fact::AskTimedOut { peer, want }
        | Fact::DontHaveReceived { peer, want }
        | Fact::HaveReceived { peer, want }
        | Fact::WantSeen { peer, want, .. } => (Some(*peer), Some(*want), None),
        Fact::PeerConnected { peer } | Fact::PeerDisconnected { peer } => (Some(*peer), None, None),
        _ => (None, None, None),
    }
}

fn after(fact: &Fact) -> Dynamic {
    if let Fact::BlockReceived { after, .. } = fact { maybe_span(*after) } else { Dynamic::UNIT }
}

fn want_kind(fact: &Fact) -> Dynamic {
    if let Fact::WantSeen { kind: seen, .. } = fact { kind(*seen).into() } else { Dynamic::UNIT }
}
