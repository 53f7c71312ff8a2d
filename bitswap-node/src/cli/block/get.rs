//! `bitswap block get`: the bytes of one block.

use std::path::PathBuf;
use std::time::Duration;

use bitswap_api::BlockForm;
use bitswap_net::{Block, SessionOptions};
use bitswap_service::error::{CliError, Exit};
use bitswap_service::units::size;
use bitswap_unixfs::{DagError, inlined};
use cid::Cid;
use futures::StreamExt as _;
use tokio::io::AsyncWriteExt as _;

use super::block;
use crate::access::{Access, NodeSelector};
use crate::cli::output::{self, Output};
use crate::cli::pages;
use crate::cli::parse;
use crate::cli::routing::RouterArgs;

/// Prints the bytes of a block: from the store, or else from peers, which keeps it in the store.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap block get bafkrei… > block
  bitswap block get bafkrei… --peer /ip4/127.0.0.1/tcp/4001/p2p/12D3Koo… -o block
  bitswap block get bafkrei… --offline")]
pub(super) struct Args {
    #[arg(help = "Which block: bafk…, Qm…, ipfs://bafk…")]
    cid: String,

    /// Write it to a file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Address of a peer to fetch from; repeatable
    #[arg(long, value_name = "MULTIADDR")]
    peer: Vec<String>,

    #[command(flatten)]
    pub(super) routers: RouterArgs,

    /// How many hops other peers may relay our requests (0 to 4)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(..=4))]
    ttl: Option<u8>,

    /// Give up when nothing comes for this long
    #[arg(long, value_name = "TIME", default_value = "60s")]
    timeout: String,

    /// Wait for peers that come later, even when nobody is left to ask
    #[arg(long, hide_short_help = true)]
    wait: bool,
}

impl Args {
    pub(super) async fn run(
        self,
        access: &Access,
        selector: &NodeSelector,
        output: Output,
    ) -> Result<Exit, CliError> {
        let cid = block(&self.cid)?;
        let timeout = parse::duration(&self.timeout)?;
        if let Some(bytes) = inlined(&cid) {
            self.write(&bytes, &cid, output).await?;
            return Ok(Exit::Ok);
        }
        let stored = access.store().get_many(&[*cid.hash()]).await.pop().unwrap_or(Ok(None));
        let block = match stored.map_err(|why| CliError::store(&why))? {
            Some(block) => block,
            None if selector.offline => return Err(CliError::not_here(&cid)),
            None => self.fetch(access, output, &cid, timeout).await?,
        };
        self.write(block.bytes(), &cid, output).await?;
        Ok(Exit::Ok)
    }

    async fn fetch(
        &self,
        access: &Access,
        output: Output,
        cid: &Cid,
        timeout: Duration,
    ) -> Result<Block, CliError> {
        let peers =
            self.peer.iter().map(|text| parse::address(text)).collect::<Result<Vec<_>, _>>();
        let peers = peers?;
        let named = peers.len();
        let failures = access.connect(peers.clone()).await?;
        if named > 0 && failures.len() == named {
            return Err(CliError::nobody_reached(&failures));
        }
        for failure in failures {
            output.progress(&format!("cannot reach {}: {}", failure.address, failure.why));
        }
        let timeout = Some(timeout);
        let options = SessionOptions { ttl: self.ttl, ends_early: !self.wait, timeout };
        let source = access.source(options, &peers).await?;
        match source.want(vec![*cid], None).next().await {
            Some((_, Ok(block))) => Ok(block),
            Some((_, Err(why))) => Err(DagError::Want(Box::new(why)).into()),
            None => Err(CliError::lost(&"nothing was said of the block")),
        }
    }

    async fn write(&self, block: &[u8], cid: &Cid, output: Output) -> Result<(), CliError> {
        let told = BlockForm { cid: cid.to_string(), bytes: Some(block.len() as u32) };
        if let Some(file) = &self.output {
            let written = tokio::fs::write(file, block).await;
            written.map_err(|why| CliError::file(file, &why))?;
            let text = format!("saved {}  {}", file.display(), size(block.len() as u64));
            output.result(&pages::object(&told), &text);
            return Ok(());
        }
        let mut stdout = output::stdout_for_content();
        let written = async {
            stdout.write_all(block).await?;
            stdout.flush().await
        };
        written.await.map_err(|why| CliError::file("standard output".as_ref(), &why))
    }
}
