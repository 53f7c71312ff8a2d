//! CARs of version 2: one of version 1 inside, with an index after it.

use super::*;

/// Where the inner one begins.
const BEGINS: u64 = 60;

/// A CAR of version 2 around one of version 1.
fn around(inner: &[u8]) -> Vec<u8> {
    said(inner, BEGINS, inner.len() as u64)
}

/// The same, with what it says of where the inner one begins, and of how many bytes it has.
fn said(inner: &[u8], begins: u64, bytes: u64) -> Vec<u8> {
    const PRAGMA: &[u8] = b"\x0a\xa1gversion\x02";
    let numbers = [begins, bytes, 0].map(u64::to_le_bytes).concat();
    let padding = vec![0; BEGINS as usize - PRAGMA.len() - 16 - numbers.len()];
    [PRAGMA, &[0; 16], &numbers, &padding, inner, b"an index"].concat()
}

async fn inner() -> (Cid, Vec<u8>) {
    let store = TestStore::new();
    let leaf = store.put(RAW, "leaf").await;
    let root = store.node(DIRECTORY, &[("leaf", leaf)]).await;
    (root, export(&store, root).await.unwrap())
}

#[tokio::test]
async fn its_blocks_are_read_and_its_index_is_passed_by() {
    let (root, inner) = inner().await;
    let car = around(&inner);

    let read = verify(&car).await.unwrap();

    assert_eq!((read.header.version, read.header.roots), (2, vec![root]));
    assert_eq!((read.blocks, read.missing_roots), (2, vec![]));
    assert_eq!(names(&car).await, names(&inner).await);
}

#[tokio::test]
async fn it_ends_where_it_says() {
    let (_, inner) = inner().await;
    let whole = around(&inner);

    let cut = verify(&whole[..BEGINS as usize + inner.len() - 1]).await;
    assert!(matches!(cut, Err(CarError::Truncated { .. })), "{cut:?}");
    let lacking = verify(&said(&inner, BEGINS, 1 << 40)[..BEGINS as usize + inner.len()]).await;
    assert!(matches!(lacking, Err(CarError::Truncated { .. })), "{lacking:?}");
    let beyond = verify(&said(&inner, BEGINS, inner.len() as u64 - 1)).await;
    assert!(matches!(beyond, Err(CarError::Malformed { .. })), "{beyond:?}");
}

#[tokio::test]
async fn places_that_cannot_be_are_refused() {
    let (_, inner) = inner().await;
    for bytes in [0, 1, u64::MAX] {
        let refused = verify(&said(&inner, BEGINS, bytes)).await;
        assert!(matches!(refused, Err(CarError::Malformed { .. })), "{bytes}: {refused:?}");
    }
    let inside_the_header = verify(&said(&inner, 20, 100)).await;
    assert!(matches!(inside_the_header, Err(CarError::Malformed { .. })), "{inside_the_header:?}");
}
