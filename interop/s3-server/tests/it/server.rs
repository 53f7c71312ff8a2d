//! Over HTTP: the contract, and who may not.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use bitswap_core::Block;
use bitswap_store::{BlockStore as _, Durability, conformance};
use bitswap_store_s3::{OpenError, SharedOptions, SharedStore};
use tempfile::TempDir;

/// What a client has to know of it.
pub(crate) const SETTINGS: [(&str, &str); 4] = [
    ("AWS_ACCESS_KEY_ID", "somebody"),
    ("AWS_SECRET_ACCESS_KEY", "of whom nobody knows"),
    ("AWS_REGION", "nowhere-1"),
    ("AWS_ALLOW_HTTP", "true"),
];

/// A server of the buckets in a directory.
pub(crate) async fn serve(folder: &Path) -> String {
    s3_server::serve(folder, SETTINGS[0].1, SETTINGS[1].1).await.unwrap()
}

/// A node's view of a bucket.
pub(crate) async fn open(
    bucket: &str,
    server: &str,
    secret: &str,
) -> Result<SharedStore, OpenError> {
    let other = [("AWS_ENDPOINT_URL", server), ("AWS_SECRET_ACCESS_KEY", secret)];
    // What comes last counts.
    let settings = SETTINGS.into_iter().chain(other);
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    SharedStore::open(bucket, settings, &SharedOptions::default()).await
}

#[tokio::test]
async fn it_keeps_the_contract_over_http() {
    let folder = TempDir::new().unwrap();
    let server = serve(folder.path()).await;
    let number = AtomicU64::new(0);
    let fresh = async || {
        let number = number.fetch_add(1, Ordering::Relaxed);
        std::fs::create_dir(folder.path().join(format!("bucket-{number}"))).unwrap();
        open(&format!("s3://bucket-{number}/some/prefix"), &server, SETTINGS[1].1).await.unwrap()
    };
    assert_eq!(conformance::run(fresh).await, Ok(()));
}

#[tokio::test]
async fn who_may_not_is_told_so_when_the_store_is_opened() {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("bucket")).unwrap();
    let server = serve(folder.path()).await;

    let guessed = open("s3://bucket", &server, "a guess").await;
    let told = guessed.map(drop).unwrap_err().to_string();
    assert!(told.contains("s3://bucket") && told.contains("permission denied"), "{told}");
    assert!(!told.contains("guess"), "{told}");

    let missing = open("s3://other", &server, SETTINGS[1].1).await;
    assert!(matches!(missing, Err(OpenError::Refused { .. })));
    for url in ["http://bucket", "s3://", "s3:///prefix", "s3://bucket/a//b", "s3://b?x=y"] {
        assert!(matches!(open(url, &server, "").await, Err(OpenError::Url(_))), "{url}");
    }

    let store = open("s3://bucket/", &server, SETTINGS[1].1).await.unwrap();
    let apple = Block::sha2_256("apple".into()).unwrap();
    drop(store.put_many(vec![apple.clone()], Durability::Prompt).await.unwrap());
    assert_eq!(store.sizes(&[*apple.multihash()]).await, [Ok(Some(5))]);
}
