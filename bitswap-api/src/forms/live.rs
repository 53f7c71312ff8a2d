//! What happens, as it happens, and the strategies that can be chosen.

use bitswap_net::LiveEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum EventRow {
    /// A block was sent to a peer, so long after it asked.
    BlockSent {
        peer_id: String,
        bytes: u32,
        seconds: f64,
    },
    /// A look-up of providers ended. `cid` is `null` if it was wanted before this was read.
    LookupEnded {
        cid: Option<String>,
        found: u32,
    },
    /// So many events were lost, as they were not read in time.
    Lost {
        count: u64,
    },
    PeerConnected {
        peer_id: String,
    },
    PeerDisconnected {
        peer_id: String,
    },
    /// Another strategy took over a role.
    StrategyReplaced {
        role: String,
        name: String,
        generation: u64,
    },
    /// A want of this node ended: `received`, `local`, `cancelled`, `timed_out` or `failed`.
    WantEnded {
        cid: Option<String>,
        outcome: String,
        seconds: f64,
    },
    /// A session wants what nobody here wanted before.
    WantOpened {
        session: String,
        cid: String,
    },
}

impl EventRow {
    /// `None` = this program cannot tell it.
    pub(crate) fn of(event: LiveEvent) -> Option<Self> {
        Some(match event {
            LiveEvent::BlockSent { peer, bytes, after } => {
                Self::BlockSent { peer_id: peer.to_string(), bytes, seconds: after.as_secs_f64() }
            }
            LiveEvent::LookupEnded { cid, found } => {
                Self::LookupEnded { cid: cid.map(|cid| cid.to_string()), found }
            }
            LiveEvent::Lost(count) => Self::Lost { count },
            LiveEvent::PeerConnected(peer) => Self::PeerConnected { peer_id: peer.to_string() },
            LiveEvent::PeerDisconnected(peer) => {
                Self::PeerDisconnected { peer_id: peer.to_string() }
            }
            LiveEvent::StrategyReplaced { role, name, generation } => Self::StrategyReplaced {
                role: role.name().to_owned(),
                name: name.to_string(),
                generation,
            },
            LiveEvent::WantEnded { cid, outcome, after } => Self::WantEnded {
                cid: cid.map(|cid| cid.to_string()),
                outcome: outcome.name().to_owned(),
                seconds: after.as_secs_f64(),
            },
            LiveEvent::WantOpened { session, cid } => {
                Self::WantOpened { session: session.0.to_string(), cid: cid.to_string() }
            }
            _ => return None,
        })
    }
}

/// A strategy of the catalog.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct StrategyRow {
    pub(crate) role: String,
    pub(crate) name: String,
    /// What it does.
    pub(crate) summary: String,
    pub(crate) parameters: Vec<ParameterRow>,
}

/// What a strategy can be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ParameterRow {
    pub(crate) name: String,
    pub(crate) meaning: String,
    pub(crate) default: serde_json::Value,
    pub(crate) least: serde_json::Value,
    pub(crate) most: serde_json::Value,
}
