//! A comparison as text.

use std::fmt;

use super::statistics::Interval;
use super::{Comparison, Measure, ScenarioResult};

/// What is shown besides the headline.
const COLUMNS: [(Measure, &str); 6] = [
    (Measure::FetchTime, "fetch s"),
    (Measure::FirstBlock, "first s"),
    (Measure::LongestPause, "pause s"),
    (Measure::Duplicates, "dup %"),
    (Measure::Messages, "msg/blk"),
    (Measure::WantBlocks, "asks/blk"),
];

/// A number as people read it: three digits, or more in front of the point.
pub(super) fn short(value: f64) -> String {
    if value.is_infinite() {
        "never".to_owned()
    } else if value >= 100.0 {
        format!("{value:.0}")
    } else if value >= 10.0 {
        format!("{value:.1}")
    } else if value >= 1.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.3}")
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [middle, least, most] = [self.middle, self.least, self.most].map(short);
        f.pad(&format!("{middle} [{least}, {most}]"))
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.contestants.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let first = self.contestants.first().map_or("", String::as_str);
        let (from, to) = (self.seeds.start, self.seeds.end);
        writeln!(f, "Medians over seeds {from}..{to} [95 % bootstrap interval], less is better.")?;
        writeln!(f, "The ratio is to {first} with the same seed.")?;
        for result in &self.scenarios {
            self.write_scenario(f, result, width)?;
        }
        writeln!(f, "\n{:width$}  better  alike  worse  worst ratio", "all scenarios")?;
        for (place, name) in self.contestants.iter().enumerate().skip(1) {
            use super::Standing::{Alike, Better, Worse};
            let [better, alike, worse] = [Better, Alike, Worse].map(|it| self.count(place, it));
            let most = short(self.worst(place));
            writeln!(f, "{name:width$}  {better:6}  {alike:5}  {worse:5}  {most:>11}")?;
        }
        Ok(())
    }
}

impl Comparison {
    fn write_scenario(
        &self,
        f: &mut fmt::Formatter<'_>,
        result: &ScenarioResult,
        width: usize,
    ) -> fmt::Result {
        let scenario = &result.scenario;
        let bound = scenario.bound.map_or_else(String::new, |it| format!(", at least {it}"));
        writeln!(
            f,
            "\n{}: {} – {}{bound}",
            scenario.name,
            scenario.title,
            scenario.headline.title()
        )?;
        write!(f, "{:width$}  {:24}  {:24}        ", "", "median", "ratio")?;
        for (_, title) in COLUMNS {
            write!(f, "  {title:>8}")?;
        }
        writeln!(f)?;
        for (name, row) in self.contestants.iter().zip(&result.rows) {
            write!(f, "{name:width$}  {:24}  {:24}  ", row.headline, row.ratio)?;
            write!(f, "{:6}", row.standing.word())?;
            for (measure, _) in COLUMNS {
                write!(f, "  {:>8}", short(row.median(measure)))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
