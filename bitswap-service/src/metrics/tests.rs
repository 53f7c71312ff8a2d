//! What is declared, and the page that is made of it.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use bitswap_net::{Block, MetricKind};
use bitswap_store::{Durability, MemoryStore};

use super::{MeteredStore, NodeMetrics, families, page};

#[test]
fn the_page_in_docs_is_made_from_what_is_declared() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/metrics.md");

    assert!(
        fs::read_to_string(&kept).unwrap_or_default() == page(),
        "docs/metrics.md is out of date; to renew it:\n  cargo run -- metrics > docs/metrics.md",
    );
}

#[test]
fn names_are_there_once_and_tell_their_kind() {
    let mut names: Vec<_> = families().iter().map(|family| family.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "a name is there twice");
    for family in families() {
        let is_counter = family.kind == MetricKind::Counter;
        assert_eq!(family.name.ends_with("_total"), is_counter, "{family:?}");
        assert!(family.help.ends_with('.'), "{family:?}");
    }
}

#[tokio::test]
async fn calls_of_the_store_are_counted_by_how_they_end() {
    let metrics = NodeMetrics::new(false).unwrap();
    let store = MeteredStore::around(Arc::new(MemoryStore::new()), metrics.recorder.as_ref());
    let [held, missing] = [1_u8, 2].map(|byte| Block::sha2_256(vec![byte; 9].into()).unwrap());
    let hashes = [*held.multihash(), *missing.multihash()];

    drop(store.put_many(vec![held.clone()], Durability::Relaxed).await.unwrap());
    assert_eq!(store.get_many(&hashes).await, [Ok(Some(held)), Ok(None)]);

    let scrape = metrics.handle.render();
    let told = |op: &str, result: &str, count: u64| {
        let series = "bitswap_store_operations_total";
        let line = format!("{series}{{op=\"{op}\",result=\"{result}\"}} {count}");
        assert!(scrape.lines().any(|told| told == line), "no {line} in {scrape}");
    };
    told("put", "ok", 1);
    told("get", "ok", 1);
    told("get", "missing", 1);
    told("get", "corrupt", 0);
    told("delete", "failed", 0);
    assert!(scrape.contains("bitswap_store_operation_seconds_count{op=\"get\"} 1"), "{scrape}");
}
