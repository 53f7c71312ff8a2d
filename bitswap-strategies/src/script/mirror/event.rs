//! Events as scripts hear them.

use bitswap_core::strategy::{EventMask, StrategyEvent};
use rhai::{Dynamic, Engine, INT};

use super::view::{self, view};
use crate::script::convert::{array, count, key, kind, maybe_span};

/// The kinds of events by name: [`StrategyEvent`]'s variants in snake case.
const KINDS: &[(&str, EventMask)] = &[
    ("ask_ended", EventMask::ASK_ENDED),
    ("ask_made", EventMask::ASK_MADE),
    ("block_received", EventMask::BLOCK_RECEIVED),
    ("block_sent", EventMask::BLOCK_SENT),
    ("broadcast_made", EventMask::BROADCAST_MADE),
    ("dont_have_received", EventMask::DONT_HAVE_RECEIVED),
    ("duplicate_received", EventMask::DUPLICATE_RECEIVED),
    ("have_received", EventMask::HAVE_RECEIVED),
    ("lookup_ended", EventMask::LOOKUP_ENDED),
    ("peer_connected", EventMask::PEER_CONNECTED),
    ("peer_disconnected", EventMask::PEER_DISCONNECTED),
    ("peer_reset", EventMask::PEER_RESET),
    ("provider_found", EventMask::PROVIDER_FOUND),
    ("queue_emptied", EventMask::QUEUE_EMPTIED),
    ("session_closed", EventMask::SESSION_CLOSED),
    ("session_opened", EventMask::SESSION_OPENED),
    ("turn_taken", EventMask::TURN_TAKEN),
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

view! {
    /// Something that happened: `observe(ctx, event)`.
    StrategyEvent as "Event" {
        /// What happened: one of the names that `events()` can list.
        "kind" => name,
        /// The session that it concerns, or `()`.
        "session" => |event| event.session().map_or(Dynamic::UNIT, |it| key(it.0).into()),
        /// The peer that it concerns, or `()`.
        "peer" => |event| event.peer().map_or(Dynamic::UNIT, |peer| key(peer.0).into()),
        /// The want that it concerns, or `()`.
        "want" => |event| event.want().map_or(Dynamic::UNIT, |want| key(want.0).into()),
        /// Size of the block, or what a turn took, or `()`.
        "bytes" => bytes,
        /// How long the peer took to answer, or `()`.
        "after_ms" => after,
        /// What was asked: `"block"` or `"have"`, or `()`.
        "want_kind" => want_kind,
        /// How an ask ended, or `()`: `"block"`, `"have"`, `"dont_have"`, `"timed_out"`,
        /// `"cancelled"` or `"disconnected"`.
        "outcome" => outcome,
        /// Why the ask was made, or `()`.
        "reason" => reason,
        /// How far away the holder is, 0 for the peer itself, or `()`.
        "hops" => hops,
        /// Peers that a broadcast is for, or providers that were found so far, or `()`.
        "count" => number,
    }
}

pub(super) fn register(engine: &mut Engine) {
    view::register::<StrategyEvent>(engine);
}

fn name(event: &StrategyEvent) -> &'static str {
    KINDS.iter().find(|(_, events)| *events == event.kind()).map_or("unknown", |(name, _)| name)
}

fn bytes(event: &StrategyEvent) -> Dynamic {
    if let StrategyEvent::BlockReceived { bytes, .. }
    | StrategyEvent::BlockSent { bytes, .. }
    | StrategyEvent::DuplicateReceived { bytes, .. } = event
    {
        INT::from(*bytes).into()
    } else if let StrategyEvent::TurnTaken { bytes, .. } = event {
        count(*bytes).into()
    } else {
        Dynamic::UNIT
    }
}

fn after(event: &StrategyEvent) -> Dynamic {
    if let StrategyEvent::AskEnded { after, .. } = event {
        maybe_span(Some(*after))
    } else if let StrategyEvent::BlockReceived { after, .. }
    | StrategyEvent::HaveReceived { after, .. } = event
    {
        maybe_span(*after)
    } else {
        Dynamic::UNIT
    }
}

fn want_kind(event: &StrategyEvent) -> Dynamic {
    if let StrategyEvent::AskEnded { kind: asked, .. }
    | StrategyEvent::AskMade { kind: asked, .. }
    | StrategyEvent::WantSeen { kind: asked, .. } = event
    {
        kind(*asked).into()
    } else {
        Dynamic::UNIT
    }
}

fn outcome(event: &StrategyEvent) -> Dynamic {
    if let StrategyEvent::AskEnded { outcome, .. } = event {
        outcome.name().into()
    } else {
        Dynamic::UNIT
    }
}

fn reason(event: &StrategyEvent) -> Dynamic {
    if let StrategyEvent::AskMade { reason, .. } = event { (*reason).into() } else { Dynamic::UNIT }
}

fn hops(event: &StrategyEvent) -> Dynamic {
    if let StrategyEvent::HaveReceived { hops, .. } = event {
        INT::from(*hops).into()
    } else {
        Dynamic::UNIT
    }
}

/// Peers that a broadcast is for, or providers that look-ups found.
fn number(event: &StrategyEvent) -> Dynamic {
    if let StrategyEvent::BroadcastMade { peers: number, .. }
    | StrategyEvent::LookupEnded { found: number, .. } = event
    {
        INT::from(*number).into()
    } else {
        Dynamic::UNIT
    }
}
