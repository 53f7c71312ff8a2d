//! Plain counters. Drivers export them; nothing here decides anything.

use std::sync::Arc;
use std::time::Duration;

use crate::event::{OwnAsk, WantOutcome};
use crate::limits::{ByteRate, Limits};
use crate::strategy::{AskOutcome, Reason, Report, Role};

/// Counts since the engine was made. They only grow, except those in [`Gauges`] and the bytes in
/// [`TransportStats`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// Counts of getting blocks from other peers.
    pub client: ClientStats,
    /// Counts of serving blocks to other peers.
    pub server: ServerStats,
    /// The upload limits, and what they hold back.
    pub upload: UploadStats,
    /// Counts of relaying: wants forwarded for other peers.
    pub relay: RelayStats,
    /// Counts of messages, and of what was wrong with received ones.
    pub wire: WireStats,
    /// Counts of throttling by the network. The engine leaves them at zero.
    pub transport: TransportStats,
    /// Counts for each strategy, in the order of [`Role::ALL`], then in the order in which the
    /// strategies were in use for the role.
    pub strategies: Vec<StrategyStats>,
    /// How many times strategies were replaced, of one role or of several at once.
    pub strategy_generation: u64,
    /// Current sizes.
    pub gauges: Gauges,
    /// Inputs that were ignored: unknown ids, late answers.
    pub stray_inputs: u64,
    /// Times that `now` went backwards, or far beyond a deadline; the jump was not counted as time.
    pub clock_jumps: u64,
}

/// Counts of the client half, which gets blocks from other peers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientStats {
    /// Wants that were opened.
    pub wants_started: u64,
    /// Wants that ended, by [`WantOutcome`] in the order of [`WantOutcome::ALL`].
    pub wants_ended: [u64; 5],
    /// want-block entries sent.
    pub block_asks: u64,
    /// want-have entries sent.
    pub have_asks: u64,
    /// Asks that the engine made without a decision of the peer selector, by reason in the order of
    /// [`OwnAsk::ALL`].
    pub own_asks: [u64; OwnAsk::ALL.len()],
    /// Cancel entries sent.
    pub cancels: u64,
    /// Asks that ended, by [`AskOutcome`] in the order of [`AskOutcome::ALL`].
    pub asks_ended: [u64; 6],
    /// HAVEs received.
    pub haves: u64,
    /// DONT_HAVEs received.
    pub dont_haves: u64,
    /// DONT_HAVEs received from relaying peers that continue to search for the block.
    pub searching: u64,
    /// Blocks received for the first time that were wanted.
    pub wanted: BlockCount,
    /// Blocks received that had been received before (duplicates).
    pub duplicate: BlockCount,
    /// Blocks received that were never asked for.
    pub unasked: BlockCount,
    /// Blocks found in the local store.
    pub local: BlockCount,
    /// Broadcasts of want-haves made by searches.
    pub broadcasts: u64,
    /// Wants that ended because a rule denies their block.
    pub denied: u64,
    /// Provider look-ups started.
    pub lookups: u64,
    /// Providers found by look-ups.
    pub providers: u64,
}

impl ClientStats {
    /// Counts the end of a want.
    pub(crate) fn want_ended(&mut self, outcome: WantOutcome) {
        if let Some(count) = self.wants_ended.get_mut(outcome as usize) {
            *count += 1;
        }
    }

    /// Counts the end of an ask.
    pub(crate) fn ask_ended(&mut self, outcome: AskOutcome) {
        if let Some(count) = self.asks_ended.get_mut(outcome as usize) {
            *count += 1;
        }
    }
}

/// Counts of the server half, which serves blocks to other peers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerStats {
    /// want-block entries received from other peers.
    pub block_requests: u64,
    /// want-have entries received from other peers.
    pub have_requests: u64,
    /// Cancel entries received from other peers.
    pub cancels: u64,
    /// Blocks sent to requesters.
    pub blocks_sent: BlockCount,
    /// HAVEs sent to requesters.
    pub haves_sent: u64,
    /// DONT_HAVEs sent to requesters.
    pub dont_haves_sent: u64,
    /// Requests that the ledger policy admitted.
    pub served: u64,
    /// Requests that the ledger policy deferred, counted each time.
    pub deferred: u64,
    /// Requests that the ledger policy refused.
    pub refused: u64,
    /// Requests that ended because a rule denies their block.
    pub denied: u64,
    /// Requests that were dropped for lack of room, or evicted for others; they are not answered.
    pub overflows: u64,
    /// HAVEs and DONT_HAVEs that were dropped because their requester does not read fast enough.
    pub unread: u64,
    /// Messages whose blocks, or those behind them, were given back, since they are taken slowly.
    pub suspended: u64,
    /// Reads that the store failed to do.
    pub store_faults: u64,
}

/// The upload limits, and what they hold back: of the node, and of each peer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadStats {
    /// The limits in force.
    pub limits: [ByteRate; 2],
    /// Bytes that are queued now and held back.
    pub held_bytes: [u64; 2],
    /// How long somebody was held back by the node's limit, and peers, added up, by their own: as
    /// far as that has ended.
    pub waited: [Duration; 2],
}

/// Counts of relaying: wants forwarded for other peers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelayStats {
    /// Relayed wants accepted, each time one is forwarded or joins one that is.
    pub wants: u64,
    /// Relayed wants sent to a peer.
    pub asks: u64,
    /// Relayed wants that wait, or are refused, because a budget is used up, and blocks that are
    /// dropped.
    pub over_budget: u64,
    /// TTLs that were reduced because they were above the configured maximum.
    pub clamped: u64,
    /// Blocks received for requesters of relayed wants.
    pub received: BlockCount,
    /// Relayed blocks sent to their requesters.
    pub forwarded: BlockCount,
}

/// A number of blocks and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockCount {
    /// Number of blocks.
    pub blocks: u64,
    /// Total bytes of those blocks.
    pub bytes: u64,
}

impl BlockCount {
    /// Counts one more block of this size.
    pub(crate) const fn add(&mut self, bytes: usize) {
        self.blocks += 1;
        self.bytes += bytes as u64;
    }
}

/// Counts of messages, and of what was wrong with received ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WireStats {
    /// Messages received.
    pub messages_in: u64,
    /// Messages handed to the transport to be sent.
    pub messages_out: u64,
    /// Frames received that were no valid message.
    pub refused: u64,
    /// Items of received messages that were skipped because they exceed the budget of a message.
    pub over_budget: u64,
    /// Items of received messages that were skipped because they cannot be used.
    pub unusable: u64,
    /// Blocks received that were skipped without hashing, because nothing with their CID prefix was
    /// wanted.
    pub unhashed: BlockCount,
    /// Messages that could not be sent.
    pub send_failures: u64,
}

/// Counts of how the network throttles peers that send too much.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransportStats {
    /// Times that reading from a peer was paused because it sent more than its share.
    pub pauses: u64,
    /// Peers that were disconnected because they went on sending useless data.
    pub wasteful_peers: u64,
    /// Bytes held now of frames that are not complete, less a free allowance for each frame.
    pub unfinished_bytes: u64,
    /// Bytes of the blocks that were delivered to callers and that these have not taken yet.
    pub untaken_bytes: u64,
    /// Streams of peers that were dropped because too many of the connection were busy.
    pub refused_streams: u64,
    /// Providers that were not dialled because enough others were dialled at the same host, or in
    /// the same network.
    pub refused_dials: u64,
    /// Providers that were not dialled because their dials had failed lately, or often.
    pub left_out_dials: u64,
    /// Connections of peers that were refused because a rule denies the peer, or closed for that.
    pub denied_connections: u64,
    /// Dials of peers that were not made because a rule denies the peer.
    pub denied_dials: u64,
    /// The limits in force of what is read: from all peers together, and from each.
    pub download_limits: [ByteRate; 2],
    /// How long connections were not read because of each of these limits, added up: as far as
    /// that has ended.
    pub download_waited: [Duration; 2],
}

/// Current sizes of an engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Peers that are connected.
    pub peers: u64,
    /// Sessions that are open.
    pub sessions: u64,
    /// Calls that are open.
    pub calls: u64,
    /// Wants that are open.
    pub wants: u64,
    /// CIDs that callers have credit for, and that wait because as many wants are open as may be.
    pub cids_without_room: u64,
    /// Wants of which a want-block is open at a peer, or scheduled.
    pub asked: u64,
    /// Wants whose block nobody is asked for yet: no peer has room for them, or others are searched
    /// for first.
    pub held_back: u64,
    /// Wants that are being searched for.
    pub searches: u64,
    /// Requests of other peers that are remembered.
    pub requests: u64,
    /// Blocks queued to be sent to other peers.
    pub tasks: u64,
    /// Bytes of the blocks queued to be sent to other peers.
    pub task_bytes: u64,
    /// Block bytes read from the store and not yet sent.
    pub outstanding_bytes: u64,
    /// Messages whose blocks, or those behind them, were given back, and that are not taken.
    pub suspended_sends: u64,
    /// Accounts in the ledger.
    pub accounts: u64,
    /// Relayed wants in flight, counted by CID.
    pub relayed_wants: u64,
    /// Block bytes in the ephemeral store, held for relaying.
    pub relayed_bytes: u64,
}

/// Counts of one strategy: how often it was asked, and what it decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrategyStats {
    /// The role that the strategy is in.
    pub role: Role,
    /// Name of the strategy.
    pub strategy: Arc<str>,
    /// Whether the strategy is in its role now; otherwise it was replaced.
    pub in_use: bool,
    /// Times that the strategy was asked for a decision.
    pub asked: u64,
    /// Decisions by reason, in the order in which the reasons first came up. One answer can hold
    /// many decisions, or none.
    pub decisions: Vec<(Reason, u64)>,
    /// Answers, or parts of them, that the engine rejected as invalid, by cause.
    pub rejected: Vec<(&'static str, u64)>,
    /// The generation in which the strategy last took over; 0 = it was there from the start.
    pub since_generation: u64,
    /// What the strategy tells of its parts since it took over; empty if it was replaced.
    pub report: Report,
}

impl StrategyStats {
    pub(crate) fn new(role: Role, strategy: Arc<str>) -> Self {
        let (decisions, rejected, report) = (Vec::new(), Vec::new(), Report::default());
        let (asked, since_generation) = (0, 0);
        Self { role, strategy, in_use: true, asked, decisions, rejected, since_generation, report }
    }

    pub(crate) fn decided(&mut self, reason: Reason) {
        count(&mut self.decisions, reason);
    }

    pub(crate) fn rejected(&mut self, cause: &'static str) {
        debug_assert!(rejection_causes(self.role).contains(&cause), "{cause} is not declared");
        count(&mut self.rejected, cause);
    }

    /// Total number of decisions.
    pub fn decisions_total(&self) -> u64 {
        self.decisions.iter().map(|(_, count)| count).sum()
    }
}

/// All causes for which an answer of a strategy in this role can be rejected, so that their counts
/// can be told before the first of them.
pub const fn rejection_causes(role: Role) -> &'static [&'static str] {
    match role {
        Role::PeerSelector => &[
            "asked_already",
            "asked_elsewhere",
            "asked_in_vain",
            "no_member",
            "no_room",
            "planned_twice",
            "too_many",
            "unknown_peer",
            "unknown_want",
            "unspeakable",
        ],
        Role::TaskPrioritizer | Role::LedgerPolicy => &["past_moment"],
        Role::ProviderFinder => {
            &["no_progress", "past_moment", "repeated_step", "too_deep", "unknown_peer"]
        }
        Role::Registry => &["too_many", "ttl", "unknown_peer"],
    }
}

fn count(counts: &mut Vec<(&'static str, u64)>, word: &'static str) {
    // Usually it is the very same static string, and need not be compared.
    if let Some((_, count)) = counts.iter_mut().find(|(known, _)| std::ptr::eq(*known, word)) {
        *count += 1;
        return;
    }
    let known = counts.iter().position(|(known, _)| *known == word);
    let word = if known.is_none() && counts.len() >= Limits::REASONS { "other" } else { word };
    match counts.iter_mut().find(|(known, _)| *known == word) {
        Some((_, count)) => *count += 1,
        None => counts.push((word, 1)),
    }
}
