//! `bitswap store`: what can be done with the store while no node runs on it.

use bitswap_service::config::{Config, StoreKind};
use bitswap_service::error::{CliError, Exit};
use bitswap_service::plural::counted;
use bitswap_store::{RedbStore, convert};
use clap::Subcommand;
use serde_json::json;

use super::output::Output;
use crate::access::NodeSelector;

/// Blocks between two lines of progress.
const STEP: u64 = 10_000;

/// Looks after the store, while no daemon runs.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap store convert             small blocks take half the room and a fraction of the time")]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Move the blocks of an earlier version's database into the files that new directories have
    ///
    /// It can be stopped and started again. The database stays, under another name, until you
    /// delete it; so there has to be room for the blocks twice.
    Convert,
}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
    ) -> Result<Exit, CliError> {
        let Verb::Convert = self.verb;
        let config = Config::load(&selector.sources()?)?;
        let folder = selector.home()?.folder().join(&config.store.path);
        if config.store.kind != StoreKind::Disk || !RedbStore::is_in(&folder) {
            let text = format!("{} has no database of an earlier version", folder.display());
            output.result(&json!({ "v": 1, "blocks": 0, "damaged": 0, "database": null }), &text);
            return Ok(Exit::Ok);
        }
        let mut shown = 0;
        let progress = |copied| {
            if copied >= shown + STEP {
                shown = copied;
                output.progress(&format!("{} copied", counted(copied, "block")));
            }
        };
        let converted = convert(&folder, progress).await.map_err(|why| CliError::store(&why))?;
        let database = converted.database.display().to_string();
        let damaged = match converted.damaged {
            0 => String::new(),
            count => format!(", {count} damaged ones left behind: fetch them again"),
        };
        let text = format!(
            "{} moved{damaged}\n  to free the room:  rm {database}",
            counted(converted.blocks, "block")
        );
        let result = json!({
            "v": 1, "blocks": converted.blocks, "damaged": converted.damaged, "database": database,
        });
        output.result(&result, &text);
        Ok(Exit::Ok)
    }
}
