//! The objects of the API, which `--json` prints with the same fields.

mod found;
mod live;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use self::found::{FindProviders, FoundPeer, RouterSaid};
pub(crate) use self::live::{EventRow, ParameterRow, StrategyRow};

use crate::keep::PinKind;
pub(crate) use crate::node::Beside;

/// The program that answers.
#[expect(clippy::struct_field_names, reason = "its version is called that")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Version {
    pub(crate) version: String,
    /// The process.
    pub(crate) pid: u32,
    /// Where the API answers over TCP; `None` = it does not.
    #[serde(default)]
    pub(crate) url: Option<String>,
}

/// The identity of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Identity {
    pub(crate) peer_id: String,
    pub(crate) agent: String,
    /// Where it can be reached now, with its peer id at the end.
    pub(crate) addresses: Vec<String>,
    /// Whether others can connect to it: `public`, `private`, `unknown`; `None` = it does not run.
    pub(crate) reachability: Option<String>,
    pub(crate) protocols: Vec<String>,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PageOf{T}")]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// What to ask for as `cursor` to get on; `None` = that was all.
    pub(crate) next: Option<String>,
}

/// The part of a list to return.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct LookPage {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cursor: Option<String>,
    /// At most so many rows; a page may have fewer and not be the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<usize>,
}

/// A block in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct BlockForm {
    pub(crate) cid: String,
    pub(crate) bytes: Option<u32>,
}

/// A tree or a block that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct PinRow {
    pub(crate) cid: String,
    pub(crate) kind: PinKind,
}

/// What is to be pinned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Pinning {
    pub(super) cids: Vec<String>,
    pub(super) kind: PinKind,
}

/// What was freed, or would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct GcReport {
    pub(crate) dry_run: bool,
    pub(crate) freed_blocks: u64,
    pub(crate) freed_bytes: u64,
    /// Of pinned trees.
    pub(crate) kept_blocks: u64,
    pub(crate) kept_bytes: u64,
    /// Put or found since it began, or under a lease.
    pub(crate) recent_blocks: u64,
    pub(crate) recent_bytes: u64,
    /// Of pinned trees, and not in the store.
    pub(crate) missing_blocks: u64,
    /// One of those.
    pub(crate) first_missing: Option<String>,
    pub(crate) pins: u64,
    /// What each keeps that none before it does; those that keep the most first, and not all if
    /// they are many.
    pub(crate) kept_by: Vec<KeptBy>,
}

/// What a pin keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct KeptBy {
    pub(crate) cid: String,
    pub(crate) kind: PinKind,
    pub(crate) blocks: u64,
    pub(crate) bytes: u64,
}

/// The peers to connect to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Connect {
    pub(crate) addresses: Vec<String>,
}

/// A block that was not announced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Unannounced {
    pub(crate) cid: String,
    pub(crate) why: String,
}

/// Peers to be disconnected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Disconnect {
    pub(crate) peers: Vec<String>,
}

/// A peer that could not be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Refused {
    pub(crate) address: String,
    pub(crate) why: String,
}

/// A connected peer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct PeerRow {
    pub(crate) peer_id: String,
    /// What it calls itself.
    pub(crate) agent: Option<String>,
    /// How it speaks Bitswap; `None` = it does not.
    pub(crate) protocol: Option<String>,
    /// The remote end of its oldest connection.
    pub(crate) address: Option<String>,
    /// Whether it dialled us.
    pub(crate) inbound: bool,
    /// Whether it is connected over relays only.
    pub(crate) relayed: bool,
    pub(crate) round_trip_seconds: Option<f64>,
    pub(crate) sent_bytes: u64,
    pub(crate) received_bytes: u64,
    pub(crate) queued_bytes: u64,
    pub(crate) in_flight_bytes: u64,
    /// Blocks asked of it and not yet answered.
    pub(crate) asked_blocks: u32,
    /// Its wants that are remembered.
    pub(crate) wants: u64,
}

/// A session of ours: calls that share what they learn of peers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct SessionRow {
    /// Its id in the engine.
    pub(crate) id: String,
    pub(crate) age_seconds: f64,
    /// How many hops its wants may make over relaying peers.
    pub(crate) ttl: u8,
    /// Wants without their block.
    pub(crate) wants: u32,
    /// Blocks asked of peers and not yet answered.
    pub(crate) asked_blocks: u32,
    /// Peers that it can ask.
    pub(crate) members: u64,
    pub(crate) received: Counts,
    pub(crate) duplicate_blocks: u64,
    /// `None` = none came yet.
    pub(crate) last_block_seconds_ago: Option<f64>,
}

/// A want of ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct WantRow {
    pub(crate) cid: String,
    pub(crate) age_seconds: f64,
    pub(crate) state: String,
    /// Calls that wait for it.
    pub(crate) callers: u64,
    pub(crate) asked: Vec<Asked>,
}

/// A peer that was asked for a want.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Asked {
    pub(crate) peer_id: String,
    /// `block` or `have`.
    pub(crate) kind: String,
    pub(crate) age_seconds: f64,
    /// Whether its answer is still awaited.
    pub(crate) open: bool,
    /// What it said; `None` = nothing.
    pub(crate) has: Option<bool>,
}

/// A want of a peer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct PeerWantRow {
    pub(crate) cid: String,
    /// `block` or `have`.
    pub(crate) kind: String,
    pub(crate) priority: i32,
    pub(crate) age_seconds: f64,
    pub(crate) state: String,
}

/// What passed between us and a peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct LedgerRow {
    pub(crate) peer_id: String,
    pub(crate) sent_bytes: u64,
    pub(crate) sent_blocks: u64,
    pub(crate) received_bytes: u64,
    pub(crate) received_blocks: u64,
    pub(crate) duplicate_bytes: u64,
    pub(crate) unasked_bytes: u64,
    pub(crate) debt_owed_to_us_bytes: u64,
    pub(crate) debt_we_owe_bytes: u64,
    pub(crate) refusals: u32,
}

/// Why a want or a peer is as it is. Moments are seconds since the first of them: since it was
/// wanted, or heard of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Explanation {
    /// `want` or `peer`.
    pub(crate) kind: String,
    /// The CID or the peer id.
    pub(crate) id: String,
    pub(crate) session: Option<String>,
    /// Since it was wanted until it ended, or since the peer is connected.
    pub(crate) age_seconds: Option<f64>,
    /// The moment of this answer.
    pub(crate) now_seconds: f64,
    pub(crate) state: String,
    /// Whether the want is over.
    pub(crate) ended: bool,
    pub(crate) ended_seconds_ago: Option<f64>,
    /// What else is known, in words.
    pub(crate) facts: Vec<String>,
    pub(crate) account: Option<LedgerRow>,
    pub(crate) lines: Vec<StoryRow>,
    /// Lines that were not kept, where their numbers are missing.
    pub(crate) left_out: u64,
    pub(crate) next: Vec<NextRow>,
    pub(crate) advice: Vec<String>,
    /// Why a want is not here, in one sentence; `None` = it is, or nothing is known.
    pub(crate) why_not_here: Option<String>,
}

/// A line of a story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct StoryRow {
    pub(crate) number: u64,
    pub(crate) after_seconds: f64,
    /// When it happened last.
    pub(crate) last_after_seconds: f64,
    /// Until when the same again is added to this line.
    pub(crate) grows_until_seconds: f64,
    pub(crate) text: String,
    pub(crate) count: u64,
    /// Some of the peers that it is about.
    pub(crate) peers: Vec<String>,
    pub(crate) strategy: Option<String>,
    pub(crate) reason: Option<String>,
}

/// What happens next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct NextRow {
    pub(crate) after_seconds: f64,
    pub(crate) in_seconds: f64,
    pub(crate) text: String,
    pub(crate) why: String,
}

/// How something is to be explained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Explain {
    /// Whether to go on until the want ends.
    #[serde(default)]
    pub(crate) follow: bool,
}

/// Counts since the start, and sizes as of now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Stat {
    pub(crate) uptime_seconds: f64,
    pub(crate) peers: u64,
    pub(crate) sessions: u64,
    pub(crate) wants: u64,
    pub(crate) searches: u64,
    /// Peers' wants that are remembered.
    pub(crate) requests: u64,
    /// Blocks that wait for their turn to be sent.
    pub(crate) queued: Counts,
    pub(crate) received: Counts,
    pub(crate) duplicate: Counts,
    pub(crate) unasked: Counts,
    pub(crate) sent: Counts,
    pub(crate) messages_in: u64,
    pub(crate) messages_out: u64,
    /// Frames that were no message, and messages that could not be written.
    pub(crate) message_faults: u64,
    /// How many times strategies were replaced.
    pub(crate) generation: u64,
    pub(crate) strategies: Vec<StrategyUse>,
    pub(crate) memory: Memory,
    #[serde(default)]
    pub(crate) store: StoreForm,
    #[serde(default)]
    pub(crate) limits: LimitsForm,
}

/// The blocks that are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct StoreForm {
    /// `None` = the store would have to look through all of them.
    pub(crate) blocks: Option<u64>,
    /// What they take of its medium.
    pub(crate) bytes: Option<u64>,
    /// What is free on its disk, if it is on one.
    pub(crate) free_bytes: Option<u64>,
    /// Why what is accepted does not become durable; `None` = it does.
    pub(crate) failing: Option<String>,
}

/// The rates that are in force, in bytes in a second; `None` = no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct LimitsForm {
    pub(crate) upload: Option<u64>,
    pub(crate) upload_per_peer: Option<u64>,
    pub(crate) download: Option<u64>,
    pub(crate) download_per_peer: Option<u64>,
}

/// The memory of the process, and what is known of who holds it; in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "as everywhere in the API, names have their unit")]
pub(crate) struct Memory {
    /// Of the whole process, where the system tells it.
    pub(crate) resident_bytes: Option<u64>,
    /// Its peak since the start.
    pub(crate) peak_bytes: Option<u64>,
    /// The store's index, caches, and blocks that are not written yet.
    pub(crate) store_bytes: u64,
    /// Blocks that were read and are being sent.
    pub(crate) sending_bytes: u64,
    /// Blocks that are held for relaying.
    pub(crate) relayed_bytes: u64,
    /// Blocks that came and that nobody has taken yet.
    pub(crate) untaken_bytes: u64,
    /// Messages of which a part has come.
    pub(crate) unfinished_bytes: u64,
}

/// A number of blocks and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Counts {
    pub(crate) blocks: u64,
    pub(crate) bytes: u64,
}

/// A strategy and how often it decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct StrategyUse {
    pub(crate) role: String,
    pub(crate) strategy: String,
    pub(crate) in_use: bool,
    /// The generation in which it last took over.
    pub(crate) generation: u64,
    pub(crate) decisions: u64,
    /// What it tells of the strategies in it.
    pub(crate) parts: Vec<StrategyPart>,
}

/// A part of a strategy, such as an arm of a split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct StrategyPart {
    pub(crate) part: String,
    /// The strategy that plays it.
    pub(crate) strategy: String,
    pub(crate) counts: BTreeMap<String, u64>,
    pub(crate) means: BTreeMap<String, MeanForm>,
    pub(crate) examples: Vec<String>,
}

/// A mean of samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct MeanForm {
    pub(crate) samples: u64,
    pub(crate) mean: Option<f64>,
    /// Half the width of its 95 % interval.
    pub(crate) half_width: Option<f64>,
    /// Of arm b: whether the 95 % interval of its difference to arm a leaves 0.
    pub(crate) differs_from_a: Option<bool>,
}

/// A strategy that is to take over a role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct UseStrategy {
    /// Its name in the catalog, or that of a script in the node's directory.
    pub(crate) name: String,
    /// What it is told.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub(crate) params: toml::Table,
    #[serde(default)]
    pub(crate) beside: Beside,
}

/// A strategy that took over a role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct StrategyUsed {
    pub(crate) role: String,
    /// The strategy before it.
    pub(crate) before: String,
    pub(crate) now: String,
    /// What it was told, without the texts of scripts.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub(crate) params: toml::Table,
    /// How many times strategies of the node were replaced so far.
    pub(crate) generation: u64,
}

/// CIDs that something is asked of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Cids {
    pub(super) cids: Vec<String>,
}

/// CIDs that are wanted from peers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Want {
    pub(super) cids: Vec<String>,
    /// Whether the blocks stay in the daemon's store, and only their lengths are answered.
    #[serde(default)]
    pub(super) only_store: bool,
}

/// The sizes of blocks, in the order asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Sizes {
    pub(super) sizes: Vec<Size>,
}

/// The size of a block, or why it cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Size {
    /// `None` = it is not there.
    pub(super) bytes: Option<u32>,
    #[serde(rename = "trouble", default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<super::api_error::ApiError>,
}

/// A session that is to be opened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Opening {
    /// How often relaying peers may pass its wants on; `None` = as the node is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ttl: Option<u8>,
    /// Whether what is wanted fails as soon as nobody is left to ask.
    #[serde(default)]
    pub(super) ends_early: bool,
    /// Addresses of peers, between commas. Those that are connected are dialled again when they are
    /// lost, as long as the session lives.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) peers: String,
}

/// A session that was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Opened {
    pub(super) id: String,
}
