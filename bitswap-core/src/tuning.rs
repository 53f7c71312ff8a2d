//! What the engine judges of its own accord, since no strategy is asked: when a peer is asked
//! again, what follows a HAVE without its block, how long a small message waits for others. Each
//! judgement is a value, with its reason; what bounds others is in `limits`.

use std::time::Duration;

use crate::error::ConfigError;

/// The judgements that no strategy makes. Every number must be at least 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// How long after a broadcast asked a peer the next one asks it again: the first time, the
    /// second time, and each later time. A peer that remembers the want says by itself when the
    /// block comes; the first repeat is for one that lost it.
    pub retry: [Duration; 3],
    /// A peer that did not send the block it was asked for is asked again after the first of these
    /// pauses, then after twice as long each time, so many times at most, and never after longer
    /// than the last of them.
    pub retry_doublings: u32,
    /// For so long after a peer has reconnected it is not asked for wants that were open before: it
    /// was asked for some of them at once, and after a mass reconnection all peers would be asked
    /// for all of them.
    pub reconnect_grace: Duration,
    /// Searches that are looked at for each want-have that a new peer is sent: no session is to be
    /// left out.
    pub newcomer_scan: usize,
    /// Holders that are asked for a block at once for each peer that said HAVE and did not send it.
    pub hedges_per_broken_have: usize,
    /// Entries that nothing waits for are coalesced into one message for a round trip, but for no
    /// less than this (the reference's pause between messages) ...
    pub coalesce_least: Duration,
    /// ... and for no longer than this.
    pub coalesce_most: Duration,
    /// So many entries that are coalesced are worth a message of their own.
    pub coalesce_entries: usize,
    /// A block that took longer than this says more of the queue it stood in than of the next one,
    /// and does not count in its session's answer time (as in the reference).
    pub answer_sample_most: Duration,
    /// How often a block is queued for a peer before it is given up, if it cannot be written.
    pub send_attempts: u32,
    /// A ledger policy is asked again for a peer's weight once so many bytes have passed...
    pub reweigh_bytes: u64,
    /// ... or one part in so many of all that had passed ...
    pub reweigh_parts: u64,
    /// ... but no sooner than after this ...
    pub reweigh_least: Duration,
    /// ... and in any case after this.
    pub reweigh_most: Duration,
}

impl Tuning {
    /// Refuses what cannot work.
    ///
    /// # Errors
    /// A [`ConfigError`] that names the value; nothing was changed.
    pub fn check(&self) -> Result<(), ConfigError> {
        let [first, second, later] = self.retry.map(|pause| pause.as_millis() as u64);
        let named = [
            ("tuning.retry", first.min(second).min(later)),
            ("tuning.newcomer_scan", self.newcomer_scan as u64),
            ("tuning.hedges_per_broken_have", self.hedges_per_broken_have as u64),
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
            hedges_per_broken_have: 4,
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
