//! Events as scripts hear them.

use bitswap_core::strategy::{EventMask, StrategyEvent};
use bitswap_core::{CidKey, PeerKey};
use rhai::{Dynamic, Engine, INT};

use crate::script::convert::{array, key, kind, maybe_span};

/// The kinds of events by name: [`StrategyEvent`]'s variants in snake case.
const KINDS: &[(&str, EventMask)] = &[
    ("ask_timed_out", EventMask::ASK_TIMED_OUT),
    ("block_received", EventMask::BLOCK_RECEIVED),
    ("block_sent", EventMask::BLOCK_SENT),
    ("dont_have_received", EventMask::DONT_HAVE_RECEIVED),
    ("duplicate_received", EventMask::DUPLICATE_RECEIVED),
    ("have_received", EventMask::HAVE_RECEIVED),
    ("peer_connected", EventMask::PEER_CONNECTED),
    ("peer_disconnected", EventMask::PEER_DISCONNECTED),
    ("want_seen", EventMask::WANT_SEEN),
];

/// The events that a script's `events()` names.
///
/// # Errors
/// It returned no array, or a name that no event has.
pub(in crate::script) fn events(value: Dynamic) -> Result<EventMask, String> {
    let known = || KINDS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    array("what it hears", value)?.into_iter().try_fold(EventMask::NOTHING, |heard, name| {
        let name = name.into_string().unwrap_or_default();
        let found = KINDS.iter().find(|(known, _)| *known == name);
        let (_, event) =
            found.ok_or_else(|| format!("there is no event `{name}`; there are {}", known()))?;
        Ok(heard | *event)
    })
}

pub(super) fn register(engine: &mut Engine) {
    view!(engine, StrategyEvent as "Fact" {
        "kind" => name,
        "peer" => |event| parts(event).0.map_or(Dynamic::UNIT, |peer| key(peer.0).into()),
        "want" => |event| parts(event).1.map_or(Dynamic::UNIT, |want| key(want.0).into()),
        "bytes" => |event| parts(event).2.map_or(Dynamic::UNIT, |bytes| INT::from(bytes).into()),
        "after_ms" => after,
        "want_kind" => want_kind,
    });
}

fn name(event: &StrategyEvent) -> &'static str {
    KINDS.iter().find(|(_, events)| *events == event.kind()).map_or("unknown", |(name, _)| name)
}

/// What several kinds of events have.
const fn parts(event: &StrategyEvent) -> (Option<PeerKey>, Option<CidKey>, Option<u32>) {
    match event {
        StrategyEvent::BlockReceived { peer, want, bytes, .. }
        | StrategyEvent::BlockSent { peer, want, bytes } => {
            (Some(*peer), Some(*want), Some(*bytes))
        }
        StrategyEvent::DuplicateReceived { peer, bytes } => (Some(*peer), None, Some(*bytes)),
        StrategyEvent::AskTimedOut { peer, want }
        | StrategyEvent::DontHaveReceived { peer, want }
        | StrategyEvent::HaveReceived { peer, want }
        | StrategyEvent::WantSeen { peer, want, .. } => (Some(*peer), Some(*want), None),
        StrategyEvent::PeerConnected { peer } | StrategyEvent::PeerDisconnected { peer } => {
            (Some(*peer), None, None)
        }
        _ => (None, None, None),
    }
}

fn after(event: &StrategyEvent) -> Dynamic {
    if let StrategyEvent::BlockReceived { after, .. } = event {
        maybe_span(*after)
    } else {
        Dynamic::UNIT
    }
}

fn want_kind(event: &StrategyEvent) -> Dynamic {
    if let StrategyEvent::WantSeen { kind: seen, .. } = event {
        kind(*seen).into()
    } else {
        Dynamic::UNIT
    }
}
