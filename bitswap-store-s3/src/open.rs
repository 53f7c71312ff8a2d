//! A store is opened by the URL of its bucket; what else is to be known stands in the environment,
//! as for all programs that use S3.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use bitswap_store::{BlockStore as _, Cursor, Multihash, StoreError};
use futures::future::BoxFuture;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::{BackoffConfig, ClientConfigKey, RetryConfig};

use crate::store::{SharedOptions, SharedStore};

/// A bucket, and a prefix in it: `s3://BUCKET` or `s3://BUCKET/PREFIX`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    bucket: String,
    prefix: String,
}

/// A store could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// What is set does not do.
    #[error("{0}")]
    Settings(object_store::Error),
    /// The bucket cannot be listed.
    #[error("the bucket of {place} cannot be used: {why}")]
    Refused {
        /// Which.
        place: Place,
        /// What the store says.
        why: Box<StoreError>,
    },
    /// This is no URL of a bucket.
    #[error("{0:?} is not of the form s3://BUCKET/PREFIX")]
    Url(String),
}

impl FromStr for Place {
    type Err = OpenError;

    fn from_str(url: &str) -> Result<Self, OpenError> {
        let wrong = || OpenError::Url(url.to_owned());
        let rest = url.strip_prefix("s3://").ok_or_else(wrong)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        let is_plain = rest.chars().all(|c| c.is_ascii_alphanumeric() || "-._/".contains(c));
        let has_gap = !prefix.is_empty() && prefix.split('/').any(str::is_empty);
        if bucket.is_empty() || !is_plain || has_gap {
            return Err(wrong());
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.prefix.is_empty() { "" } else { "/" };
        write!(f, "s3://{}{slash}{}", self.bucket, self.prefix)
    }
}

impl SharedStore {
    const CONNECTING: &str = "5 seconds";
    const ANSWERING: &str = "10 seconds";
    const TRIES: usize = 3;
    const TRYING: Duration = Duration::from_secs(30);

    /// The store at this URL, which answers. The rest is in `settings`, which are usually the
    /// variables of the environment: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`,
    /// `AWS_ENDPOINT_URL` and, for an endpoint without TLS, `AWS_ALLOW_HTTP=true`. Those that have
    /// nothing to do with it are passed over.
    ///
    /// # Errors
    /// The URL or the settings do not do, or the bucket cannot be listed.
    pub fn open(
        url: &str,
        settings: impl IntoIterator<Item = (String, String)>,
        options: &SharedOptions,
    ) -> BoxFuture<'static, Result<Self, OpenError>> {
        let opened = Self::told(url, settings, options);
        Box::pin(async move {
            let (place, store) = opened?;
            match store.answers().await {
                Ok(()) => Ok(store),
                Err(why) => Err(OpenError::Refused { place, why: Box::new(why) }),
            }
        })
    }

    /// Looks for one block, by which servers tell who may not, and at the list, by which they tell
    /// that there is no such bucket.
    async fn answers(&self) -> Result<(), StoreError> {
        let any = Multihash::default();
        self.sizes(&[any]).await.pop().unwrap_or(Ok(None))?;
        self.page(&Cursor::START, NonZeroUsize::MIN).await.map(drop)
    }

    /// As it is told; whether it answers, is not known.
    fn told(
        url: &str,
        settings: impl IntoIterator<Item = (String, String)>,
        options: &SharedOptions,
    ) -> Result<(Place, Self), OpenError> {
        let place: Place = url.parse()?;
        let known = settings.into_iter().filter_map(|(name, value)| {
            let name = name.starts_with("AWS_").then(|| name.to_ascii_lowercase())?;
            Some((name.parse::<AmazonS3ConfigKey>().ok()?, value))
        });
        let told = known
            .fold(AmazonS3Builder::new(), |builder, (key, value)| builder.with_config(key, value));
        let client = AmazonS3ConfigKey::Client;
        let backoff = BackoffConfig { max_backoff: Duration::from_secs(2), ..Default::default() };
        let retry = RetryConfig { backoff, max_retries: Self::TRIES, retry_timeout: Self::TRYING };
        let objects = told
            .with_bucket_name(&place.bucket)
            .with_config(client(ClientConfigKey::ConnectTimeout), Self::CONNECTING)
            .with_config(client(ClientConfigKey::Timeout), Self::ANSWERING)
            .with_retry(retry)
            .build()
            .map_err(OpenError::Settings)?;
        let prefix = Path::from(place.prefix.as_str());
        Ok((place, Self::over(Arc::new(objects), prefix, options)))
    }
}
