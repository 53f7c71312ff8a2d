//! A plan in one word: its lists with a letter in front, and `/` between all items.

use std::fmt;
use std::str::FromStr;

use super::Plan;

/// A text that is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part:?} is no part of a plan")]
pub struct BadPlan {
    /// What is wrong in it.
    pub part: String,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{}", self.seed)?;
        self.players.iter().try_for_each(|item| write!(f, "/p{item}"))?;
        self.links.iter().try_for_each(|item| write!(f, "/k{item}"))?;
        self.contents.iter().try_for_each(|item| write!(f, "/b{item}"))?;
        self.calls.iter().try_for_each(|item| write!(f, "/c{item}"))?;
        self.bulks.iter().try_for_each(|item| write!(f, "/m{item}"))?;
        self.routes.iter().try_for_each(|item| write!(f, "/r{item}"))?;
        self.faults.iter().try_for_each(|item| write!(f, "/f{item}"))?;
        Ok(())
    }
}

impl FromStr for Plan {
    type Err = BadPlan;

    fn from_str(text: &str) -> Result<Self, BadPlan> {
        let mut plan = Self::default();
        for part in text.trim().split('/') {
            let bad = || BadPlan { part: part.to_owned() };
            let mut letters = part.chars();
            let (letter, rest) = (letters.next().ok_or_else(bad)?, letters.as_str());
            match letter {
                's' => plan.seed = rest.parse().map_err(|_| bad())?,
                'p' => plan.players.push(rest.parse().map_err(|()| bad())?),
                'k' => plan.links.push(rest.parse().map_err(|()| bad())?),
                'b' => plan.contents.push(rest.parse().map_err(|()| bad())?),
                'c' => plan.calls.push(rest.parse().map_err(|()| bad())?),
                'm' => plan.bulks.push(rest.parse().map_err(|()| bad())?),
                'r' => plan.routes = Some(rest.parse().map_err(|()| bad())?),
                'f' => plan.faults.push(rest.parse().map_err(|()| bad())?),
                _ => return Err(bad()),
            }
        }
        Ok(plan)
    }
}
