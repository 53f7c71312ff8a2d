//! What a scenario promises, and what came of it.

use std::fmt;
use std::time::Duration;

/// A figure, and how large it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// What is promised.
    pub what: String,
    /// The most that it may be; `None` if nothing is promised of it.
    pub limit: Option<Figure>,
    /// What it was.
    pub came: Figure,
}

/// Something measured. Only figures of one kind compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// So many.
    Count(u64),
    /// Hundredths of something else.
    Percent(u64),
    /// So long.
    Time(Duration),
    /// It did not end; more than anything.
    Never,
}

impl Promise {
    /// `what` is to be `limit` at most.
    pub fn new(what: impl Into<String>, limit: Figure, came: Figure) -> Self {
        Self { what: what.into(), limit: Some(limit), came }
    }

    /// `what` is good to know.
    pub fn nothing_of(what: impl Into<String>, came: Figure) -> Self {
        Self { what: what.into(), limit: None, came }
    }

    /// Whether it is.
    pub fn is_kept(&self) -> bool {
        self.limit.is_none_or(|limit| self.came <= limit)
    }
}

impl Figure {
    /// How much `one` is of `other`.
    pub fn ratio(one: Option<Duration>, other: Option<Duration>) -> Self {
        let (Some(one), Some(other)) = (one, other.filter(|other| !other.is_zero())) else {
            return Self::Never;
        };
        let percent = (one.as_nanos() * 100).div_ceil(other.as_nanos());
        Self::Percent(u64::try_from(percent).unwrap_or(u64::MAX))
    }
}

impl From<Option<Duration>> for Figure {
    fn from(time: Option<Duration>) -> Self {
        time.map_or(Self::Never, Self::Time)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Percent(percent) => write!(f, "{}.{:02}×", percent / 100, percent % 100),
            Self::Time(time) => write!(f, "{}.{:03} s", time.as_secs(), time.subsec_millis()),
            Self::Never => f.write_str("never"),
        }
    }
}
