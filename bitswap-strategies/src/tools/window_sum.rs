//! A sum over the last seconds.

use std::time::Duration;

use bitswap_core::Timestamp;

/// What was added within the last span of time, to a sixteenth of the span.
///
/// ```
/// use std::time::Duration;
///
/// use bitswap_strategies::fixture::at;
/// use bitswap_strategies::tools::WindowSum;
///
/// let mut bytes = WindowSum::new(Duration::from_secs(16));
/// bytes.add(at(0), 5);
/// bytes.add(at(10_000), 7);
/// assert_eq!(bytes.sum(at(10_000)), 12);
/// assert_eq!(bytes.sum(at(16_000)), 7);
/// assert_eq!(bytes.sum(at(30_000)), 0);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowSum {
    slot: u64,
    slots: [u64; Self::SLOTS],
    /// The number of the newest slot, counted from the start of time.
    newest: u64,
}

impl WindowSum {
    const SLOTS: usize = 16;

    /// An empty sum over the last `span`, which is at least 16 ns.
    pub const fn new(span: Duration) -> Self {
        let slot = span.as_nanos() as u64 / Self::SLOTS as u64;
        Self { slot: if slot == 0 { 1 } else { slot }, slots: [0; Self::SLOTS], newest: 0 }
    }

    /// Adds an amount at a moment that is not before the last one.
    pub fn add(&mut self, now: Timestamp, amount: u64) {
        self.newest = self.move_to(now);
        let place = self.newest as usize % Self::SLOTS;
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = slot.saturating_add(amount);
        }
    }

    /// What was added within the span before `now`.
    pub fn sum(&self, now: Timestamp) -> u64 {
        let passed = self.passed(now);
        let kept = Self::SLOTS.saturating_sub(passed);
        let slots = (0..kept).map(|back| (self.newest as usize + Self::SLOTS - back) % Self::SLOTS);
        slots.filter_map(|place| self.slots.get(place)).fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// Slots that were left since the newest one.
    fn passed(&self, now: Timestamp) -> usize {
        let passed = (now.as_nanos() / self.slot).saturating_sub(self.newest);
        usize::try_from(passed).unwrap_or(usize::MAX)
    }

    /// Empties the slots that were left, and returns the number of the newest.
    fn move_to(&mut self, now: Timestamp) -> u64 {
        for step in 1..=self.passed(now).min(Self::SLOTS) {
            let place = (self.newest as usize + step) % Self::SLOTS;
            if let Some(slot) = self.slots.get_mut(place) {
                *slot = 0;
            }
        }
        self.newest.max(now.as_nanos() / self.slot)
    }
}
