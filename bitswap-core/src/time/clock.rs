//! The engine's own time, which goes on evenly whatever its driver's clock does.

use super::Timestamp;
use crate::limits::Limits;

/// Own moments, made of what the driver's clock shows.
///
/// A clock that runs back stands still for us, and goes on from there. One that leaps, or a driver
/// that was stopped, skipped our deadlines: had it all counted, everything that was waited for
/// would time out at once although nobody had a chance to answer. So time that nobody called us
/// for does not count; but a driver that is always late comes to each deadline in the end.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// What it showed last.
    shown: Timestamp,
    /// The own moment at that.
    now: Timestamp,
    /// Own time less what is shown, in ns.
    ahead: i64,
    /// How often in a row it has leapt.
    leaps: u8,
}

impl Clock {
    /// The own moment at which the clock shows `shown`, while `due` is the next own deadline.
    pub(crate) fn moment(&self, shown: Timestamp, due: Option<Timestamp>) -> Timestamp {
        let (last, own) = (self.own(self.shown), self.own(shown.max(self.shown)));
        match due {
            Some(due) if own > due.after(Limits::CLOCK_LEAP) => {
                if self.leaps >= Limits::CLOCK_LEAPS { due.max(last) } else { last }
            }
            _ => own,
        }
    }

    /// The own moment at which the clock was read last.
    pub(crate) const fn now(&self) -> Timestamp {
        self.now
    }

    /// The clock shows this now: whether it jumped.
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

    /// What the clock will show at an own moment, if it goes on evenly.
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
