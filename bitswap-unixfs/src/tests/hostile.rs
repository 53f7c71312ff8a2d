//! Trees that lie, and names that lead elsewhere.

use proptest::prelude::*;

use super::super::Step;
use super::super::unixfs::Node;
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
async fn links_that_lead_out_are_refused() {
    for target in ["/etc/passwd", "..", "../x", "sub/../../x", "a/.."] {
        let store = TestStore::new();
        let link = store.put(DAG_PB, symlink(target)).await;
        let root = store.node(DIRECTORY, &[("link", link)]).await;

        let refused = store.save(root, "copy").await;

        assert!(matches!(refused, Err(DagError::Escapes { .. })), "{target}: {refused:?}");
        assert!(store.names().is_empty(), "{target}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn nothing_is_written_through_a_link() {
    let store = TestStore::new();
    let apple = store.put(RAW, "apple").await;
    let below = store.node(DIRECTORY, &[("file", apple)]).await;
    let link = store.put(DAG_PB, symlink("elsewhere")).await;
    let root = store.node(DIRECTORY, &[("a", link), ("a", below)]).await;

    let refused = store.save(root, "copy").await;

    assert!(matches!(refused, Err(DagError::Io { .. })), "{refused:?}");
    assert!(store.names().is_empty());
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
