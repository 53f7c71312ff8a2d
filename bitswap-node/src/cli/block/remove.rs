//! `bitswap block rm`: blocks leave the store.

use std::collections::HashMap;
use std::io::{self, IsTerminal as _};

use bitswap_api::BlockForm;
use bitswap_service::error::{CliError, Exit};
use bitswap_service::plural::counted;
use bitswap_service::units::size;
use bitswap_store::Multihash;

use super::{block, sizes};
use crate::access::Access;
use crate::cli::errors;
use crate::cli::output::{self, Output};
use crate::cli::pages;

/// Removes blocks from the store, but for roots of what is pinned. What links to them cannot be
/// read any more until they are fetched again.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which blocks
    #[arg(required = true, value_name = "CID")]
    cids: Vec<String>,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,

    /// Only say what would be removed
    #[arg(long)]
    dry_run: bool,
}

impl Args {
    pub(super) async fn run(self, access: &Access, output: Output) -> Result<Exit, CliError> {
        let mut there = sizes(access, &self.cids).await?;
        for gone in there.extract_if(.., |found| found.bytes.is_none()) {
            output.progress(&format!("{} is not in the store", gone.cid));
        }
        let all_there = there.len() == self.cids.len();
        refuse_pinned(access, &there).await?;
        let bytes = there.iter().filter_map(|found| found.bytes).map(u64::from).sum();
        let what = format!("{}, {}", counted(there.len() as u64, "block"), size(bytes));
        if self.dry_run {
            tell(output, &there, "would remove");
            output.progress(&format!("would remove {what}"));
        } else if !there.is_empty() {
            self.confirm(&what, there.len()).await?;
            remove(access, &there).await?;
            tell(output, &there, "removed");
        }
        Ok(if all_there { Exit::Ok } else { Exit::NotFound })
    }

    async fn confirm(&self, what: &str, blocks: usize) -> Result<(), CliError> {
        if self.yes {
            return Ok(());
        }
        if !io::stdin().is_terminal() {
            return Err(errors::not_confirmed(blocks));
        }
        output::ask(&format!("remove {what}? [y/N] "));
        let said = tokio::task::spawn_blocking(|| {
            let mut said = String::new();
            io::stdin().read_line(&mut said).map(|_| said)
        });
        let said = said.await.map_err(|why| CliError::internal(&why))?.unwrap_or_default();
        let yes = matches!(said.trim(), "y" | "Y" | "yes");
        if yes { Ok(()) } else { Err(errors::not_confirmed(blocks)) }
    }
}

/// The root of a pinned tree is not removed by mistake. What is below one can be.
async fn refuse_pinned(access: &Access, there: &[BlockForm]) -> Result<(), CliError> {
    let pins = access.pins().await?;
    let pinned: HashMap<_, _> = pins.iter().map(|pin| (pin.cid.hash(), &pin.cid)).collect();
    for found in there {
        if let Some(pinned) = pinned.get(block(&found.cid)?.hash()) {
            return Err(CliError::pinned_block(pinned));
        }
    }
    Ok(())
}

async fn remove(access: &Access, there: &[BlockForm]) -> Result<(), CliError> {
    let cids = there.iter().map(|found| block(&found.cid)).collect::<Result<Vec<_>, _>>()?;
    let hashes: Vec<Multihash> = cids.iter().map(|cid| *cid.hash()).collect();
    let receipt = access.store().delete_many(&hashes).await;
    let receipt = receipt.map_err(|why| CliError::store(&why))?;
    receipt.durable().await.map_err(|why| CliError::store(&why))
}

fn tell(output: Output, blocks: &[BlockForm], done: &str) {
    if !blocks.is_empty() {
        let text: Vec<_> = blocks.iter().map(|block| format!("{done} {}", block.cid)).collect();
        output.list(&pages::lines(blocks), &text.join("\n"));
    }
}
