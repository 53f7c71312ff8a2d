//! What came of the decisions of two arms: counts, and one sample of each subject.

use std::time::Duration;

use bitswap_core::strategy::{AskOutcome, Mean, PartReport, StrategyEvent};
use bitswap_core::wire::WantKind;
use bitswap_core::{CidKey, PeerKey, Timestamp};

use super::Subject;
use crate::tools::Recent;

/// The outcomes of two arms. What belongs to which arm, the split says.
#[derive(Debug)]
pub(super) struct Outcomes {
    subject: Subject,
    arms: [Counts; 2],
    open: Recent<u64, Open>,
    /// When wants of peers came that were not served yet.
    wanted: Recent<(PeerKey, CidKey), Timestamp>,
    last: Option<u64>,
}

/// Subjects whose samples are not complete; the one without an event for longest is forgotten.
const OPEN: usize = 4_096;

/// Wants of peers that wait; the oldest is forgotten.
const WANTED: usize = 8_192;

impl Outcomes {
    pub(super) fn new(subject: Subject) -> Self {
        let arms = [Counts::new(subject), Counts::new(subject)];
        let (open, wanted) = (Recent::new(OPEN), Recent::new(WANTED));
        Self { subject, arms, open, wanted, last: None }
    }

    /// Notes an event. `arm` is the number of the arm to which a subject belongs.
    pub(super) fn observe(
        &mut self,
        now: Timestamp,
        event: &StrategyEvent,
        arm: impl Fn(u64) -> usize,
    ) {
        if let StrategyEvent::WantSeen { peer, want, kind: WantKind::Block } = event {
            self.wanted.insert((*peer, *want), now);
        }
        let Some(key) = self.subject.of_event(now, event) else { return };
        if self.subject == Subject::Slot
            && let Some(last) = self.last.replace(key).filter(|last| *last != key)
        {
            self.close(last, arm(last));
        }
        let mut waited = None;
        if let StrategyEvent::BlockSent { peer, want, .. } = event {
            waited = self.wanted.remove((*peer, *want)).map(|since| now.since(since));
        }
        if let Some(counts) = self.arms.get_mut(arm(key)) {
            count(counts, event);
        }
        if Subject::is_begin(event) {
            self.open.or_insert_with(key, || Open::new(now));
        }
        if let Some(open) = self.open.get_mut(key) {
            open.observe(now, event, waited);
        }
        if self.subject.is_end(event) {
            self.close(key, arm(key));
        }
    }

    /// Adds what is known of an arm to its report.
    pub(super) fn told(&self, arm: usize, mut part: PartReport) -> PartReport {
        if let Some(counts) = self.arms.get(arm) {
            part.counts.extend_from_slice(&counts.counts);
            part.means.extend_from_slice(&counts.means);
        }
        part
    }

    fn close(&mut self, key: u64, arm: usize) {
        if let (Some(open), Some(counts)) = (self.open.remove(key), self.arms.get_mut(arm)) {
            open.sample(counts);
        }
    }
}

/// The counts and means of one arm. Names that are not those of the subject are not counted.
#[derive(Debug)]
struct Counts {
    counts: Vec<(&'static str, u64)>,
    means: Vec<(&'static str, Mean)>,
}

impl Counts {
    fn new(subject: Subject) -> Self {
        let counts = subject.counts().iter().map(|name| (*name, 0)).collect();
        let means = subject.means().iter().map(|name| (*name, Mean::default())).collect();
        Self { counts, means }
    }

    fn add(&mut self, name: &str, count: u64) {
        if let Some((_, sum)) = self.counts.iter_mut().find(|(known, _)| *known == name) {
            *sum = sum.saturating_add(count);
        }
    }

    /// Whether there is such a mean.
    fn sample(&mut self, name: &str, sample: u64) -> bool {
        let mean = self.means.iter_mut().find(|(known, _)| *known == name);
        mean.map(|(_, mean)| mean.add(sample)).is_some()
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "of most events nothing is counted")]
fn count(counts: &mut Counts, event: &StrategyEvent) {
    match event {
        StrategyEvent::AskEnded { outcome: AskOutcome::TimedOut, .. } => counts.add("timeouts", 1),
        StrategyEvent::AskMade { kind: WantKind::Block, .. } => counts.add("block_asks", 1),
        StrategyEvent::BlockReceived { bytes, .. } => {
            counts.add("blocks_received", 1);
            counts.add("bytes_received", u64::from(*bytes));
        }
        StrategyEvent::BlockSent { bytes, .. } => {
            counts.add("blocks_sent", 1);
            counts.add("bytes_sent", u64::from(*bytes));
        }
        StrategyEvent::BroadcastMade { .. } => counts.add("broadcasts", 1),
        StrategyEvent::DontHaveReceived { .. } => counts.add("dont_haves", 1),
        StrategyEvent::DuplicateReceived { .. } => counts.add("duplicates", 1),
        StrategyEvent::LookupEnded { .. } => counts.add("lookups", 1),
        StrategyEvent::TurnTaken { .. } => counts.add("turns", 1),
        _ => {}
    }
}

/// A subject that has not ended.
#[derive(Clone, Debug)]
struct Open {
    began: Timestamp,
    /// When its first and its last block came.
    first_block: Option<Timestamp>,
    last_block: Option<Timestamp>,
    received: u64,
    sent: u64,
    /// How many asks were answered by a block, and the sum of the times that took.
    answers: Times,
    /// The same, of wants of peers that we served.
    waits: Times,
}

impl Open {
    const fn new(began: Timestamp) -> Self {
        let (first_block, last_block, received, sent) = (None, None, 0, 0);
        let (answers, waits) = (Times { count: 0, sum: 0 }, Times { count: 0, sum: 0 });
        Self { began, first_block, last_block, received, sent, answers, waits }
    }

    fn observe(&mut self, now: Timestamp, event: &StrategyEvent, waited: Option<Duration>) {
        if let StrategyEvent::BlockReceived { bytes, after, .. } = event {
            self.received += u64::from(*bytes);
            self.first_block.get_or_insert(now);
            self.last_block = Some(now);
            self.answers.add(*after);
        }
        if let StrategyEvent::BlockSent { bytes, .. } = event {
            self.sent += u64::from(*bytes);
            self.waits.add(waited);
        }
    }

    /// Adds one sample of each mean for which anything is known.
    fn sample(&self, counts: &mut Counts) {
        let since_began = |at: Timestamp| micros(at.since(self.began));
        let rate = self.last_block.map(since_began).filter(|micros| *micros > 0).map(|micros| {
            // Bytes in a microsecond are MB/s.
            let kib = u128::from(self.received) * 1_000_000 / 1_024;
            u64::try_from(kib / u128::from(micros)).unwrap_or(u64::MAX)
        });
        let kib = |bytes: u64| (self.received + self.sent > 0).then_some(bytes / 1_024);
        let samples = [
            ("answer_us", self.answers.mean()),
            ("first_block_us", self.first_block.map(since_began)),
            ("kib_per_s", rate),
            ("received_kib", kib(self.received)),
            ("sent_kib", kib(self.sent)),
            ("wait_us", self.waits.mean()),
        ];
        let mut any = false;
        for (name, sample) in samples {
            any |= sample.is_some_and(|sample| counts.sample(name, sample));
        }
        if any && let Some((_, subjects)) = counts.counts.first_mut() {
            *subjects += 1;
        }
    }
}

#[derive(Clone, Debug)]
struct Times {
    count: u64,
    sum: u64,
}

impl Times {
    fn add(&mut self, time: Option<Duration>) {
        if let Some(time) = time {
            self.count += 1;
            self.sum = self.sum.saturating_add(micros(time));
        }
    }

    fn mean(&self) -> Option<u64> {
        self.sum.checked_div(self.count)
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
