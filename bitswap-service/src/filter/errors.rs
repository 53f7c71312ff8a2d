//! What can be wrong with rules about blocks and peers, and what they forbid.

use super::FilterError;
use crate::error::{CliError, Exit};

impl From<FilterError> for CliError {
    fn from(error: FilterError) -> Self {
        let what = "the lists of [filter] cannot be used".to_owned();
        let exit = match error {
            FilterError::Unreadable { .. } => Exit::NotFound,
            FilterError::Malformed { .. } | FilterError::TooMany { .. } => Exit::BadData,
        };
        Self::new("bad-list", exit, what)
            .because(error.to_string())
            .remedy("see  bitswap config get filter ; relative paths begin in the data directory")
    }
}
