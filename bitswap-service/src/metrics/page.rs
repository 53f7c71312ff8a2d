//! `docs/metrics.md`, made from what is declared.

use bitswap_net::{LabelValues, MetricFamily, MetricKind, MetricLabel, kubo_metric_families};

use super::families::families;

const HEAD: &str = "\
# Metrics

Made from the declarations in `bitswap-net/src/export/table.rs` and
`bitswap-service/src/metrics/families.rs` by `cargo test -p bitswap-service`; not edited by hand.

A daemon serves them at `http://127.0.0.1:PORT/metrics` (`metrics.listen`, `--metrics-port`) in the
text format of Prometheus. `dashboards/` has boards for Grafana, rules and alerts that use them.

Units are base units and stand at the end of the name; a counter ends in `_total`. A series whose
labels have a closed set of values is there from the start, at 0. No label is ever a peer, a CID, an
address or a text from elsewhere, so the number of series does not grow with peers or blocks: a test
says so for 10,000 peers. Questions about one peer or one block are what `bitswap peers`, `bitswap
ledger` and `bitswap explain` answer.
";

const COLUMNS: &str = "| name | kind | labels | meaning |\n|---|---|---|---|\n";

/// The page.
pub fn page() -> String {
    let mut families = families();
    families.sort_unstable_by_key(|family| (part(family), family.name));
    let mut page = vec![HEAD.to_owned()];
    let mut before = "";
    for family in &families {
        let part = part(family);
        if part != before {
            page.push(format!("\n## `{part}_`\n\n{COLUMNS}"));
            before = part;
        }
        page.push(row(family));
    }
    page.push(kubo());
    page.push(format!("\n## Buckets\n\n{}", buckets(&families)));
    page.concat()
}

fn kubo() -> String {
    let head = "\n## Kubo's names\n\nWith `metrics.kubo_names = true` these are there as well, \
                with the kinds that they have in Kubo 0.42, so\nthat boards which were made for it \
                show this node. Others of Kubo's have no count here that is the same.\n\n";
    let rows: String = kubo_metric_families().iter().map(row).collect();
    format!("{head}{COLUMNS}{rows}")
}

/// What its name begins with, up to the part of the program.
fn part(family: &MetricFamily) -> &'static str {
    let mut places = family.name.match_indices('_').map(|(place, _)| place);
    let end = if family.name.starts_with("bitswap_") { places.nth(1) } else { places.next() };
    end.and_then(|end| family.name.get(..end)).unwrap_or(family.name)
}

fn row(family: &MetricFamily) -> String {
    let labels: Vec<_> = family.labels.iter().map(label).collect();
    format!(
        "| `{}` | {} | {} | {} |\n",
        family.name,
        family.kind.name(),
        labels.join("; "),
        family.help
    )
}

fn label(label: &MetricLabel) -> String {
    let values = match &label.values {
        LabelValues::Closed(values) => {
            let values: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
            values.join(", ")
        }
        LabelValues::Settings(what) => (*what).to_owned(),
    };
    format!("`{}`: {values}", label.name)
}

/// The upper bounds of each histogram; above the last one there is always `+Inf`.
fn buckets(families: &[MetricFamily]) -> String {
    let line = |family: &MetricFamily| {
        let MetricKind::Histogram(bounds) = family.kind else { return None };
        let bounds: Vec<_> = bounds.iter().map(ToString::to_string).collect();
        Some(format!("- `{}`: {}\n", family.name, bounds.join(", ")))
    };
    families.iter().filter_map(line).collect()
}
