//! Promises of scenarios: measured figures and their upper bounds.

use std::fmt;
use std::time::Duration;

/// A measured figure and its upper bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// A description of the figure.
    pub what: String,
    /// The upper bound; `None` if there is none.
    pub limit: Option<Figure>,
    /// The measured value.
    pub came: Figure,
    /// Why it may be broken for now, if it may.
    pub excuse: Option<&'static str>,
}

/// A measured value. Only values of one kind compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// A count.
    Count(u64),
    /// A ratio, in percent.
    Percent(u64),
    /// A duration.
    Time(Duration),
    /// Something did not end. Compares greater than any other value.
    Never,
}

impl Promise {
    /// A promise that `what` is at most `limit`.
    pub fn new(what: impl Into<String>, limit: Figure, came: Figure) -> Self {
        Self { what: what.into(), limit: Some(limit), came, excuse: None }
    }

    /// A figure without a bound, for information.
    pub fn nothing_of(what: impl Into<String>, came: Figure) -> Self {
        Self { what: what.into(), limit: None, came, excuse: None }
    }

    /// What to say of it: nothing if it has no bound.
    pub fn verdict(&self) -> String {
        match (self.limit, self.is_kept(), self.excuse) {
            (None, ..) => String::new(),
            (_, true, _) => "kept".into(),
            (_, false, None) => "BROKEN".into(),
            (_, false, Some(why)) => format!("broken, as expected {why}"),
        }
    }

    /// Whether the value is within the bound.
    pub fn is_kept(&self) -> bool {
        self.limit.is_none_or(|limit| self.came <= limit)
    }
}

impl Figure {
    /// The ratio of `one` to `other`.
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
