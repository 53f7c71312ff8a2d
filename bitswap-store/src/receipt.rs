//! The promise that a store gives for what it accepted.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::error::StoreError;

/// What was accepted may still be lost in a crash until [`durable`](Self::durable) resolves.
/// Dropping a receipt changes nothing for the blocks.
#[must_use = "accepted is not durable: await it, or drop it where a loss can be fetched again"]
pub struct Receipt(Option<Commit>);

type Commit = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>;

impl Receipt {
    /// Of something that is as safe as it will be.
    pub const fn settled() -> Self {
        Self(None)
    }

    /// Of something that is safe when `commit` resolves. `commit` has to make progress without
    /// being polled: most receipts are dropped.
    pub fn pending(commit: impl Future<Output = Result<(), StoreError>> + Send + 'static) -> Self {
        Self(Some(Box::pin(commit)))
    }

    /// Resolves when what was accepted is durable.
    ///
    /// # Errors
    /// The commit failed. What was accepted is still there, and a crash may lose it.
    pub async fn durable(self) -> Result<(), StoreError> {
        match self.0 {
            Some(commit) => commit.await,
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Receipt(pending)" } else { "Receipt(settled)" })
    }
}
