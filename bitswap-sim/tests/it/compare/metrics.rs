//! A comparison as `OpenMetrics`: what Prometheus reads of it is what the comparison says.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use bitswap_sim::compare::{Comparison, Measure, Run};
use bitswap_sim::open_metrics::BEGINNING;
use bitswap_sim::scenario::{Figure, METRIC_FAMILIES, Promise, open_metrics};

use super::{compare, plan, small};

/// The samples of each series, as moments since the beginning and values.
type Series = BTreeMap<String, Vec<(Duration, f64)>>;

fn read(text: &str) -> Series {
    assert!(text.ends_with("# EOF\n"), "{text}");
    let mut series = Series::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series_of, sample) = line.rsplit_once("} ").expect("labels");
        let (value, at) = sample.split_once(' ').expect("a moment");
        let at: f64 = at.parse().expect("seconds");
        let at = Duration::from_secs_f64(at - BEGINNING.as_secs_f64());
        let value = value.parse().expect("a number");
        series.entry(format!("{series_of}}}")).or_default().push((at, value));
    }
    series
}

#[test]
fn each_run_is_told_from_its_beginning_to_its_end_and_by_what_it_came_to() {
    let plan = plan(small("E10", 60), &["default", "peer_selector=random"]);
    let comparison = compare(&plan);
    let series = read(&comparison.open_metrics());
    for (contestant, row) in comparison.contestants.iter().zip(&comparison.scenarios[0].rows) {
        for (seed, run) in comparison.seeds.clone().zip(&row.runs) {
            let labels =
                format!("{{scenario=\"E10\",contestant=\"{contestant}\",seed=\"{seed}\"}}");
            tells(&series, &labels, run);
        }
        let bound = |bound: &str| {
            let labels = format!("scenario=\"E10\",contestant=\"{contestant}\",bound=\"{bound}\"");
            series[&format!("bitswap_sim_headline_ratio{{{labels}}}")][0].1
        };
        let bounds = [bound("least"), bound("median"), bound("most")];
        let said = [row.ratio.least, row.ratio.middle, row.ratio.most];
        assert_eq!(bounds.map(f64::to_bits), said.map(f64::to_bits), "{bounds:?} {said:?}");
    }
}

fn tells(series: &Series, labels: &str, run: &Run) {
    let of = |name: &str| &series[&format!("bitswap_sim_{name}{labels}")];
    let share = of("delivered_ratio");
    assert_eq!((share[0], share[share.len() - 1].1), ((Duration::ZERO, 0.0), 1.0));
    assert!(share.is_sorted(), "{share:?}");
    // Not before its fetch has ended, and a step later at most.
    let whole = share.iter().find(|(_, share)| *share >= 1.0).expect("it ends").0;
    let fetch = Duration::from_secs_f64(run.get(Measure::FetchTime));
    assert!(fetch <= whole && whole <= fetch + run.progress.step, "{fetch:?} {whole:?}");

    let rates = of("delivered_blocks_per_second");
    let blocks: f64 = rates.iter().map(|(_, rate)| rate * run.progress.step.as_secs_f64()).sum();
    // With the one that links to the others.
    assert_eq!((blocks.round() as u64, rates[rates.len() - 1].1), (61, 0.0));
    let open = of("open_fetches");
    assert_eq!((open[0].1, open[open.len() - 1].1), (1.0, 0.0));

    let result = |name: &str| of(name)[0].1.to_bits();
    assert_eq!(result("fetch_seconds"), run.get(Measure::FetchTime).to_bits());
    assert_eq!(result("duplicates_ratio"), (run.get(Measure::Duplicates) / 100.0).to_bits());
    assert_eq!(of("messages_per_block").len(), 1);
}

#[test]
fn what_never_ended_is_infinite_and_names_may_have_any_letters() {
    let promises = [Promise::new("half \"a\\b\"", Figure::Percent(150), Figure::Never)];
    let text = open_metrics("split", 7, &promises);
    let labels = r#"{scenario="split",seed="7",what="half \"a\\b\"",unit="ratio"}"#;
    assert!(text.contains(&format!("bitswap_sim_promise_came{labels} +Inf ")), "{text}");
    assert!(text.contains(&format!("bitswap_sim_promise_limit{labels} 1.5 ")), "{text}");
}

#[test]
fn the_page_lists_all_metrics() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/compare.md");
    let page = std::fs::read_to_string(page).expect("docs/compare.md");
    let families = Comparison::metric_families().into_iter().chain(METRIC_FAMILIES);
    let rows: String = families.map(|family| family.row()).collect();
    assert!(page.contains(&rows), "docs/compare.md is to have these rows:\n{rows}");
}
