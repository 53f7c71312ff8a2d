//! What is said of a daemon's store.

use bitswap_service::error::{CliError, Exit};

pub(crate) fn not_synced() -> CliError {
    let what = "the store was not done in time".to_owned();
    CliError::new("not-synced", Exit::Failed, what)
        .because("the disk took too long; blocks that nobody was told are durable may be lost")
        .remedy("see whether the disk works; blocks that were fetched can be fetched again")
}

/// Whatever a store says.
#[cfg(feature = "s3")]
pub(crate) fn bucket(url: &str, why: &dyn std::fmt::Display) -> CliError {
    CliError::new("no-bucket", Exit::NoNode, format!("the store at {url} cannot be opened"))
        .because(why.to_string())
        .remedy(
            "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and, where it is not \
             Amazon's, AWS_ENDPOINT_URL; BITSWAP_LOG=bitswap_store_s3=debug tells more",
        )
}

#[cfg(not(feature = "s3"))]
pub(crate) fn no_buckets() -> CliError {
    let what = "this program was built without stores in buckets".to_owned();
    CliError::new("not-built", Exit::Usage, what)
        .because("`store.kind` is \"s3\"")
        .remedy("build it with  cargo build --release --features s3")
}
