//! What a scrape shows.

use std::sync::Arc;

use bitswap_net::{BUCKETS, CombinedRouter, NoRouter};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};

use crate::support::{Node, block};

fn recorder() -> Arc<PrometheusRecorder> {
    let mut builder = PrometheusBuilder::new();
    for (name, buckets) in BUCKETS {
        builder = builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), buckets).unwrap();
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
