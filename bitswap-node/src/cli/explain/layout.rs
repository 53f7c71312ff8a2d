//! An explanation as people read it, on lines of at most 100 columns.

use bitswap_api::explain::short;
use bitswap_api::{Explanation, NextRow, StoryRow};
use bitswap_service::plural;
use bitswap_service::units::age;

/// The columns of what happened, before who decided it.
const TEXT: usize = 44;

/// All of it.
pub(super) fn whole(told: &Explanation) -> String {
    let mut lines = vec![head(told)];
    let mut expected = 0;
    for row in &told.lines {
        if row.number > expected {
            let absent = plural::of(row.number - expected, ["line is", "lines are"]);
            lines.push(format!("              … {absent} left out …"));
        }
        expected = row.number + 1;
        lines.push(line(row));
    }
    lines.push(tail(told));
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// What it is about, and how it is.
pub(super) fn head(told: &Explanation) -> String {
    let mut parts = vec![format!("{} {}", told.kind, short(&told.id))];
    if let Some(seconds) = told.age_seconds {
        let what = match (told.kind.as_str(), told.ended) {
            ("peer", _) => "connected for",
            (_, true) => "took",
            (_, false) => "age",
        };
        parts.push(format!("{what} {}", age(seconds)));
    }
    parts.extend(told.session.as_ref().map(|session| format!("session {session}")));
    parts.push(match told.ended_seconds_ago {
        Some(ago) => format!("state: {}, {} ago", told.state, age(ago)),
        None => format!("state: {}", told.state),
    });
    let mut lines = vec![parts.join("   ")];
    lines.extend(told.facts.iter().map(|fact| format!("  {fact}")));
    lines.join("\n")
}

/// One line of the story.
pub(super) fn line(row: &StoryRow) -> String {
    let by = match (&row.strategy, &row.reason) {
        (Some(strategy), Some(reason)) => format!("{strategy}: {reason}"),
        (None, Some(reason)) => format!("engine: {reason}"),
        (Some(strategy), None) => strategy.clone(),
        (None, None) => String::new(),
    };
    let spread = row.last_after_seconds - row.after_seconds;
    let span = if spread < 0.001 { String::new() } else { format!(" (in {})", age(spread)) };
    moment("", row.after_seconds, &format!("{}{span}", row.text), &by)
}

/// What happens next, and what to make of it.
pub(super) fn tail(told: &Explanation) -> String {
    let next = told
        .next
        .iter()
        .map(|NextRow { after_seconds, text, why, .. }| moment("next", *after_seconds, text, why));
    let advice = told.advice.iter().map(|advice| format!("advice        {advice}"));
    next.chain(advice).collect::<Vec<_>>().join("\n")
}

/// How a story that was followed ended.
pub(super) fn end(told: &Explanation) -> String {
    let tail = tail(told);
    let took = told.age_seconds.map(|took| format!(" after {}", age(took))).unwrap_or_default();
    let end = format!("{}{took}", told.state);
    if tail.is_empty() { end } else { format!("{end}\n{tail}") }
}

fn moment(what: &str, seconds: f64, text: &str, why: &str) -> String {
    let at = if seconds < 10_000.0 { format!("{seconds:.3}") } else { format!("{seconds:.0}") };
    let line = format!("{what:<4}{at:>8}  {text:<TEXT$}  {why}");
    line.trim_end().to_owned()
}

/// What was printed of a story that is followed.
#[derive(Debug, Default)]
pub(super) struct Printed {
    /// The number of the first line that was not printed.
    next: u64,
    began: bool,
}

impl Printed {
    /// Whether nothing was printed yet.
    pub(super) const fn is_empty(&self) -> bool {
        !self.began
    }

    /// The lines that can be printed now: new ones, up to the first that may still grow.
    pub(super) fn news<'a>(&mut self, told: &'a Explanation) -> Vec<&'a StoryRow> {
        self.began = true;
        let is_new = |row: &&StoryRow| row.number >= self.next;
        let is_whole = |row: &&StoryRow| told.ended || row.grows_until_seconds < told.now_seconds;
        let news: Vec<_> = told.lines.iter().filter(is_new).take_while(is_whole).collect();
        self.next = news.last().map_or(self.next, |last| last.number + 1);
        news
    }
}

#[cfg(test)]
mod tests;
