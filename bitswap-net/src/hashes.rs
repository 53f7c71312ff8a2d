//! What kinds of hashes are wanted now: set by the driver, read by every connection.

use std::sync::{Arc, PoisonError, RwLock};

/// Multihash codes and digest lengths.
type Kinds = Arc<[(u64, u8)]>;

/// The kinds of everything that open sessions ask for. Connections hash no payload of another kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct OpenHashes(Arc<RwLock<Kinds>>);

impl OpenHashes {
    /// Puts `open` in force, for every connection.
    pub(crate) fn set(&self, open: &[(u64, u8)]) {
        if *self.now() != *open {
            *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::from(open);
        }
    }

    /// What is in force.
    pub(crate) fn now(&self) -> Kinds {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}
