//! The store of an earlier version is used, converted, and never half seen.

use bitswap_core::Block;
use bitswap_store::{BlockStore, Durability, RedbStore, SegmentStore};
use bytes::Bytes;
use futures::executor::block_on;
use serde_json::json;

use crate::support::Place;

#[test]
fn a_directory_of_an_earlier_version_is_used_and_can_be_converted() {
    let place = Place::new();
    put(&RedbStore::open(place.node("blocks")).unwrap(), "apple");
    assert_eq!(listed(&place), 1);

    put(&SegmentStore::open(place.node("blocks")).unwrap(), "pear");
    let refused = place.run(&["block", "ls"]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("do:  bitswap store convert"), "{}", refused.stderr);

    let converted = place.run(&["store", "convert", "--json"]).json();
    assert_eq!([&converted["blocks"], &converted["damaged"]], [&json!(1), &json!(0)]);
    assert_eq!(listed(&place), 2);
    let again = place.run(&["store", "convert"]);
    assert!(again.text().contains("no database of an earlier version"), "{}", again.text());
}

fn put(store: &dyn BlockStore, text: &'static str) {
    let block = Block::sha2_256(Bytes::from_static(text.as_bytes())).unwrap();
    block_on(async { store.put_many(vec![block], Durability::Prompt).await?.durable().await })
        .unwrap();
}

fn listed(place: &Place) -> usize {
    let ran = place.run(&["block", "ls"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.text().lines().count()
}
