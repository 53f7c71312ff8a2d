//! What a scrape shows.

use std::sync::Arc;

use bitswap_net::{CombinedRouter, LabelValues, MetricKind, NoRouter, metric_families};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};

use crate::support::{Node, block};

fn recorder() -> Arc<PrometheusRecorder> {
    let mut builder = PrometheusBuilder::new();
    for family in metric_families() {
        if let MetricKind::Histogram(buckets) = family.kind {
            let name = Matcher::Full(family.name.to_owned());
            builder = builder.set_buckets_for_metric(name, buckets).unwrap();
        }
    }
    Arc::new(builder.build_recorder())
}

/// The value of a series.
fn value(scrape: &str, series: &str) -> Option<f64> {
    let line = scrape
        .lines()
        .find(|line| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[tokio::test(start_paused = true)]
async fn everything_is_there_from_the_start_and_nothing_is_a_summary() {
    let recorder = recorder();
    let handle = recorder.handle();
    let router = CombinedRouter::new().with("nobody", Arc::new(NoRouter));
    let router = Arc::new(router);
    let node = Node::with(|builder| builder.recorder(recorder).router(router)).await;
    node.bitswap.update_metrics().await.unwrap();
    let scrape = handle.render();
    for what in ["lookups", "providers", "failures", "timeouts"] {
        let series = format!("bitswap_router_{what}_total{{router=\"nobody\"}}");
        assert_eq!(value(&scrape, &series), Some(0.0), "{scrape}");
    }
    assert_eq!(value(&scrape, "bitswap_client_wants_ended_total{outcome=\"failed\"}"), Some(0.0));
    assert_eq!(value(&scrape, "bitswap_net_peers"), Some(0.0));
    let asked = "bitswap_strategy_asked_total{role=\"registry\",strategy=\"plain\"}";
    assert_eq!(value(&scrape, asked), Some(0.0));
    assert!(!scrape.contains(" summary"), "{scrape}");
}

#[tokio::test(start_paused = true)]
async fn every_declared_series_is_there_from_the_start() {
    let recorder = recorder();
    let handle = recorder.handle();
    let node = Node::with(|builder| builder.recorder(recorder)).await;
    node.bitswap.update_metrics().await.unwrap();
    let scrape = handle.render();
    for family in metric_families() {
        let [label] = &family.labels[..] else { continue };
        let LabelValues::Closed(values) = &label.values else { continue };
        let of_histogram = if family.kind.name() == "histogram" { "_count" } else { "" };
        for value in values {
            let series = format!("{}{of_histogram}{{{}=\"{value}\"}} 0", family.name, label.name);
            assert!(scrape.lines().any(|line| line == series), "no {series} in {scrape}");
        }
    }
    let rejected =
        "bitswap_strategy_rejected_total{role=\"registry\",strategy=\"plain\",cause=\"ttl\"}";
    assert_eq!(value(&scrape, rejected), Some(0.0));
}

#[test]
fn names_tell_kind_and_unit_and_no_label_tells_of_peers() {
    let mut names: Vec<_> = metric_families().iter().map(|family| family.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "a name is there twice");
    for family in metric_families() {
        let is_counter = family.kind == MetricKind::Counter;
        assert_eq!(family.name.ends_with("_total"), is_counter, "{family:?}");
        assert!(family.help.ends_with('.'), "{family:?}");
        for label in &family.labels {
            let unbounded = ["peer", "cid", "address", "agent", "path", "session", "error"];
            assert!(!unbounded.contains(&label.name), "{family:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_fetch_shows_on_both_sides() {
    let (ours, theirs) = (recorder(), recorder());
    let (our_scrape, their_scrape) = (ours.handle(), theirs.handle());
    let mut client = Node::with(|builder| builder.recorder(ours)).await;
    let mut server = Node::with(|builder| builder.recorder(theirs)).await;
    let held = block(1, 1_000_000);
    server.bitswap.put(vec![held.clone()]).await.unwrap();
    client.meet(&mut server).await;
    client.bitswap.get(held.0).await.unwrap();
    client.bitswap.update_metrics().await.unwrap();
    server.bitswap.update_metrics().await.unwrap();

    let ours = our_scrape.render();
    let of_ours = |series: &str| value(&ours, series);
    assert_eq!(of_ours("bitswap_client_block_bytes_received_total{kind=\"wanted\"}"), Some(1e6));
    assert_eq!(of_ours("bitswap_client_wants_ended_total{outcome=\"received\"}"), Some(1.0));
    assert_eq!(of_ours("bitswap_client_want_seconds_count"), Some(1.0));
    assert_eq!(of_ours("bitswap_net_peers"), Some(1.0));
    let finder = "{role=\"provider_finder\",strategy=\"plain\"";
    assert!(of_ours(&format!("bitswap_strategy_asked_total{finder}}}")) > Some(0.0));
    let first_look = format!("bitswap_strategy_decisions_total{finder},reason=\"first look\"}}");
    assert_eq!(of_ours(&first_look), Some(1.0));
    let theirs = their_scrape.render();
    assert_eq!(value(&theirs, "bitswap_server_block_bytes_sent_total"), Some(1e6));
    assert_eq!(value(&theirs, "bitswap_server_answer_seconds_count{kind=\"block\"}"), Some(1.0));
}

#[tokio::test(start_paused = true)]
async fn the_recorder_follows_without_being_asked() {
    let recorder = recorder();
    let handle = recorder.handle();
    let node = Node::with(|builder| builder.recorder(recorder)).await;
    let held = block(1, 100);
    node.bitswap.put(vec![held.clone()]).await.unwrap();
    node.bitswap.get(held.0).await.unwrap();
    let series = "bitswap_client_wants_ended_total{outcome=\"local\"}";
    crate::support::eventually("it shows", async || value(&handle.render(), series) == Some(1.0))
        .await;
}
