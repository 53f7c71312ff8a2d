//! Errors of the API: why a block is not given or did not come, from one process to the other and
//! back.

use std::io;

use bitswap_core::StoreFault;
use bitswap_net::{Answers, Denial, Failure, GetError};
use bitswap_store::{Multihash, StoreError};
use bitswap_unixfs::WantError;
use cid::Cid;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An error for one block, or for a whole request to the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub(super) enum ApiError {
    /// A cursor of so many bytes that the store did not give out.
    BadCursor { bytes: usize },
    /// The session was closed.
    Closed,
    /// What is stored is damaged.
    Corrupt,
    /// A rule of the node denies the block.
    Denied { rule: String },
    /// The store's medium failed.
    Failed { doing: String, disk_full: bool },
    /// The store's bound was reached.
    Full { needed: u64, held: u64, limit: u64 },
    /// Nobody is left to ask, and the session does not wait.
    NobodyLeft {
        dont_have: u32,
        silent: u32,
        disconnected: u32,
        lookups: u32,
        providers: u32,
        unreachable: u32,
    },
    /// Nobody has it.
    NotFound,
    /// One of the node's bounds was reached.
    OverLimit { limit: usize },
    /// The block came, and the store refused it.
    Refused { why: String },
    /// It did not come in time.
    TimedOut,
    /// It could not be told from another block if it came.
    Unverifiable,
}

impl ApiError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "stores may add errors")]
    pub(super) fn of_store(error: &StoreError) -> Self {
        match error {
            StoreError::BadCursor { bytes } => Self::BadCursor { bytes: *bytes },
            StoreError::Corrupt { .. } => Self::Corrupt,
            StoreError::Full { needed, held, limit } => {
                Self::Full { needed: *needed, held: *held, limit: *limit }
            }
            StoreError::Io { doing, kind } => Self::Failed {
                doing: doing.as_ref().to_owned(),
                disk_full: *kind == io::ErrorKind::StorageFull,
            },
            other => Self::Failed { doing: other.to_string(), disk_full: false },
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "engines may add failures")]
    pub(super) fn of_get(error: &GetError) -> Self {
        let GetError::Failed { why, .. } = error else { return Self::Closed };
        match why {
            Failure::Denied(rule) => Self::Denied { rule: rule.to_string() },
            Failure::NobodyLeft(answers) => {
                let Answers { dont_have, silent, disconnected, lookups, providers, unreachable } =
                    *answers;
                Self::NobodyLeft {
                    dont_have,
                    silent,
                    disconnected,
                    lookups,
                    providers,
                    unreachable,
                }
            }
            Failure::NotFound => Self::NotFound,
            Failure::OverLimit { limit, .. } => Self::OverLimit { limit: *limit },
            Failure::Store(fault) => Self::Refused { why: fault.to_string() },
            Failure::TimedOut => Self::TimedOut,
            Failure::Unverifiable => Self::Unverifiable,
            _ => Self::Closed,
        }
    }

    /// What a store in this process would say of `hash`.
    pub(super) fn into_store(self, hash: Option<&Multihash>) -> StoreError {
        match (self, hash) {
            (Self::BadCursor { bytes }, _) => StoreError::BadCursor { bytes },
            (Self::Corrupt, Some(hash)) => StoreError::Corrupt { hash: *hash },
            (Self::Full { needed, held, limit }, _) => StoreError::Full { needed, held, limit },
            (Self::Failed { doing, disk_full }, _) => {
                let kind =
                    if disk_full { io::ErrorKind::StorageFull } else { io::ErrorKind::Other };
                StoreError::Io { doing: doing.into(), kind }
            }
            (other, _) => transport_error(&format!("{other:?}")),
        }
    }

    /// What a session in this process would say of `cid`.
    pub(super) fn into_want(self, cid: Cid) -> WantError {
        let why = match self {
            Self::Denied { rule } => Failure::Denied(Denial(rule.into())),
            Self::NobodyLeft {
                dont_have,
                silent,
                disconnected,
                lookups,
                providers,
                unreachable,
            } => {
                let found = Answers { lookups, providers, unreachable, ..Answers::default() };
                Failure::NobodyLeft(Answers { dont_have, silent, disconnected, ..found })
            }
            Self::NotFound => Failure::NotFound,
            Self::OverLimit { limit } => Failure::OverLimit { what: "wants at once", limit },
            Self::Refused { why } => Failure::Store(StoreFault(why.into())),
            Self::TimedOut => Failure::TimedOut,
            Self::Unverifiable => Failure::Unverifiable,
            Self::Closed => Failure::Closed,
            Self::BadCursor { .. } | Self::Corrupt | Self::Failed { .. } | Self::Full { .. } => {
                return WantError::Lost { why: format!("it speaks of its store: {self:?}") };
            }
        };
        WantError::Failed { cid, why }
    }
}

/// An error of the connection to the daemon's store.
pub(super) fn transport_error(why: &str) -> StoreError {
    let doing = format!("reach the daemon ({why})");
    StoreError::Io { doing: doing.into(), kind: io::ErrorKind::NotConnected }
}
