//! What the object store says of a failure, in the words of a block store.

use std::io::ErrorKind;

use bitswap_store::StoreError;
use object_store::Error;

/// Credentials and the answers of servers stay out of it; the log has more, at level debug.
pub(crate) fn failed(doing: &str, error: &Error) -> StoreError {
    tracing::debug!(doing, %error, "the object store failed");
    StoreError::Io { doing: doing.into(), kind: kind(error) }
}

/// Whether an object is only not there.
pub(crate) fn is_absent(error: &Error) -> bool {
    matches!(error, Error::NotFound { .. })
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library may add errors")]
fn kind(error: &Error) -> ErrorKind {
    match error {
        Error::NotFound { .. } => ErrorKind::NotFound,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            ErrorKind::PermissionDenied
        }
        Error::NotSupported { .. } | Error::NotImplemented { .. } => ErrorKind::Unsupported,
        _ => ErrorKind::Other,
    }
}
