//! CIDs and blocks as Kubo makes them.

use super::super::Fetch;
use super::*;

/// `ipfs add` of `hello world` and a line end, with the settings of old: CIDv0, no raw leaves.
const HELLO_V0: &str = "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o";
const HELLO_V0_BLOCK: &[u8] = b"\x0a\x12\x08\x02\x12\x0chello world\n\x18\x0c";
/// The CID of the same file with `--cid-version=1`.
const HELLO_V1: &str = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4";
/// An empty directory with `--cid-version=1`.
const EMPTY_V1: &str = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354";
/// An empty file with `--cid-version=1`.
const EMPTY_FILE_V1: &str = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";

#[tokio::test]
async fn imports_have_the_cids_that_kubo_gives_them() {
    let store = TestStore::new();
    let place = store.place.path();
    fs::write(place.join("hello"), "hello world\n").unwrap();
    fs::write(place.join("empty-file"), "").unwrap();
    fs::create_dir(place.join("empty")).unwrap();

    for (name, cid) in [("hello", HELLO_V1), ("empty", EMPTY_V1), ("empty-file", EMPTY_FILE_V1)] {
        let imported = store.import(&place.join(name)).await.unwrap();
        assert_eq!(imported.root.to_string(), cid, "{name}");
    }
}

#[tokio::test]
async fn files_of_the_old_kind_can_be_read() {
    let store = TestStore::new();
    let root = Cid::try_from(HELLO_V0).unwrap();
    let block = Block::checked(&root, Bytes::from_static(HELLO_V0_BLOCK)).unwrap();
    drop(store.store.put_many(vec![block], Durability::Relaxed).await.unwrap());

    store.save(root, "hello").await.unwrap();

    assert_eq!(fs::read(store.place.path().join("hello")).unwrap(), b"hello world\n");
}

#[tokio::test]
async fn tiny_files_inside_their_cid_can_be_read() {
    let store = TestStore::new();
    let identity = multihash_codetable::Multihash::wrap(0, b"tiny").unwrap();
    let root = store.node(DIRECTORY, &[("file", Cid::new_v1(RAW, identity))]).await;

    store.save(root, "copy").await.unwrap();

    assert_eq!(fs::read(store.place.path().join("copy/file")).unwrap(), b"tiny");
}

#[tokio::test]
async fn the_empty_block_is_known_by_its_cid_alone() {
    let store = TestStore::new();
    let empty = Cid::try_from(EMPTY_FILE_V1).unwrap();
    let root = store.node(DIRECTORY, &[("file", empty)]).await;

    store.save(root, "copy").await.unwrap();

    assert_eq!(fs::read(store.place.path().join("copy/file")).unwrap(), b"");
}

#[tokio::test]
async fn what_a_cid_tells_of_itself_is_never_asked_for() {
    let store = TestStore::new();
    let tiny = multihash_codetable::Multihash::wrap(0, b"tiny").unwrap();

    for root in [Cid::try_from(EMPTY_FILE_V1).unwrap(), Cid::new_v1(RAW, tiny)] {
        let fetched = Fetch::new(root, &|_| {}).run(&store.reader()).await.unwrap();
        assert_eq!(fetched.blocks, 0, "{root}");
    }
}
