//! The engine's own time, which runs steadily even if its driver's clock jumps.

use super::Timestamp;
use crate::limits::Limits;

/// Converts the driver's time to engine time.
///
/// If the driver's clock runs backwards, engine time stands still. If it jumps far beyond a
/// deadline, or the driver was stopped, the excess does not count: otherwise everything in flight
/// would time out at once, although no peer had a chance to answer. A driver that is always late
/// still reaches each deadline in the end.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// The driver's time at the last input.
    shown: Timestamp,
    /// The engine time at the last input.
    now: Timestamp,
    /// The next deadline since the last input, in engine time.
    due: Option<Timestamp>,
    /// Engine time minus the driver's time, in nanoseconds.
    ahead: i64,
    /// How many jumps in a row were not counted.
    leaps: u8,
}

impl Clock {
    /// Converts the driver time `shown` to engine time, if `due` is the next deadline in engine
    /// time.
    pub(crate) fn moment(&self, shown: Timestamp, due: Option<Timestamp>) -> Timestamp {
        let (last, own) = (self.own(self.shown), self.own(shown.max(self.shown)));
        match due {
            Some(due) if own > due.after(Limits::CLOCK_LEAP) => {
                if self.leaps >= Limits::CLOCK_LEAPS { due.max(last) } else { last }
            }
            _ => own,
        }
    }

    /// The engine time at the last input.
    pub(crate) const fn now(&self) -> Timestamp {
        self.now
    }

    /// The next deadline since the last input, in engine time.
    pub(crate) const fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// An input was handled: nothing happens from now on until `due`, but for other inputs.
    pub(crate) const fn wait_until(&mut self, due: Option<Timestamp>) {
        self.due = due;
    }

    /// Sets the driver's time to `shown`; returns whether it jumped.
    pub(crate) fn read(&mut self, shown: Timestamp, due: Option<Timestamp>) -> bool {
        let moment = self.moment(shown, due);
        let jumped = moment != self.own(shown);
        if jumped {
            let ahead = i128::from(moment.as_nanos()) - i128::from(shown.as_nanos());
            self.ahead =
                i64::try_from(ahead).unwrap_or(if ahead < 0 { i64::MIN } else { i64::MAX });
        }
        let leapt = jumped && shown > self.shown;
        self.leaps = if leapt { self.leaps.saturating_add(1) } else { 0 };
        (self.shown, self.now) = (shown, moment);
        jumped
    }

    /// Converts engine time to driver time, as the clock stands now.
    pub(crate) fn shows_at(&self, moment: Timestamp) -> Timestamp {
        if moment == Timestamp::NEVER {
            return moment;
        }
        Timestamp::from_nanos(moment.as_nanos().saturating_sub_signed(self.ahead))
    }

    fn own(&self, shown: Timestamp) -> Timestamp {
        if shown == Timestamp::NEVER {
            return shown;
        }
        Timestamp::from_nanos(shown.as_nanos().saturating_add_signed(self.ahead))
    }
}
