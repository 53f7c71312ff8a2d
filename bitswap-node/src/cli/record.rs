//! What is said of a recording on the command line.

use std::path::PathBuf;

use bitswap_net::RecordOptions;
use bitswap_service::error::CliError;
use bitswap_service::node::Record;

use super::parse;

#[derive(Debug, clap::Args)]
pub(super) struct RecordArgs {
    /// Record the run into this new file, for `bitswap-sim replay`
    ///
    /// In it are all that the engine was told and what followed from it, without the bytes of
    /// blocks.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,

    /// Size at which the recording ends, and not the node; 1GiB if not said
    #[arg(long, value_name = "SIZE", requires = "record")]
    record_limit: Option<String>,

    /// Record peer ids and CIDs as they are, and not pseudonyms
    #[arg(long, requires = "record")]
    record_identities: bool,
}

impl RecordArgs {
    /// The limit if none is said, in bytes.
    const LIMIT: u64 = 1024 * 1024 * 1024;

    /// What is recorded, if anything; nothing is opened here.
    ///
    /// # Errors
    /// The limit is no size.
    pub(super) fn record(&self) -> Result<Option<Record>, CliError> {
        let limit_bytes = self.record_limit.as_deref().map_or(Ok(Self::LIMIT), parse::size)?;
        let options = RecordOptions { limit_bytes, keep_identities: self.record_identities };
        Ok(self.record.clone().map(|path| Record { path, options }))
    }
}
