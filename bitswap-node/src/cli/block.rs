//! `bitswap block`: single blocks, in and out of the store.

mod get;
mod list;
mod put;
mod remove;

use bitswap_api::{BlockForm, codec_name};
use bitswap_service::error::{CliError, Exit};
use bitswap_service::units;
use bitswap_store::Multihash;
use cid::Cid;
use clap::Subcommand;

use super::output::Output;
use super::pages;
use super::target::Target;
use crate::access::{Access, NodeSelector, StrategyArgs};
use crate::cli::errors;
use crate::stop::Stop;

/// Gets, puts and removes single blocks, with or without a running daemon.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap block put -q < file          prints the CID
  bitswap block get bafkrei… > copy
  bitswap block rm bafkrei… --yes")]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print the bytes of a block, from peers if it is not in the store
    Get(get::Args),
    /// Take bytes into the store as one block, and print its CID
    Put(put::Args),
    /// Show how large blocks in the store are
    Stat(Named),
    /// Tell whether blocks are in the store; exit code 3 if any is not
    Has(Named),
    /// Remove blocks from the store
    Rm(remove::Args),
    /// List what is in the store
    Ls(list::Args),
}

#[derive(Debug, clap::Args)]
struct Named {
    /// Which blocks
    #[arg(required = true, value_name = "CID")]
    cids: Vec<String>,
}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
        mut stop: Stop,
    ) -> Result<Exit, CliError> {
        let routers = match &self.verb {
            Verb::Get(args) => args.routers.parse()?,
            Verb::Put(_) | Verb::Stat(_) | Verb::Has(_) | Verb::Rm(_) | Verb::Ls(_) => Vec::new(),
        };
        let access = Access::open(selector, &StrategyArgs::default(), &routers).await?;
        let puts = matches!(self.verb, Verb::Get(_) | Verb::Put(_));
        let done = match self.verb {
            Verb::Get(args) => stop.unless(Box::pin(args.run(&access, selector, output))).await,
            Verb::Put(args) => stop.unless(args.run(&access, output)).await,
            Verb::Stat(named) => stop.unless(named.stat(&access, output)).await,
            Verb::Has(named) => stop.unless(named.has(&access, output)).await,
            Verb::Rm(args) => stop.unless(args.run(&access, output)).await,
            Verb::Ls(args) => stop.unless(args.run(&access, output)).await,
        };
        if puts {
            stop.unless(access.close()).await?;
        } else {
            stop.unless(access.close_unchanged()).await?;
        }
        done
    }
}

impl Named {
    async fn stat(self, access: &Access, output: Output) -> Result<Exit, CliError> {
        let sizes = sizes(access, &self.cids).await?;
        for (cid, found) in self.cids.iter().zip(&sizes) {
            if found.bytes.is_none() {
                return Err(errors::not_stored(&block(cid)?));
            }
        }
        let lines = sizes.iter().map(|found| {
            let bytes = found.bytes.unwrap_or(0);
            let codec = block(&found.cid).map(|cid| cid.codec());
            let codec = codec.ok().and_then(codec_name).unwrap_or("another codec");
            format!("{}  {} ({bytes} bytes)  {codec}", found.cid, units::size(bytes.into()))
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        output.list(&pages::lines(&sizes), &text);
        Ok(Exit::Ok)
    }

    async fn has(self, access: &Access, output: Output) -> Result<Exit, CliError> {
        let sizes = sizes(access, &self.cids).await?;
        let word = |found: &BlockForm| if found.bytes.is_some() { "yes" } else { "no" };
        let lines = sizes.iter().map(|found| format!("{}  {}", found.cid, word(found)));
        let text = lines.collect::<Vec<_>>().join("\n");
        output.list(&pages::lines(&sizes), &text);
        let all = sizes.iter().all(|found| found.bytes.is_some());
        Ok(if all { Exit::Ok } else { Exit::NotFound })
    }
}

/// A block by its CID, in any form that people have it in.
pub(super) fn block(text: &str) -> Result<Cid, CliError> {
    let Target { root, path } = Target::parse(text)?;
    if path.is_empty() { Ok(root) } else { Err(errors::path_in_block(text)) }
}

/// How large the blocks of these CIDs are; `None` = not there.
async fn sizes(access: &Access, names: &[String]) -> Result<Vec<BlockForm>, CliError> {
    let cids = names.iter().map(|name| block(name)).collect::<Result<Vec<_>, _>>()?;
    let hashes: Vec<Multihash> = cids.iter().map(|cid| *cid.hash()).collect();
    let sizes = access.store().sizes(&hashes).await.into_iter().zip(cids);
    let form = |(size, cid): (Result<_, _>, Cid)| {
        let bytes = size.map_err(|why| CliError::store(&why))?;
        Ok(BlockForm { cid: cid.to_string(), bytes })
    };
    sizes.map(form).collect()
}
