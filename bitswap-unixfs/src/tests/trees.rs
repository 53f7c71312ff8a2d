//! What belongs to a tree is told, and what is missing of it is named.

use std::collections::BTreeMap;

use super::super::{Absent, Extent, Trees};
use super::*;

const DAG_CBOR: u64 = 0x71;

/// What a walk says, and the hashes and lengths that it told.
async fn walk(trees: &mut Trees, store: &TestStore, root: Cid) -> (Extent, BTreeMap<Cid, u32>) {
    let mut told = BTreeMap::new();
    let mut seen = |hash: &_, bytes| {
        told.insert(Cid::new_v1(RAW, *hash), bytes);
    };
    let extent = trees.walk(store.store.as_ref(), root, &mut seen).await.unwrap();
    (extent, told)
}

fn raw(cids: &[Cid]) -> Vec<Cid> {
    let mut cids: Vec<_> = cids.iter().map(|cid| Cid::new_v1(RAW, *cid.hash())).collect();
    cids.sort();
    cids
}

#[tokio::test]
async fn all_blocks_of_a_tree_are_told_whatever_nodes_they_are() {
    let store = TestStore::new();
    let [one, two] = [store.put(RAW, "one").await, store.put(RAW, "two").await];
    let other = store.put(RAW, "of no tree").await;
    let cbor = serde_ipld_dagcbor::to_vec(&vec![vec![two]]).unwrap();
    let cbor = store.put(DAG_CBOR, cbor).await;
    let root = store.node(DIRECTORY, &[("1", one), ("2", cbor), ("3", one)]).await;

    let (extent, told) = walk(&mut Trees::new(), &store, root).await;

    let told: Vec<_> = told.into_keys().collect();
    assert_eq!(told, raw(&[root, one, cbor, two]));
    assert!(!told.contains(&other));
    assert_eq!((extent.absent, extent.unknown), (None, None));
}

#[tokio::test]
async fn a_large_tree_is_walked_to_its_end() {
    let store = TestStore::new();
    let (source, mut settings) = (store.place.path().join("large"), ImportSettings::whole());
    fs::write(&source, noise(600_000)).unwrap();
    settings.chunk_bytes = 100;
    let root = store.import_as(&source, &settings).await.unwrap().root;

    let (extent, told) = walk(&mut Trees::new(), &store, root).await;

    assert_eq!(Some(told.len() as u64), store.store.usage().blocks);
    assert_eq!(extent.blocks, told.len() as u64);
}

#[tokio::test]
async fn what_is_missing_is_named_and_the_rest_is_told() {
    let store = TestStore::new();
    let [here, leaf] = [store.put(RAW, "here").await, store.put(RAW, "missing leaf").await];
    let lost = store.node(DIRECTORY, &[("1", leaf)]).await;
    let root = store.node(DIRECTORY, &[("1", leaf), ("2", lost), ("3", here)]).await;

    drop(store.store.delete_many(&[*leaf.hash()]).await.unwrap());
    let (extent, _) = walk(&mut Trees::new(), &store, root).await;
    assert_eq!(extent.absent, Some(Absent { cid: leaf, why: None }));
    assert_eq!(extent.unknown, None, "nothing is below a leaf");

    drop(store.store.delete_many(&[*lost.hash()]).await.unwrap());
    let (extent, told) = walk(&mut Trees::new(), &store, root).await;
    assert_eq!(extent.unknown, Some(Absent { cid: lost, why: None }));
    assert_eq!((extent.absent_blocks, told.len()), (2, 2));
}

#[tokio::test]
async fn what_cannot_be_read_leaves_open_what_is_below() {
    const DAG_JSON: u64 = 0x0129;
    let store = TestStore::new();
    for (codec, bytes) in [(DAG_JSON, "{}"), (DAG_PB, "garbage")] {
        let bad = store.put(codec, bytes).await;
        let root = store.node(DIRECTORY, &[("bad", bad)]).await;

        let (extent, told) = walk(&mut Trees::new(), &store, root).await;

        let unknown = extent.unknown.unwrap();
        assert_eq!((unknown.cid, unknown.why.is_some()), (bad, true));
        assert_eq!(told.len(), 2, "it is there all the same");
    }
}

#[tokio::test]
async fn one_block_that_is_a_leaf_and_a_node_is_followed() {
    let store = TestStore::new();
    let leaf = store.put(RAW, "leaf").await;
    let node = store.node(DIRECTORY, &[("1", leaf)]).await;
    let as_raw = Cid::new_v1(RAW, *node.hash());
    let mut trees = Trees::new();

    assert_eq!(walk(&mut trees, &store, as_raw).await.1.len(), 1);
    assert_eq!(walk(&mut trees, &store, node).await.1.into_keys().count(), 2);
    assert_eq!(walk(&mut trees, &store, node).await.0.blocks, 0, "once is enough");
}
