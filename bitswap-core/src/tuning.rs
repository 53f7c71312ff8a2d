//! Values that the engine uses where no strategy is asked: delays of retries, how long entries are
//! coalesced. Each value has its reason; what limits memory or work is in `limits`.

use std::time::Duration;

use crate::error::ConfigError;

/// Delays, retries and other values that no strategy decides. Every number must be at least 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// Delays before a broadcast repeats a want-have to a peer that was sent it before: before the
    /// first retry, the second, and each later one. A peer that remembers the want answers by
    /// itself when it gets the block; the first retry is for a peer that lost it.
    pub retry: [Duration; 3],
    /// Exponential backoff for a peer that did not send the block it was asked for: the delay
    /// before it is asked again starts at the first value of `retry` and doubles each time, at most
    /// this many times, and never exceeds the last value.
    pub retry_doublings: u32,
    /// How long after its reconnection a peer is not sent the wants that were open before. It is
    /// sent some of them at once; without the pause, a mass reconnection would send all of them to
    /// all peers.
    pub reconnect_grace: Duration,
    /// Searches that are examined for each want-have that a new peer is sent, so that no session is
    /// left out.
    pub newcomer_scan: usize,
    /// The shortest time for which non-urgent entries are coalesced into one message; the usual
    /// time is a round trip. As long as boxo's pause between messages.
    pub coalesce_least: Duration,
    /// The longest time for which non-urgent entries are coalesced into one message.
    pub coalesce_most: Duration,
    /// Number of coalesced entries that are sent without waiting any longer.
    pub coalesce_entries: usize,
    /// The longest answer time that counts in the average of a session (as in boxo): a longer one
    /// tells of the queue at the peer, and not of the next answer.
    pub answer_sample_most: Duration,
    /// How often a block is queued for a peer that it cannot be written to, before it is dropped.
    pub send_attempts: u32,
    /// A ledger policy is asked again for a peer's weight after so many bytes were exchanged.
    pub reweigh_bytes: u64,
    /// A ledger policy is asked again for a peer's weight after the bytes exchanged with it grew by
    /// one part in this many.
    pub reweigh_parts: u64,
    /// The shortest time after which a ledger policy is asked again for a peer's weight.
    pub reweigh_least: Duration,
    /// The longest time after which a ledger policy is asked again for a peer's weight.
    pub reweigh_most: Duration,
}

/// Fixed values, which cannot be configured: how what is measured of peers is smoothed.
impl Tuning {
    /// The length of a window in which the delivery rate of a peer is measured.
    pub const RATE_WINDOW: Duration = Duration::from_millis(250);
    /// The shortest window: a shorter one counts as one of this length.
    pub const RATE_WINDOW_LEAST: Duration = Duration::from_millis(1);
    /// The number of windows, the best of which is the delivery rate of a peer.
    pub const RATE_WINDOWS: usize = 8;
    /// After how many times the usual time of its peer an answer is late (as in boxo).
    pub const LATE_AFTER: u32 = 2;
    /// The same until the peer has sent a block of the usual size, or as many bytes: on a
    /// connection that has not found its rate, such a block takes five round trips.
    pub const LATE_AFTER_AT_FIRST: u32 = 6;
    /// And at least this: parts of blocks are told every `Limits::BYTES_TOLD`, and a slow line
    /// shows the first one later.
    pub const LATE_AT_FIRST_LEAST: Duration = Duration::from_secs(1);
    /// A peer that takes a message of blocks within this time is sent larger ones: a block that is
    /// put into a message can no longer be cancelled, nor does that of another peer go first.
    pub const FAST_SEND: Duration = Duration::from_millis(1);
    /// The size of a block of which nothing is known: that of the chunks that importers make.
    pub const BLOCK_BYTES_GUESS: u64 = 256 * 1024;
    /// The size of a block with links of which nothing is known: few are leaves.
    pub const NODE_BYTES_GUESS: u64 = 64 * 1024;
    /// After so many blocks of a kind their mean size tells of the next.
    pub const USUAL_BLOCKS: u32 = 4;
    /// The least size by which a session asks whose own blocks are not known: those of other
    /// sessions may have been very small.
    pub const OTHERS_BYTES_LEAST: u64 = 8 * 1024;
    /// A rate is better if it is so by one part in this many: then a larger window brings more.
    pub const TRIAL_PARTS: u64 = 4;
    /// After so many rates that are not better, a larger window brings no more.
    pub const TRIAL_RATES: u32 = 3;
    /// The pause after which a larger window is tried again.
    pub const TRIAL_PAUSE: Duration = Duration::from_secs(10);
    /// The recent deliveries of all members of a session are halved after so many of its blocks.
    pub const RECENT_BLOCKS: u64 = 64;
    /// How many changes of peers a session can miss and still tell them apart: as many as it has
    /// members by default. One that missed more reads all its members again.
    pub const CHANGES_NOTED: usize = 256;
    /// Answer times are counted in so many buckets, a quarter of an octave wide: up to two minutes.
    pub const ANSWER_TIME_BUCKETS: usize = 108;
    /// All counts of answer times are halved when there are so many, so that old ones are
    /// forgotten.
    pub const ANSWER_TIMES: u32 = 1_024;
    /// The least answer time of a peer is that of the last one or two spans of this length.
    pub const ANSWER_TIME_SPAN: Duration = Duration::from_secs(10);
    /// An answer sooner than the round trip divided by this number answers an earlier ask. Round
    /// trips vary, so it is not the whole of it.
    pub const LEAST_OF_ROUND_TRIP: u32 = 2;
    /// After this time without a reset of a peer, its former ones are forgotten.
    pub const RESET_MEMORY: Duration = Duration::from_secs(60);
}

impl Tuning {
    /// Checks that all values are usable.
    ///
    /// # Errors
    /// A [`ConfigError`] that names the first value that is not.
    pub fn check(&self) -> Result<(), ConfigError> {
        let [first, second, later] = self.retry.map(|pause| pause.as_millis() as u64);
        let named = [
            ("tuning.retry", first.min(second).min(later)),
            ("tuning.newcomer_scan", self.newcomer_scan as u64),
            ("tuning.coalesce_entries", self.coalesce_entries as u64),
            ("tuning.send_attempts", u64::from(self.send_attempts)),
            ("tuning.reweigh_most", self.reweigh_most.as_millis() as u64),
        ];
        if let Some((limit, _)) = named.iter().find(|(_, value)| *value == 0) {
            return Err(ConfigError::Zero { limit });
        }
        let (least, most) = (self.coalesce_least, self.coalesce_most);
        if least > most {
            let (least, most) = (("tuning.coalesce_least", least), ("tuning.coalesce_most", most));
            return Err(ConfigError::Range { least, most });
        }
        Ok(())
    }
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            retry: [30, 600, 3_600].map(Duration::from_secs),
            retry_doublings: 7,
            reconnect_grace: Duration::from_secs(15),
            newcomer_scan: 16,
            coalesce_least: Duration::from_millis(20),
            coalesce_most: Duration::from_millis(250),
            coalesce_entries: 64,
            answer_sample_most: Duration::from_secs(30),
            send_attempts: 3,
            reweigh_bytes: 16 * 1024,
            reweigh_parts: 100,
            reweigh_least: Duration::from_secs(1),
            reweigh_most: Duration::from_secs(10),
        }
    }
}
