//! Trees that lie, and names that lead elsewhere.

use proptest::prelude::*;

use super::super::unixfs::Node;
use super::super::{Fetch, Step};
use super::*;

/// A file of eight bytes in two parts: type 2, size 8, block sizes 4 and 4.
const FILE_OF_EIGHT: &[u8] = &[8, 2, 24, 8, 32, 4, 32, 4];

#[tokio::test]
async fn names_that_lead_elsewhere_are_refused() {
    for name in ["", ".", "..", "a/b", "../up", "/root", "nul\0", "a/", "./a"] {
        let store = TestStore::new();
        let apple = store.put(RAW, "apple").await;
        let root = store.node(DIRECTORY, &[(name, apple)]).await;

        let refused = store.save(root, "copy").await;

        assert!(matches!(refused, Err(DagError::UnsafeName { .. })), "{name:?}: {refused:?}");
        assert!(store.names().is_empty(), "{name:?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_kept_wherever_they_lead() {
    for (target, leads_out) in [
        ("/etc/passwd", 1),
        ("..", 1),
        ("../x", 1),
        ("sub/../../x", 1),
        ("sub/x", 0),
        ("nowhere", 0),
    ] {
        let store = TestStore::new();
        let link = store.put(DAG_PB, symlink(target)).await;
        let root = store.node(DIRECTORY, &[("link", link)]).await;

        let saved = store.save(root, "copy").await.unwrap();
        store.save(link, "alone").await.unwrap();

        assert_eq!(saved.links_leading_out, leads_out, "{target}");
        for written in ["copy/link", "alone"] {
            let written = store.place.path().join(written);
            assert_eq!(fs::read_link(written).unwrap(), Path::new(target));
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn links_that_no_disk_can_hold_are_refused() {
    for target in ["", "a\0b"] {
        let store = TestStore::new();
        let root = store.put(DAG_PB, symlink(target)).await;

        let refused = store.save(root, "copy").await;

        assert!(matches!(refused, Err(DagError::NotUnixfs { .. })), "{target:?}: {refused:?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_does_not_replace_what_exists_unless_told_to() {
    let store = TestStore::new();
    let there = store.place.path().join("there");
    fs::write(&there, "old").unwrap();
    let link = store.put(DAG_PB, symlink("elsewhere")).await;

    let refused = store.save(link, "there").await;
    assert!(matches!(refused, Err(DagError::TargetExists { .. })), "{refused:?}");
    assert_eq!(fs::read(&there).unwrap(), b"old");

    save(&mut store.walk(link), &there, true).await.unwrap();
    assert_eq!(fs::read_link(&there).unwrap(), Path::new("elsewhere"));
    assert_eq!(store.names(), ["there"]);
}

#[cfg(unix)]
#[tokio::test]
async fn nothing_is_written_through_a_link() {
    let store = TestStore::new();
    let elsewhere = TempDir::new().unwrap();
    fs::write(elsewhere.path().join("file"), "old").unwrap();
    let apple = store.put(RAW, "apple").await;
    let below = store.node(DIRECTORY, &[("file", apple)]).await;
    let to_folder = store.put(DAG_PB, symlink(elsewhere.path().to_str().unwrap())).await;
    let file = elsewhere.path().join("file");
    let to_file = store.put(DAG_PB, symlink(file.to_str().unwrap())).await;
    for entries in [
        [("a", to_folder), ("a", below)],
        [("a", below), ("a", to_folder)],
        [("a", to_file), ("a", apple)],
        [("a", below), ("a", below)],
    ] {
        let root = store.node(DIRECTORY, &entries).await;

        let refused = store.save(root, "copy").await;

        assert!(matches!(refused, Err(DagError::NotWritable { .. })), "{refused:?}");
        assert!(store.names().is_empty());
        assert_eq!(fs::read(&file).unwrap(), b"old");
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_tree_deeper_than_any_path_is_refused_in_few_words() {
    let store = TestStore::new();
    let mut root = store.put(RAW, "deep").await;
    for _ in 0..3_000 {
        root = store.node(DIRECTORY, &[("d", root)]).await;
    }

    let refused = store.save(root, "copy").await.unwrap_err();

    assert!(matches!(refused, DagError::NotWritable { .. }), "{refused:?}");
    assert!(refused.to_string().len() < 300, "{refused}");
    assert!(store.names().is_empty());
}

#[tokio::test]
async fn names_that_are_not_utf_8_are_told_as_that() {
    let store = TestStore::new();
    let apple = store.put(RAW, "apple").await;
    let link = PbLink { cid: apple, name: Some("name".to_owned()), size: Some(5) };
    let node = PbNode { links: vec![link], data: Some(Bytes::from_static(DIRECTORY)) };
    let mut node = node.into_bytes();
    let place = node.windows(4).position(|bytes| bytes == b"name").unwrap();
    node[place] = 0xff;
    let root = store.put(DAG_PB, node).await;

    let refused = store.save(root, "copy").await.unwrap_err();

    assert!(matches!(refused, DagError::NotUnixfs { .. }), "{refused:?}");
    assert!(refused.to_string().contains("utf-8"), "{refused}");
}

#[tokio::test]
async fn a_leaf_that_is_not_as_long_as_it_says_is_refused() {
    /// Type 2, three bytes of data, and a size of 2^62.
    const LEAF: &[u8] = &[8, 2, 18, 3, 1, 2, 3, 24, 128, 128, 128, 128, 128, 128, 128, 128, 64];
    let store = TestStore::new();
    let root = store.node(LEAF, &[]).await;

    let refused = store.save(root, "copy").await;

    assert!(matches!(refused, Err(DagError::NotUnixfs { .. })), "{refused:?}");
}

/// Ten levels of a thousand entries each are 10^30 files of one block, in eleven blocks.
#[tokio::test]
async fn a_bomb_is_read_in_order_and_costs_no_more_memory_than_its_depth() {
    let store = TestStore::new();
    let mut root = store.put(RAW, "").await;
    for _ in 0..10 {
        let names: Vec<_> = (0..1_000).map(|number| format!("{number:03}")).collect();
        let entries: Vec<_> = names.iter().map(|name| (name.as_str(), root)).collect();
        root = store.node(DIRECTORY, &entries).await;
    }
    let mut walk = store.walk(root);

    for _ in 0..5_000 {
        walk.next().await.unwrap();
    }
    let fetched = Fetch::new(root, &|_| {}).run(&store.reader()).await.unwrap();

    assert_eq!(fetched.blocks, 10);
}

#[tokio::test]
async fn a_file_that_is_not_as_long_as_it_says_is_refused() {
    for (parts, found) in [(["long", "longer"], 10), (["a", "b"], 2)] {
        let store = TestStore::new();
        let parts = [store.put(RAW, parts[0]).await, store.put(RAW, parts[1]).await];
        let root = store.node(FILE_OF_EIGHT, &parts.map(|part| ("", part))).await;

        match store.save(root, "copy").await {
            Err(DagError::Length { declared: 8, found: said, .. }) => assert_eq!(said, found),
            other => panic!("{other:?}"),
        }
        assert!(store.names().is_empty());
    }
}

#[tokio::test]
async fn a_part_is_not_taken_from_a_file_that_lies_about_its_parts() {
    let store = TestStore::new();
    let parts = [store.put(RAW, "abc").await, store.put(RAW, "defgh").await];
    let root = store.node(FILE_OF_EIGHT, &parts.map(|part| ("", part))).await;
    let mut walk = store.walk(root).only(5..8);

    assert!(matches!(walk.next().await, Ok(Some(Step::File { .. }))));
    let refused = walk.next().await;

    assert!(matches!(refused, Err(DagError::Length { declared: 4, found: 5, .. })), "{refused:?}");
    assert!(store.save(root, "copy").await.is_ok(), "the whole is as long as it says");
}

#[tokio::test]
async fn a_directory_is_no_part_of_a_file() {
    let store = TestStore::new();
    let directory = store.node(DIRECTORY, &[]).await;
    let root = store.node(FILE_OF_EIGHT, &[("", directory), ("", directory)]).await;

    let refused = store.save(root, "copy").await;

    assert!(matches!(refused, Err(DagError::NotUnixfs { .. })), "{refused:?}");
}

#[tokio::test]
async fn blocks_of_other_kinds_are_refused() {
    const DAG_CBOR: u64 = 0x71;
    let store = TestStore::new();
    let garbage = store.put(DAG_PB, "garbage").await;
    let cbor = store.put(DAG_CBOR, vec![0xa0]).await;
    let nothing = store.node(&[], &[]).await;

    for root in [garbage, cbor, nothing] {
        let refused = store.save(root, "copy").await;
        assert!(matches!(refused, Err(DagError::NotUnixfs { .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn a_block_that_is_not_there_is_named() {
    let store = TestStore::new();
    let gone = Cid::new_v1(RAW, *Block::sha2_256(Bytes::from("gone")).unwrap().multihash());
    let root = store.node(DIRECTORY, &[("file", gone)]).await;

    match store.save(root, "copy").await {
        Err(DagError::Missing { cid }) => assert_eq!(cid, gone),
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read_anything(bytes);
    }

    #[test]
    fn no_damage_to_a_node_makes_the_reader_panic(
        place in 0_usize..200,
        byte: u8,
        unixfs in prop::collection::vec((0_u8..8, any::<u64>()), 0..6),
    ) {
        let mut node = damaged(&unixfs);
        if let Some(spot) = node.get_mut(place) {
            *spot = byte;
        }
        read_anything(node);
    }
}

fn read_anything(bytes: Vec<u8>) {
    let block = Block::sha2_256(bytes.into()).unwrap();
    let cid = Cid::new_v1(DAG_PB, *block.multihash());
    if let Ok(node) = Node::read(&cid, block.bytes()) {
        assert!(node.links().len() <= block.len());
    }
}

/// A node with two links whose UnixFS message has these fields and numbers.
fn damaged(fields: &[(u8, u64)]) -> Vec<u8> {
    let mut unixfs = Vec::new();
    for (field, number) in fields {
        unixfs.push((field + 1) << 3);
        unixfs.extend(varint(*number));
    }
    let hash = *Block::sha2_256(Bytes::from("leaf")).unwrap().multihash();
    let link = |name: &str| PbLink {
        cid: Cid::new_v1(RAW, hash),
        name: Some(name.to_owned()),
        size: Some(u64::MAX),
    };
    PbNode { links: vec![link("00"), link("01name")], data: Some(unixfs.into()) }.into_bytes()
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

#[cfg(unix)]
fn symlink(target: &str) -> Vec<u8> {
    use multihash_codetable::Code;
    use rust_unixfs::{Metadata, symlink::symlink_block};
    symlink_block(target, &Metadata::default(), cid::Version::V1, Code::Sha2_256).1
}
