//! Every bound in one place, with the reason for the number.

use std::time::Duration;

use crate::error::ConfigError;

/// Largest block that is asked for, served or accepted: the specification's figure.
pub const MAX_BLOCK_BYTES: usize = 2 * 1024 * 1024;

/// Largest frame that is read or written: the specification's figure.
pub const MAX_FRAME_BYTES: usize = 4 * 1024 * 1024;

/// Longest CID on the wire: four varints of ten bytes and a digest of 128.
pub const MAX_CID_BYTES: usize = 168;

/// Shortest digest that identifies a block: a shorter one could be matched by search.
pub const MIN_DIGEST_BYTES: u8 = 20;

/// What one engine may hold and do. Every field must be at least 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connected peers; one more is let go.
    pub peers: usize,
    /// CIDs wanted at once, over all sessions; calls beyond it wait, and get only what
    /// our own store has.
    pub open_wants: usize,
    /// Wants of one session asked or searched at once, below what servers remember (1,024 in the
    /// reference): what a server forgets is asked again only after a time-out.
    pub wants_per_session: usize,
    /// Searches that a session without members begins at once, while there are no more than these
    /// in the whole node, and else only one; the others wait for the first member, since each small
    /// block comes from everybody who is asked.
    pub searches_per_session: usize,
    /// Calls open at once; one more fails.
    pub calls: usize,
    /// CIDs in one call; a longer list fails.
    pub cids_per_call: usize,
    /// Members of one session whose rows a selector sees.
    pub session_members: usize,
    /// Wants of one session that a selector sees at once, oldest first.
    pub session_view_wants: usize,
    /// Asks accepted from one answer of a selector.
    pub asks_per_answer: usize,
    /// Block asks in flight for one want, hedges included.
    pub block_asks_per_want: usize,
    /// Block asks in flight for one want while nobody keeps a promise: so that one honest peer is
    /// found among so many liars.
    pub block_asks_in_doubt: usize,
    /// Want-haves of running searches that a new peer is sent at once.
    pub wants_for_a_new_peer: usize,
    /// Wants of ours that one peer is told of at once, over all sessions: as many as servers are
    /// known to remember (1,024 in the reference). The rest waits; want-blocks come first.
    pub wants_per_peer: usize,
    /// Wants of one peer that are remembered, as in the reference; the least important make room.
    pub requests_per_peer: usize,
    /// Wants of all peers that are remembered. At the limit the peer that has most makes room for
    /// one that has fewer.
    pub requests: usize,
    /// HAVEs and DONT_HAVEs that wait to be written to one peer, the most that one message can ask
    /// for. A peer that does not read them is told no more.
    pub presences_per_peer: usize,
    /// Reads of our store that peers have started and that are not done; what goes over waits, by
    /// age.
    pub reads: usize,
    /// Reads of blocks for one peer that are not done: bounds what costs no bytes, as empty blocks.
    pub reads_per_peer: usize,
    /// Block bytes read for one peer and not yet written to it; one block may go over.
    pub outstanding_bytes_per_peer: u64,
    /// The same for all peers together: what makes the serving order matter.
    pub outstanding_bytes: u64,
    /// Block bytes gathered in one message, as in the reference; one block may go over. Nothing
    /// of a message counts as come before all of it has, so large ones look like silence on a slow
    /// link.
    pub message_bytes: usize,
    /// Entries and presences gathered in one message.
    pub message_entries: usize,
    /// Accounts kept, those of absent peers included; the longest unused goes first.
    pub accounts: usize,
    /// Blocks remembered to tell a duplicate from a block nobody asked for.
    pub recent_blocks: usize,
    /// How often one request may be deferred before it counts as refused.
    pub deferrals: u32,
    /// DONT_HAVEs in a row after which a peer leaves a session.
    pub dont_haves_in_a_row: u32,
    /// The longest a servable request waits while others are served.
    pub starvation: Duration,
    /// How long a want may be held back by its selector before the engine asks somebody itself.
    pub held_back: Duration,
}

/// Bounds that nobody can set: on what a strategy may say, and on what one input may lead to.
impl Limits {
    /// An ask that a selector delays by more is made after this.
    pub const ASK_DELAY: Duration = Duration::from_secs(10);
    /// A time-out that a selector names is at least this ...
    pub const ASK_TIMEOUT_LEAST: Duration = Duration::from_millis(50);
    /// ... and at most this.
    pub const ASK_TIMEOUT_MOST: Duration = Duration::from_secs(60);
    /// However busy a peer is, a block ask it has not answered after this long has timed out.
    pub const ANSWER_WAIT: Duration = Duration::from_secs(120);
    /// A block ask that finds no room on its peer's list for this long has timed out.
    pub const ROOM_WAIT: Duration = Duration::from_secs(60);
    /// A finder sleeps for at least this ...
    pub const SEARCH_WAIT_LEAST: Duration = Duration::from_millis(100);
    /// ... and at most this.
    pub const SEARCH_WAIT_MOST: Duration = Duration::from_secs(60);
    /// Steps of one search at one moment: more than any plan needs.
    pub const SEARCH_STEPS: usize = 8;
    /// After so many actions of searches in one input the rest of them waits, since thousands of
    /// wants may be given up, or looked for, at once ...
    pub const SEARCH_ACTIONS: usize = 32;
    /// ... for this long.
    pub const SEARCH_PAUSE: Duration = Duration::from_millis(1);
    /// A look-up ends after this.
    pub const LOOKUP: Duration = Duration::from_secs(60);
    /// Providers taken from one answer of a router.
    pub const PROVIDERS_PER_ANSWER: usize = 64;
    /// Providers dialled at once, over all searches.
    pub const DIALS: usize = 1_024;
    /// Peers that a registry may name for a new session.
    pub const CANDIDATES: usize = 10;
    /// A ledger policy defers a request by at most this.
    pub const DEFERRAL: Duration = Duration::from_secs(60);
    /// A rank is asked again after at most this.
    pub const RANK: Duration = Duration::from_secs(60);
    /// Reasons that are counted by name for one strategy; the others are one.
    pub const REASONS: usize = 64;
    /// Members that are gone and that a session remembers.
    pub const FORMER_MEMBERS: usize = 256;
    /// CIDs without room among the open wants that are read from our own store at once, one of each
    /// call.
    pub const READ_WITHOUT_ROOM: usize = 16;
    /// Wants that are evicted from one peer's list at once.
    pub const EVICTED_AT_ONCE: usize = 64;
    /// Rounds of consequences of one input: more than any need; a guard.
    pub const ROUNDS: usize = 64;
    /// A relayed want is remembered for so many of its lives after it ended: a peer that took it on
    /// later may say it when we are through with it.
    pub const RELAY_MEMORY: u32 = 2;
    /// New wants of one peer that are passed on in [`Self::RELAY_WANTS_TIME`].
    pub const RELAY_WANTS: u32 = 256;
    /// See [`Self::RELAY_WANTS`].
    pub const RELAY_WANTS_TIME: Duration = Duration::from_secs(10);
    /// A driver that comes so much later than a deadline was not there, and the time between does
    /// not count ...
    pub const CLOCK_LEAP: Duration = Duration::from_secs(60);
    /// ... but one that does so as often in a row is always late.
    pub const CLOCK_LEAPS: u8 = 8;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            peers: 16_384,
            open_wants: 65_536,
            wants_per_session: 512,
            searches_per_session: 64,
            calls: 65_536,
            cids_per_call: 1 << 20,
            session_members: 256,
            session_view_wants: 256,
            asks_per_answer: 16_384,
            block_asks_per_want: 3,
            block_asks_in_doubt: 128,
            wants_for_a_new_peer: 64,
            wants_per_peer: 1_024,
            requests_per_peer: 1_024,
            requests: 262_144,
            presences_per_peer: 4_096,
            reads: 1_024,
            reads_per_peer: 256,
            outstanding_bytes_per_peer: 1024 * 1024,
            outstanding_bytes: 32 * 1024 * 1024,
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
    /// Refuses a limit of zero: it would mean "nothing works" in one place and "no limit" in the
    /// reader's mind.
    ///
    /// # Errors
    /// [`ConfigError::Zero`] names the first limit that is zero; nothing was changed.
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
