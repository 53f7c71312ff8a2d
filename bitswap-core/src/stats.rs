//! Plain counters. Drivers export them; nothing here decides anything.

use std::sync::Arc;

use crate::event::{AskOutcome, WantOutcome};
use crate::limits::Limits;
use crate::strategy::{Reason, Role};

/// Counts since the engine's start; all only grow, except those under [`Gauges`].
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// Getting blocks.
    pub client: ClientStats,
    /// Serving blocks.
    pub server: ServerStats,
    /// Passing strangers' wants on.
    pub relay: RelayStats,
    /// What came over the wire that was not as it should be.
    pub wire: WireStats,
    /// What the network does with peers that send too much. The engine leaves it at zero.
    pub transport: TransportStats,
    /// What the strategies were asked and said; in the order of [`Role::ALL`], then in the order
    /// in which they played the role.
    pub strategies: Vec<StrategyStats>,
    /// How much there is now.
    pub gauges: Gauges,
    /// Inputs that made no sense: unknown ids, late answers.
    pub stray_inputs: u64,
    /// Times `now` was earlier than before, or far beyond a deadline: that time did not count.
    pub clock_jumps: u64,
}

/// Counts of the asking half.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientStats {
    /// Wants opened.
    pub wants_started: u64,
    /// Wants ended, by [`WantOutcome`] in the order of [`WantOutcome::ALL`].
    pub wants_ended: [u64; 5],
    /// want-block entries sent.
    pub block_asks: u64,
    /// want-have entries sent.
    pub have_asks: u64,
    /// Asks that the engine made of its own accord, by reason in the order of
    /// [`OwnAsk::ALL`](crate::OwnAsk::ALL).
    pub own_asks: [u64; 5],
    /// Cancel entries sent.
    pub cancels: u64,
    /// Asks ended, by [`AskOutcome`] in the order of [`AskOutcome::ALL`].
    pub asks_ended: [u64; 6],
    /// HAVEs received.
    pub haves: u64,
    /// DONT_HAVEs received.
    pub dont_haves: u64,
    /// DONT_HAVEs received from peers that go on looking.
    pub searching: u64,
    /// Blocks received that were wanted.
    pub wanted: BlockCount,
    /// Blocks received that had come before.
    pub duplicate: BlockCount,
    /// Blocks received that nobody asked for.
    pub unasked: BlockCount,
    /// Blocks found in our own store.
    pub local: BlockCount,
    /// Broadcasts made.
    pub broadcasts: u64,
    /// Look-ups started.
    pub lookups: u64,
    /// Providers found.
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

/// Counts of the serving half.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerStats {
    /// want-block entries received.
    pub block_requests: u64,
    /// want-have entries received.
    pub have_requests: u64,
    /// Cancel entries received.
    pub cancels: u64,
    /// Blocks written.
    pub blocks_sent: BlockCount,
    /// HAVEs sent.
    pub haves_sent: u64,
    /// DONT_HAVEs sent.
    pub dont_haves_sent: u64,
    /// Requests taken on, put off and turned down.
    pub served: u64,
    /// See `served`.
    pub deferred: u64,
    /// See `served`.
    pub refused: u64,
    /// Requests that found no room, or were evicted for others; nothing is said of them.
    pub overflows: u64,
    /// HAVEs and DONT_HAVEs that were dropped since their peer does not read.
    pub unread: u64,
    /// Reads that the store could not do.
    pub store_faults: u64,
}

/// Counts of what is passed on for strangers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelayStats {
    /// Wants taken on, each time one comes that is passed on or joins one that is.
    pub wants: u64,
    /// Wants of strangers that we put to a peer.
    pub asks: u64,
    /// Wants and blocks that a budget had no room for.
    pub over_budget: u64,
    /// TTLs that were larger than what we let through.
    pub clamped: u64,
    /// Blocks that came for strangers.
    pub received: BlockCount,
    /// Blocks handed to their requesters.
    pub forwarded: BlockCount,
}

/// A number of blocks and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockCount {
    /// How many.
    pub blocks: u64,
    /// How many bytes in all.
    pub bytes: u64,
}

impl BlockCount {
    /// One more block of this size.
    pub(crate) const fn add(&mut self, bytes: usize) {
        self.blocks += 1;
        self.bytes += bytes as u64;
    }
}

/// Counts of nonsense.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WireStats {
    /// Messages received.
    pub messages_in: u64,
    /// Messages handed to the transport.
    pub messages_out: u64,
    /// Frames that were no message.
    pub refused: u64,
    /// Items beyond the budget of their message.
    pub over_budget: u64,
    /// Items that could not be used.
    pub unusable: u64,
    /// Payloads that were not hashed, since nothing of their prefix was wanted.
    pub unhashed: BlockCount,
    /// Messages that could not be written.
    pub send_failures: u64,
}

/// Counts of a network that bounds what peers make it read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransportStats {
    /// Times a peer was not read for a while, since it had sent more than its share.
    pub pauses: u64,
    /// Peers disconnected since they went on sending what is of no use.
    pub wasteful_peers: u64,
    /// Bytes that are held now of frames that have begun and not ended, less what each has free.
    pub unfinished_bytes: u64,
}

/// How much there is at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Connected peers.
    pub peers: u64,
    /// Open sessions.
    pub sessions: u64,
    /// Open calls.
    pub calls: u64,
    /// Open wants.
    pub wants: u64,
    /// CIDs that callers have credit for, and that wait because as many wants are open as may be.
    pub cids_without_room: u64,
    /// Wants being searched for.
    pub searches: u64,
    /// Remembered requests of others.
    pub requests: u64,
    /// Blocks queued for others.
    pub tasks: u64,
    /// Bytes of those blocks.
    pub task_bytes: u64,
    /// Bytes read and not yet written.
    pub outstanding_bytes: u64,
    /// Accounts in the ledger.
    pub accounts: u64,
    /// Strangers' wants being passed on, counted by CID.
    pub relayed_wants: u64,
    /// Bytes of blocks on their way through us.
    pub relayed_bytes: u64,
}

/// What one strategy was asked, and said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrategyStats {
    /// In which role.
    pub role: Role,
    /// Its name.
    pub strategy: Arc<str>,
    /// Questions put to it.
    pub asked: u64,
    /// Its decisions by reason, in the order in which the reasons first came up. One answer can
    /// hold many decisions, or none.
    pub decisions: Vec<(Reason, u64)>,
    /// Answers, or parts of them, that could not be obeyed, by cause.
    pub rejected: Vec<(&'static str, u64)>,
}

impl StrategyStats {
    pub(crate) const fn new(role: Role, strategy: Arc<str>) -> Self {
        Self { role, strategy, asked: 0, decisions: Vec::new(), rejected: Vec::new() }
    }

    pub(crate) fn decided(&mut self, reason: Reason) {
        count(&mut self.decisions, reason);
    }

    pub(crate) fn rejected(&mut self, cause: &'static str) {
        count(&mut self.rejected, cause);
    }

    /// Decisions in all.
    pub fn decisions_total(&self) -> u64 {
        self.decisions.iter().map(|(_, count)| count).sum()
    }
}

fn count(counts: &mut Vec<(&'static str, u64)>, word: &'static str) {
    // As a rule it is the very same text, and need not be read.
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
