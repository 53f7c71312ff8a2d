//! Results as `OpenMetrics` text, which Prometheus takes in, with simulated time as timestamps.

use std::fmt::Write as _;
use std::time::Duration;

/// The moment at which simulations begin for Prometheus: 2000-01-01T00:00:00Z. As every run begins
/// there, clocks on boards show how long runs have lasted, and curves of runs lie over one another.
pub const BEGINNING: Duration = Duration::from_secs(946_684_800);

/// Where results of a whole run stand: early enough to be in sight, however short the run was.
pub(crate) const RESULTS_AT: Duration = Duration::from_secs(1);

/// Gauges of one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// Their name, with its unit.
    pub name: &'static str,
    /// The names of their labels, and what is in each.
    pub labels: &'static [(&'static str, &'static str)],
    /// What their value means.
    pub meaning: &'static str,
}

impl Family {
    /// Its row in a table of metrics in Markdown.
    pub fn row(&self) -> String {
        let Self { name, labels, meaning } = self;
        let labels: Vec<_> =
            labels.iter().map(|(name, what)| format!("`{name}`: {what}")).collect();
        format!("| `{name}` | gauge | {} | {meaning} |\n", labels.join("; "))
    }
}

/// A text that grows family by family.
#[derive(Debug, Default)]
pub(crate) struct Exposition {
    text: String,
}

impl Exposition {
    /// Begins a family, to which all samples belong until the next one.
    pub(crate) fn begin(&mut self, family: &Family) {
        let Family { name, meaning, .. } = family;
        self.push(format_args!("# HELP {name} {}\n# TYPE {name} gauge\n", escaped(meaning)));
    }

    /// A sample, with values for the family's labels in their order.
    pub(crate) fn sample(&mut self, family: &Family, labels: &[&str], at: Duration, value: f64) {
        debug_assert_eq!(family.labels.len(), labels.len(), "{}", family.name);
        let pairs = family.labels.iter().zip(labels);
        let pairs = pairs.map(|((name, _), value)| format!("{name}=\"{}\"", escaped(value)));
        let pairs = pairs.collect::<Vec<_>>().join(",");
        let at = BEGINNING + at;
        let (seconds, millis) = (at.as_secs(), at.subsec_millis());
        let name = family.name;
        let value = if value.is_infinite() { "+Inf".to_owned() } else { value.to_string() };
        self.push(format_args!("{name}{{{pairs}}} {value} {seconds}.{millis:03}\n"));
    }

    /// The whole, which has an end that readers look for.
    pub(crate) fn end(mut self) -> String {
        self.push(format_args!("# EOF\n"));
        self.text
    }

    fn push(&mut self, line: std::fmt::Arguments<'_>) {
        let written = self.text.write_fmt(line);
        debug_assert!(written.is_ok(), "text grows as it needs to");
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
