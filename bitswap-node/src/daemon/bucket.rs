//! The store in a bucket of S3, which several nodes share, if the program was built with it.

use std::sync::Arc;

use bitswap_service::config::Config;
use bitswap_service::error::CliError;
use bitswap_store::BlockStore;

use super::errors;

/// Opens it.
///
/// # Errors
/// The settings do not do, or the bucket does not answer.
#[cfg(feature = "s3")]
pub(super) async fn open(config: &Config) -> Result<Arc<dyn BlockStore>, CliError> {
    use bitswap_store_s3::{SharedOptions, SharedStore};

    let url = config.store.url.as_ref().map_or("", |url| url.0.as_str());
    let settings = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let mut options = SharedOptions::default();
    options.cache_bytes = config.store.cache.0;
    let opened = SharedStore::open(url, settings, &options).await;
    opened.map(|store| Arc::new(store) as _).map_err(|why| errors::bucket(url, &why))
}

/// Says how to get one that can.
///
/// # Errors
/// Always.
#[cfg(not(feature = "s3"))]
#[expect(clippy::unused_async, reason = "the other build waits")]
pub(super) async fn open(_: &Config) -> Result<Arc<dyn BlockStore>, CliError> {
    Err(errors::no_buckets())
}
