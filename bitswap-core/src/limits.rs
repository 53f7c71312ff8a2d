//! Every bound in one place, with the reason for the number.

use std::num::NonZeroU64;
use std::time::Duration;

use crate::error::ConfigError;

/// Largest block that is requested, served or accepted, in bytes: a frame has room for it and for
/// `LARGE_BLOCK_ENTRIES` entries. Kubo lets its users make such blocks.
pub const MAX_BLOCK_BYTES: usize = MAX_FRAME_BYTES - 4 * 1024;

/// Largest block that ought to be made, in bytes: the specification has no larger ones, and not all
/// implementations take them.
pub const MAX_NEW_BLOCK_BYTES: usize = 2 * 1024 * 1024;

/// Largest frame that is read or written, in bytes; from the specification.
pub const MAX_FRAME_BYTES: usize = 4 * 1024 * 1024;

/// Bytes from which a block leaves little room in its frame.
pub(crate) const LARGE_BLOCK_BYTES: usize = 3 * 1024 * 1024;

/// Entries and presences at most beside such a block, each with a CID.
pub(crate) const LARGE_BLOCK_ENTRIES: usize = 8;

/// Longest CID in a message, in bytes: four varints of 10 bytes and a digest of 128 bytes.
pub const MAX_CID_BYTES: usize = 168;

/// Shortest digest that identifies a block, in bytes: a collision with a shorter one could be found
/// by search.
pub const MIN_DIGEST_BYTES: u8 = 20;

/// Bytes per second; `None` = no limit.
pub type ByteRate = Option<NonZeroU64>;

/// Limits of memory and work of one engine. Every field must be at least 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connected peers; a further one is disconnected.
    pub peers: usize,
    /// CIDs wanted at once, over all sessions; further ones wait in their calls, and get only what
    /// our own store has.
    pub open_wants: usize,
    /// Wants of one session that are open at once. What no window of a peer holds, and what a peer
    /// has no room to remember, waits, see [`Self::wants_per_peer`].
    pub wants_per_session: usize,
    /// Searches that a session without members starts at once, while the node has no more than
    /// these. Beyond that such a session starts only one, and its other wants wait for the first
    /// member. The reason: a broadcast for a small block brings one copy from every peer that has
    /// it.
    pub searches_per_session: usize,
    /// Calls open at once; a further one fails.
    pub calls: usize,
    /// CIDs in one call; a call with more fails.
    pub cids_per_call: usize,
    /// Members of one session that a peer selector sees.
    pub session_members: usize,
    /// Wants of one session that a peer selector sees at once, oldest first.
    pub session_view_wants: usize,
    /// Asks accepted from one answer of a peer selector.
    pub asks_per_answer: usize,
    /// Want-blocks in flight for one CID, hedges included.
    pub block_asks_per_want: usize,
    /// Maximum number of parallel want-blocks for one CID after peers answered HAVE without sending
    /// the block, so that one honest peer is found among many that lie.
    pub block_asks_in_doubt: usize,
    /// Want-haves of running searches that a newly connected peer is sent at once.
    pub wants_for_a_new_peer: usize,
    /// Wantlist entries of ours that one peer holds at once, over all sessions, if it says that it
    /// remembers so many; of others, [`Self::WANTS_REMEMBERED`] is assumed. Further ones wait;
    /// want-blocks come first.
    pub wants_per_peer: usize,
    /// Wants of one peer that are remembered; the least important are evicted. Once half of
    /// [`Self::requests`] is in use, no more than [`Self::CROWDED_REQUESTS_PER_PEER`].
    pub requests_per_peer: usize,
    /// Wants of all peers that are remembered. At the limit, the peer with the most wants loses one
    /// to a peer with fewer.
    pub requests: usize,
    /// HAVEs and DONT_HAVEs queued for one peer: as many as one message can ask for. Further ones
    /// are dropped until the peer reads.
    pub presences_per_peer: usize,
    /// Reads of our store in flight on behalf of peers; further ones wait, oldest first.
    pub reads: usize,
    /// Block reads in flight for one peer: limits reads that cost no bytes, as of empty blocks.
    pub reads_per_peer: usize,
    /// Block bytes read for one peer and not yet sent to it; one block may exceed it.
    pub outstanding_bytes_per_peer: u64,
    /// Block bytes read for all peers together and not yet sent. The limit is what makes the order
    /// of serving matter.
    pub outstanding_bytes: u64,
    /// Block bytes taken from the queues of all peers per second; [`u64::MAX`] = no limit. Below
    /// what the network could carry, it makes this node decide who gets the scarce bytes.
    pub upload_bytes_per_second: u64,
    /// The same for each peer.
    pub upload_bytes_per_second_per_peer: u64,
    /// Block bytes collected in one message (as in boxo); up to four times as many, and
    /// [`MESSAGE_BYTES_MOST`](Self::MESSAGE_BYTES_MOST), for a peer that takes messages fast; one
    /// block may exceed it. A peer sees nothing of a message before all of it has arrived, so on a
    /// slow link a large one looks like silence.
    pub message_bytes: usize,
    /// Entries and presences collected in one message.
    pub message_entries: usize,
    /// Ledger accounts, those of absent peers included; the least recently used is evicted.
    pub accounts: usize,
    /// Blocks remembered to tell a duplicate from a block that nobody asked for.
    pub recent_blocks: usize,
    /// How often one request may be deferred; the next deferral counts as a refusal.
    pub deferrals: u32,
    /// DONT_HAVEs in a row after which a peer is removed from a session.
    pub dont_haves_in_a_row: u32,
    /// The longest that a servable request waits while others are served.
    pub starvation: Duration,
    /// How long a peer selector may leave a want without an ask before the engine asks a peer
    /// itself.
    pub held_back: Duration,
}

/// Fixed limits, which cannot be configured: on the answers of strategies, and on what one input
/// may cause.
impl Limits {
    /// Wants of one session that are open at once by default, and that one caller may wait for:
    /// more than servers remember of one peer.
    pub const WANTS_PER_SESSION: usize = 8_192;
    /// The longest delay of an ask that a peer selector may choose; a longer one is cut to it.
    pub const ASK_DELAY: Duration = Duration::from_secs(10);
    /// The shortest timeout of an ask that a peer selector may choose.
    pub const ASK_TIMEOUT_LEAST: Duration = Duration::from_millis(50);
    /// The longest timeout of an ask that a peer selector may choose.
    pub const ASK_TIMEOUT_MOST: Duration = Duration::from_secs(60);
    /// Wants of ours that a peer is assumed to remember unless it says otherwise: as many as
    /// servers are known to (1,024 in boxo), less those that they forget only after the block is
    /// here.
    pub const WANTS_REMEMBERED: usize = 1_024;
    /// Wants of one peer that are remembered while at least half of [`Self::requests`] is in use
    /// (as in boxo).
    pub const CROWDED_REQUESTS_PER_PEER: usize = 1_024;
    /// Bytes of blocks that any peer may be asked for at once: two blocks of the usual size, and as
    /// much as a connection carries in its first round trips.
    pub const WINDOW_LEAST: u64 = 512 * 1024;
    /// Blocks that any peer may be asked for at once, whatever their size.
    pub const WINDOW_BLOCKS_LEAST: u32 = 2;
    /// What a peer is asked for takes at most so long: boxo gives up a message that takes longer
    /// than 10 s, and writes many at once.
    pub const WINDOW_LONGEST: Duration = Duration::from_secs(8);
    /// How much longer than it takes to answer a peer is kept busy: a driver, or a store, that is
    /// late for less costs nothing.
    pub const WINDOW_QUEUE: Duration = Duration::from_millis(50);
    /// So much is queued at a slower peer, though for no longer than [`Self::WINDOW_QUEUE_MOST`]:
    /// a server that writes several blocks at a time, as boxo does, ends them together, and then is
    /// idle until the next asks come.
    pub const WINDOW_QUEUE_BYTES: u64 = 3 * 512 * 1024;
    /// The longest queue of [`Self::WINDOW_QUEUE_BYTES`].
    pub const WINDOW_QUEUE_MOST: Duration = Duration::from_millis(600);
    /// Sessions that are asked in turn, after one block of a peer, what they want of it.
    pub const TURNS: usize = 16;
    /// Want-blocks in flight that the view of one session shows.
    pub const VIEW_IN_FLIGHT: usize = 1_024;
    /// The shortest time after which a peer selector may be asked again although nothing happened.
    pub const SELECTOR_WAKE_LEAST: Duration = Duration::from_millis(1);
    /// The longest time after which a peer selector may be asked again.
    pub const SELECTOR_WAKE_MOST: Duration = Duration::from_secs(60);
    /// The longest wait for the answer to a want-block whose peer answers others, and sends no
    /// blocks; then it times out.
    pub const ANSWER_WAIT: Duration = Duration::from_secs(120);
    /// How often a driver tells at most that [bytes](crate::Input::BytesReceived) of a message
    /// came.
    pub const BYTES_TOLD: Duration = Duration::from_millis(250);
    /// Members of one session that joined it because they want what it wants.
    pub const LEECHERS: usize = 32;
    /// Blocks that a session of leechers asks of its only other member, whatever its window.
    pub const ONLY_SEEDER_BLOCKS: u32 = 12;
    /// Wants of a session of leechers, the oldest, of which the rarest is asked for first.
    pub const HORIZON: usize = 64;
    /// Blocks sent, over all peers, that are remembered to tell which ones a crowd has least of.
    pub const COPIES: usize = 4_096;
    /// Tasks of one rank that are compared by them when a turn is given.
    pub const COPIES_COMPARED: usize = 32;
    /// Asks of one session that one peer takes over from others at once.
    pub const MOVED_AT_ONCE: usize = 16;
    /// How many times sooner an ask must be answered where it is moved to, among leechers: all of
    /// them ask each other, so neither time is known well.
    pub const SOONER_IN_A_CROWD: u32 = 4;
    /// Bytes a second at which a peer that was asked for blocks is not silent, whatever they are
    /// of.
    pub const LEAST_RATE: u64 = 1_000;
    /// A want-block is passed over when its peer has sent twice the blocks that it was asked for
    /// before, and these besides: then it times out although others come.
    pub const PASSED_OVER_BLOCKS: u64 = 8;
    /// How often a peer is asked again before its time for what it may have lost, or got since.
    pub const LOSSES: u8 = 3;
    /// The longest wait of a want-block for room on the wantlist of a peer that sends nothing; then
    /// it times out.
    pub const ROOM_WAIT: Duration = Duration::from_secs(60);
    /// Bytes of blocks that came and are not stored yet, over all sessions: while there are so
    /// many, nobody is asked for a block. Twice what one fetch has open.
    pub const UNSTORED_BYTES: u64 = 32 * 1024 * 1024;
    /// The shortest wait of a search that a provider finder may choose.
    pub const SEARCH_WAIT_LEAST: Duration = Duration::from_millis(100);
    /// The longest wait of a search that a provider finder may choose.
    pub const SEARCH_WAIT_MOST: Duration = Duration::from_secs(60);
    /// Wants of one session that a provider finder sees at once (as many as boxo broadcasts).
    pub const SEARCH_VIEW_WANTS: usize = 64;
    /// How deep sets of peers may be in each other.
    pub const PEER_SETS_DEPTH: usize = 3;
    /// Sets of peers in one union.
    pub const PEER_SETS: usize = 8;
    /// Steps of one search at one moment: more than any plan needs.
    pub const SEARCH_STEPS: usize = 8;
    /// Actions of searches in one input, since thousands of wants may be given up, or searched for,
    /// at once. The rest follow after [`Self::SEARCH_PAUSE`].
    pub const SEARCH_ACTIONS: usize = 32;
    /// Peers that broadcasts ask in one input, so that an input takes milliseconds with any number
    /// of peers. The others follow after [`Self::SEARCH_PAUSE`].
    pub const BROADCAST_ASKS: usize = 1_024;
    /// The pause after [`Self::SEARCH_ACTIONS`], [`Self::BROADCAST_ASKS`] or [`Self::RELAY_TURNS`]
    /// in one input.
    pub const SEARCH_PAUSE: Duration = Duration::from_millis(1);
    /// The longest that a look-up of providers may run.
    pub const LOOKUP: Duration = Duration::from_secs(60);
    /// How long a peer that never had anything for us may be silent before a want that [ends
    /// early](crate::SessionOptions::ends_early) waits for it no longer: less than the first pause
    /// after which it is asked again. So long, too, may less than [`Self::LEAST_RATE`] come of
    /// frames that have begun.
    pub const SILENCE: Duration = Duration::from_secs(20);
    /// The timeout of a session that ends early and has none of its own.
    pub const SESSION_TIMEOUT: Duration = Duration::from_secs(60);
    /// Sessions that are examined in one input for wants that end early; and wants of each.
    pub const EARLY_ENDS: usize = 64;
    /// Providers accepted from one answer of a router.
    pub const PROVIDERS_PER_ANSWER: usize = 64;
    /// Providers that are remembered for each want.
    pub const PROVIDERS_PER_WANT: usize = 64;
    /// Providers being dialled at once, over all searches.
    pub const DIALS: usize = 1_024;
    /// Peers accepted from a registry for a new session.
    pub const CANDIDATES: usize = 10;
    /// The longest that a ledger policy may defer a request.
    pub const DEFERRAL: Duration = Duration::from_secs(60);
    /// The longest that a rank is used before the task prioritizer is asked again.
    pub const RANK: Duration = Duration::from_secs(60);
    /// Bytes that a rate limit counts as one.
    pub const RATE_CELL: u64 = 1_024;
    /// Bytes that may leave at once under an upload limit after a pause, so that a driver that is
    /// late loses nothing of the limit, and what is small does not wait.
    pub const UPLOAD_BURST: u64 = 1024 * 1024;
    /// Reasons that are counted by name for one strategy; all others are counted together.
    pub const REASONS: usize = 64;
    /// Parts of one strategy of which it tells people.
    pub const REPORT_PARTS: usize = 32;
    /// Members of a session that have disconnected and are remembered.
    pub const FORMER_MEMBERS: usize = 256;
    /// CIDs without room among the open wants that are read from our own store at once, one of each
    /// call.
    pub const READ_WITHOUT_ROOM: usize = 16;
    /// Wants that are evicted from one peer's requests at once.
    pub const EVICTED_AT_ONCE: usize = 64;
    /// How often one want-have that was evicted before its answer is sent again before it is asked
    /// again: where one want is evicted for each want-block, two messages for each block are lost.
    pub const SENT_AFTER_EVICTION: u8 = 4;
    /// How often the size of messages to one peer is doubled at most.
    pub const MESSAGE_DOUBLINGS: u32 = 2;
    /// Block bytes up to which a message grows for a peer that takes messages fast.
    pub const MESSAGE_BYTES_MOST: usize = 64 * 1024;
    /// A message with blocks that its peer has not taken after this time is slow. What is in flight
    /// for a peer is what it takes in this time: order, priorities and cancels reach the rest.
    pub const SLOW_SEND: Duration = Duration::from_millis(200);
    /// Peers that take their messages slowly hold together one part in this many of
    /// [`Self::outstanding_bytes`], however many they are.
    pub const SLOW_PARTS: u64 = 4;
    /// Bytes that may be in flight for any peer: a full message.
    pub const AHEAD_LEAST: u64 = Self::MESSAGE_BYTES_MOST as u64;
    /// Rounds of consequences of one input: a guard, since no input needs as many.
    pub const ROUNDS: usize = 64;
    /// Lives for which a relayed want is remembered after it ended: a peer that accepted it later
    /// may send it back to us after we are done with it.
    pub const RELAY_MEMORY: u32 = 2;
    /// New wants of one peer that are forwarded per [`Self::RELAY_WANTS_TIME`]: a list of small
    /// blocks is through before its requester gives up.
    pub const RELAY_WANTS: u32 = 2_048;
    /// The time in which [`Self::RELAY_WANTS`] new wants of one peer are forwarded.
    pub const RELAY_WANTS_TIME: Duration = Duration::from_secs(10);
    /// Wants that waited for a budget of the relay and are tried again in one input.
    pub const RELAY_TURNS: usize = 16;
    /// The pause after tries of which none had room: a rate allows ten more in it.
    pub const RELAY_PAUSE: Duration = Duration::from_millis(50);
    /// A driver that is later than a deadline by more than this was stopped, and the time between
    /// does not count, see [`Self::CLOCK_LEAPS`]. So often a session that waits is looked at, so
    /// that there is a deadline to be late for.
    pub const CLOCK_LEAP: Duration = Duration::from_secs(2);
    /// How many deadlines in a row may be missed by [`Self::CLOCK_LEAP`]: a driver that misses more
    /// is always late, and its time counts.
    pub const CLOCK_LEAPS: u8 = 8;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            peers: 16_384,
            open_wants: 65_536,
            wants_per_session: Self::WANTS_PER_SESSION,
            searches_per_session: 64,
            calls: 65_536,
            cids_per_call: 1 << 20,
            session_members: 256,
            session_view_wants: 256,
            asks_per_answer: 16_384,
            block_asks_per_want: 3,
            block_asks_in_doubt: 128,
            wants_for_a_new_peer: 64,
            wants_per_peer: 16_384,
            requests_per_peer: 16_384,
            requests: 262_144,
            presences_per_peer: 4_096,
            reads: 1_024,
            reads_per_peer: 256,
            outstanding_bytes_per_peer: 1024 * 1024,
            outstanding_bytes: 32 * 1024 * 1024,
            upload_bytes_per_second: u64::MAX,
            upload_bytes_per_second_per_peer: u64::MAX,
            message_bytes: 16 * 1024,
            message_entries: 2_048,
            accounts: 65_536,
            recent_blocks: 16_384,
            deferrals: 64,
            dont_haves_in_a_row: 16,
            starvation: Duration::from_secs(10),
            held_back: Duration::from_secs(5),
        }
    }
}

impl Limits {
    /// The upload limits, of the node and of each peer.
    pub(crate) fn upload(&self) -> [ByteRate; 2] {
        let rates = [self.upload_bytes_per_second, self.upload_bytes_per_second_per_peer];
        rates.map(|rate| NonZeroU64::new(rate).filter(|rate| *rate < NonZeroU64::MAX))
    }

    /// Checks that no limit is zero, which could be read as "nothing" or as "no limit".
    ///
    /// # Errors
    /// [`ConfigError::Zero`] names the first limit that is zero.
    pub fn check(&self) -> Result<(), ConfigError> {
        let named = [
            ("peers", self.peers as u64),
            ("open_wants", self.open_wants as u64),
            ("wants_per_session", self.wants_per_session as u64),
            ("searches_per_session", self.searches_per_session as u64),
            ("calls", self.calls as u64),
            ("cids_per_call", self.cids_per_call as u64),
            ("session_members", self.session_members as u64),
            ("session_view_wants", self.session_view_wants as u64),
            ("asks_per_answer", self.asks_per_answer as u64),
            ("block_asks_per_want", self.block_asks_per_want as u64),
            ("block_asks_in_doubt", self.block_asks_in_doubt as u64),
            ("wants_for_a_new_peer", self.wants_for_a_new_peer as u64),
            ("wants_per_peer", self.wants_per_peer as u64),
            ("requests_per_peer", self.requests_per_peer as u64),
            ("requests", self.requests as u64),
            ("presences_per_peer", self.presences_per_peer as u64),
            ("reads", self.reads as u64),
            ("reads_per_peer", self.reads_per_peer as u64),
            ("outstanding_bytes_per_peer", self.outstanding_bytes_per_peer),
            ("outstanding_bytes", self.outstanding_bytes),
            ("upload_bytes_per_second", self.upload_bytes_per_second),
            ("upload_bytes_per_second_per_peer", self.upload_bytes_per_second_per_peer),
            ("message_bytes", self.message_bytes as u64),
            ("message_entries", self.message_entries as u64),
            ("accounts", self.accounts as u64),
            ("recent_blocks", self.recent_blocks as u64),
            ("deferrals", u64::from(self.deferrals)),
            ("dont_haves_in_a_row", u64::from(self.dont_haves_in_a_row)),
            ("starvation", self.starvation.as_millis() as u64),
            ("held_back", self.held_back.as_millis() as u64),
        ];
        match named.iter().find(|(_, value)| *value == 0) {
            Some((name, _)) => Err(ConfigError::Zero { limit: name }),
            None => Ok(()),
        }
    }
}
