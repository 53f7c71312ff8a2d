//! `bitswap pin`: what is kept whatever is freed.

mod add;

use bitswap_api::pin_row;
use bitswap_service::error::{CliError, Exit};
use bitswap_service::keep::Pin;
use cid::Cid;
use clap::Subcommand;

use super::block::block;
use super::output::Output;
use super::pages;
use crate::access::{Access, NodeSelector, StrategyArgs};
use crate::stop::Stop;

/// Keeps trees and blocks in the store, takes that back, and shows what is kept, with or without a
/// running daemon.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap pin add bafy…                fetches what is missing of it
  bitswap pin ls
  bitswap pin rm bafy…                 its blocks go with the next  bitswap gc")]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Keep trees, and fetch what is missing of them
    Add(add::Args),
    /// Do not keep them any more; nothing is removed by that
    Rm(Named),
    /// Show what is kept; exit code 3 if any of the CIDs is not
    Ls(Listed),
}

#[derive(Debug, clap::Args)]
struct Named {
    /// Roots of what was pinned
    #[arg(required = true, value_name = "CID")]
    cids: Vec<String>,
}

#[derive(Debug, clap::Args)]
struct Listed {
    /// Only these
    #[arg(value_name = "CID")]
    cids: Vec<String>,
}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
        mut stop: Stop,
    ) -> Result<Exit, CliError> {
        if let Verb::Add(args) = self.verb {
            return Box::pin(args.run(selector, output, stop)).await;
        }
        let access = Access::open(selector, &StrategyArgs::default(), &[]).await?;
        let done = match self.verb {
            Verb::Add(_) => Ok(Exit::Ok),
            Verb::Rm(named) => stop.unless(named.run(&access, output)).await,
            Verb::Ls(listed) => stop.unless(listed.run(&access, output)).await,
        };
        stop.unless(access.close_unchanged()).await?;
        done
    }
}

impl Named {
    async fn run(self, access: &Access, output: Output) -> Result<Exit, CliError> {
        access.must_keep()?;
        let pins = access.unpin(&parsed(&self.cids)?).await?;
        tell(&pins, "unpinned ", output);
        Ok(Exit::Ok)
    }
}

impl Listed {
    async fn run(self, access: &Access, output: Output) -> Result<Exit, CliError> {
        let mut pins = access.pins().await?;
        let asked = parsed(&self.cids)?;
        let place = |cid: &Cid| Cid::new_v1(cid.codec(), *cid.hash());
        if !asked.is_empty() {
            pins.retain(|pin| asked.iter().any(|cid| place(cid) == pin.place()));
        }
        tell(&pins, "", output);
        match asked.iter().find(|cid| pins.iter().all(|pin| place(cid) != pin.place())) {
            Some(missing) => Err(CliError::not_pinned(missing)),
            None => Ok(Exit::Ok),
        }
    }
}

fn parsed(cids: &[String]) -> Result<Vec<Cid>, CliError> {
    cids.iter().map(|text| block(text)).collect()
}

/// A line for each; with `--quiet`, only their CIDs.
fn tell(pins: &[Pin], done: &str, output: Output) {
    if pins.is_empty() {
        return;
    }
    let line = |pin: &Pin| {
        let Pin { cid, kind } = pin;
        if output.is_quiet() { cid.to_string() } else { format!("{done}{cid}  {}", kind.name()) }
    };
    let text: Vec<_> = pins.iter().map(line).collect();
    let rows: Vec<_> = pins.iter().map(pin_row).collect();
    output.list(&pages::lines(&rows), &text.join("\n"));
}
