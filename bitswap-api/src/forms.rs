//! The objects of the API, which `--json` prints with the same fields.

#![expect(missing_docs, reason = "names of JSON fields, which docs/openapi.json explains")]

mod found;
mod live;
mod parts;

use std::collections::BTreeMap;

use bitswap_service::keep::PinKind;
use bitswap_service::node::Beside;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use self::found::Refused;
pub use self::found::{FindProviders, FoundPeer, RouterSaid};
pub(crate) use self::live::{EventRow, ParameterRow, StrategyRow};
pub use self::parts::{LimitsForm, RouterForm, StoreForm};

/// The program that answers.
#[expect(clippy::struct_field_names, reason = "its version is called that")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Version {
    pub version: String,
    /// The process.
    pub pid: u32,
    /// Where the API answers over TCP; `None` = it does not.
    #[serde(default)]
    pub url: Option<String>,
}

/// The identity of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Identity {
    pub peer_id: String,
    pub agent: String,
    /// Where it can be reached now, with its peer id at the end.
    pub addresses: Vec<String>,
    /// Whether others can connect to it: `public`, `private`, `unknown`; `None` = it does not run.
    pub reachability: Option<String>,
    pub protocols: Vec<String>,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PageOf{T}")]
pub struct Page<T> {
    pub items: Vec<T>,
    /// What to ask for as `cursor` to get on; `None` = that was all.
    pub next: Option<String>,
}

/// The part of a list to return.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LookPage {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// At most so many rows; a page may have fewer and not be the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// A block in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BlockForm {
    pub cid: String,
    pub bytes: Option<u32>,
}

/// A tree or a block that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PinRow {
    pub cid: String,
    pub kind: PinKind,
}

/// What is to be pinned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Pinning {
    pub(super) cids: Vec<String>,
    pub(super) kind: PinKind,
}

/// What was freed, or would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GcReport {
    pub dry_run: bool,
    pub freed_blocks: u64,
    pub freed_bytes: u64,
    /// Of pinned trees.
    pub kept_blocks: u64,
    pub kept_bytes: u64,
    /// Put or found since it began, or under a lease.
    pub recent_blocks: u64,
    pub recent_bytes: u64,
    /// Of pinned trees, and not in the store.
    pub missing_blocks: u64,
    /// One of those.
    pub first_missing: Option<String>,
    pub pins: u64,
    /// What each keeps that none before it does; those that keep the most first, and not all if
    /// they are many.
    pub kept_by: Vec<KeptBy>,
}

/// What a pin keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeptBy {
    pub cid: String,
    pub kind: PinKind,
    pub blocks: u64,
    pub bytes: u64,
}

/// The peers to connect to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Connect {
    pub addresses: Vec<String>,
    /// Whether one is enough: then the other dials go on after the answer.
    #[serde(default)]
    pub one: bool,
}

/// A block that was not announced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unannounced {
    pub cid: String,
    pub why: String,
}

/// Peers to be disconnected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Disconnect {
    pub peers: Vec<String>,
}

/// A connected peer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PeerRow {
    pub peer_id: String,
    /// What it calls itself.
    pub agent: Option<String>,
    /// How it speaks Bitswap; `None` = it does not.
    pub protocol: Option<String>,
    /// The remote end of its oldest connection.
    pub address: Option<String>,
    /// Whether it dialled us.
    pub inbound: bool,
    /// Whether it is connected over relays only.
    pub relayed: bool,
    pub round_trip_seconds: Option<f64>,
    pub sent_bytes: u64,
    pub received_bytes: u64,
    pub queued_bytes: u64,
    pub in_flight_bytes: u64,
    /// Blocks asked of it and not yet answered.
    pub asked_blocks: u32,
    /// Its wants that are remembered.
    pub wants: u64,
}

/// A session of ours: calls that share what they learn of peers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct SessionRow {
    /// Its id in the engine.
    pub id: String,
    pub age_seconds: f64,
    /// How many hops its wants may make over relaying peers.
    pub ttl: u8,
    /// Wants without their block.
    pub wants: u32,
    /// Blocks asked of peers and not yet answered.
    pub asked_blocks: u32,
    /// Peers that it can ask.
    pub members: u64,
    pub received: Counts,
    pub duplicate_blocks: u64,
    /// `None` = none came yet.
    pub last_block_seconds_ago: Option<f64>,
}

/// A want of ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WantRow {
    pub cid: String,
    pub age_seconds: f64,
    pub state: String,
    /// Calls that wait for it.
    pub callers: u64,
    pub asked: Vec<Asked>,
}

/// A peer that was asked for a want.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Asked {
    pub peer_id: String,
    /// `block` or `have`.
    pub kind: String,
    pub age_seconds: f64,
    /// Whether its answer is still awaited.
    pub open: bool,
    /// What it said; `None` = nothing.
    pub has: Option<bool>,
}

/// A want of a peer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PeerWantRow {
    pub cid: String,
    /// `block` or `have`.
    pub kind: String,
    pub priority: i32,
    pub age_seconds: f64,
    pub state: String,
}

/// What passed between us and a peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerRow {
    pub peer_id: String,
    pub sent_bytes: u64,
    pub sent_blocks: u64,
    pub received_bytes: u64,
    pub received_blocks: u64,
    pub duplicate_bytes: u64,
    pub unasked_bytes: u64,
    pub debt_owed_to_us_bytes: u64,
    pub debt_we_owe_bytes: u64,
    pub refusals: u32,
}

/// Why a want or a peer is as it is. Moments are seconds since the first of them: since it was
/// wanted, or heard of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Explanation {
    /// `want` or `peer`.
    pub kind: String,
    /// The CID or the peer id.
    pub id: String,
    pub session: Option<String>,
    /// Since it was wanted until it ended, or since the peer is connected.
    pub age_seconds: Option<f64>,
    /// The moment of this answer.
    pub now_seconds: f64,
    pub state: String,
    /// Whether the want is over.
    pub ended: bool,
    pub ended_seconds_ago: Option<f64>,
    /// What else is known, in words.
    pub facts: Vec<String>,
    pub account: Option<LedgerRow>,
    pub lines: Vec<StoryRow>,
    /// Lines that were not kept, where their numbers are missing.
    pub left_out: u64,
    pub next: Vec<NextRow>,
    pub advice: Vec<String>,
    /// Why a want is not here, in one sentence; `None` = it is, or nothing is known.
    pub why_not_here: Option<String>,
}

/// A line of a story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoryRow {
    pub number: u64,
    pub after_seconds: f64,
    /// When it happened last.
    pub last_after_seconds: f64,
    /// Until when the same again is added to this line.
    pub grows_until_seconds: f64,
    pub text: String,
    pub count: u64,
    /// Some of the peers that it is about.
    pub peers: Vec<String>,
    pub strategy: Option<String>,
    pub reason: Option<String>,
}

/// What happens next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NextRow {
    pub after_seconds: f64,
    pub in_seconds: f64,
    pub text: String,
    pub why: String,
}

/// How something is to be explained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Explain {
    /// Whether to go on until the want ends.
    #[serde(default)]
    pub follow: bool,
}

/// Counts since the start, and sizes as of now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stat {
    pub uptime_seconds: f64,
    pub peers: u64,
    pub sessions: u64,
    pub wants: u64,
    /// Those of which a want-block is open at a peer.
    #[serde(default)]
    pub wants_asked: u64,
    /// Those that wait: no peer has room for them, or others are searched for first.
    #[serde(default)]
    pub wants_held_back: u64,
    pub searches: u64,
    /// Peers' wants that are remembered.
    pub requests: u64,
    /// Blocks that wait for their turn to be sent.
    pub queued: Counts,
    pub received: Counts,
    pub duplicate: Counts,
    pub unasked: Counts,
    pub sent: Counts,
    pub messages_in: u64,
    pub messages_out: u64,
    /// Frames that were no message, and messages that could not be written.
    pub message_faults: u64,
    /// How many times strategies were replaced.
    pub generation: u64,
    pub strategies: Vec<StrategyUse>,
    pub memory: Memory,
    #[serde(default)]
    pub store: StoreForm,
    #[serde(default)]
    pub limits: LimitsForm,
    #[serde(default)]
    pub routers: Vec<RouterForm>,
    /// The peers that lead into the DHTs.
    #[serde(default)]
    pub bootstrap_peers: u64,
    /// Those of them that were there when they were dialled last.
    #[serde(default)]
    pub bootstrap_reached: u64,
}

/// The memory of the process, and what is known of who holds it; in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "as everywhere in the API, names have their unit")]
pub struct Memory {
    /// Of the whole process, where the system tells it.
    pub resident_bytes: Option<u64>,
    /// Its peak since the start.
    pub peak_bytes: Option<u64>,
    /// The store's index, caches, and blocks that are not written yet.
    pub store_bytes: u64,
    /// Blocks that were read and are being sent.
    pub sending_bytes: u64,
    /// Blocks that are held for relaying.
    pub relayed_bytes: u64,
    /// Blocks that came and that nobody has taken yet.
    pub untaken_bytes: u64,
    /// Messages of which a part has come.
    pub unfinished_bytes: u64,
}

/// A number of blocks and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    pub blocks: u64,
    pub bytes: u64,
}

/// A strategy and how often it decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StrategyUse {
    pub role: String,
    pub strategy: String,
    pub in_use: bool,
    /// The generation in which it last took over.
    pub generation: u64,
    pub decisions: u64,
    /// What it tells of the strategies in it.
    pub parts: Vec<StrategyPart>,
}

/// A part of a strategy, such as an arm of a split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StrategyPart {
    pub part: String,
    /// The strategy that plays it.
    pub strategy: String,
    pub counts: BTreeMap<String, u64>,
    pub means: BTreeMap<String, MeanForm>,
    pub examples: Vec<String>,
}

/// A mean of samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MeanForm {
    pub samples: u64,
    pub mean: Option<f64>,
    /// Half the width of its 95 % interval.
    pub half_width: Option<f64>,
    /// Of arm b: whether the 95 % interval of its difference to arm a leaves 0.
    pub differs_from_a: Option<bool>,
}

/// A strategy that is to take over a role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UseStrategy {
    /// Its name in the catalog, or that of a script in the node's directory.
    pub name: String,
    /// What it is told.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub params: toml::Table,
    #[serde(default)]
    pub beside: Beside,
}

/// A strategy that took over a role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StrategyUsed {
    pub role: String,
    /// The strategy before it.
    pub before: String,
    pub now: String,
    /// What it was told, without the texts of scripts.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub params: toml::Table,
    /// How many times strategies of the node were replaced so far.
    pub generation: u64,
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
    /// About how many bytes each block has, if that is known.
    #[serde(default)]
    pub(super) block_bytes: Option<u32>,
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
    /// After so long without a byte of what is wanted it fails; `None` = never, or after a minute
    /// where it ends early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) timeout_ms: Option<u64>,
    /// Addresses of peers, between commas. They are dialled again when they are lost, as long as
    /// the session lives.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) peers: String,
}

/// A session that was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Opened {
    pub(super) id: String,
}
