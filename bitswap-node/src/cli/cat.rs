//! `bitswap cat`: a file's bytes to stdout, in order, as they come.

use std::io;

use bitswap_service::error::{CliError, Exit};
use bitswap_unixfs::{DagError, Step, Walk};
use serde_json::json;
use tokio::io::{AsyncWriteExt as _, Stdout};

use super::output::{self, Output};
use super::parse;
use super::read_command::{ReadArgs, ReadCommand};
use crate::access::NodeSelector;
use crate::stop::Stop;

/// Writes a file, or a part of it, to stdout.
///
/// The first bytes leave as soon as they are here. Of a file of many blocks, only those that hold
/// the part are fetched.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap cat bafy…/readme.txt --peer /ip4/127.0.0.1/tcp/4001/p2p/12D3Koo…
  bitswap cat bafy… | tar x
  bitswap cat bafy… --offset 10MiB --length 64KiB > part")]
pub(super) struct Args {
    #[command(flatten)]
    read: ReadArgs,

    /// Bytes to leave out at the start
    #[arg(long, value_name = "BYTES")]
    offset: Option<String>,

    /// Bytes to write at most
    #[arg(long, value_name = "BYTES")]
    length: Option<String>,
}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
        mut stop: Stop,
    ) -> Result<Exit, CliError> {
        let offset = self.offset.as_deref().map_or(Ok(0), parse::size)?;
        let length = self.length.as_deref().map_or(Ok(u64::MAX), parse::size)?;
        let request = self.read.parse()?;
        let mut read = request.open(selector, output).await?;
        let work = stop.unless(cat(&mut read, offset, length)).await;
        let cid = read.target.to_string();
        let bytes = read.close(work, &mut stop).await?;
        output.summary(&json!({ "v": 1, "cid": cid, "bytes": bytes }));
        Ok(Exit::Ok)
    }
}

async fn cat(read: &mut ReadCommand, offset: u64, length: u64) -> Result<u64, CliError> {
    let mut reader = read.reader();
    let cid = read.resolve(&mut reader).await?;
    let mut walk = Walk::new(reader, cid).only(offset..offset.saturating_add(length));
    let mut stdout = output::stdout_for_content();
    let mut written = 0;
    while let Some(step) = next(read, &mut walk).await? {
        let bytes = match step {
            Step::Bytes(bytes) => bytes,
            Step::File { .. } => continue,
            Step::Directory { .. } => return Err(CliError::not_a_file("directory")),
            Step::Symlink { .. } => return Err(CliError::not_a_file("symbolic link")),
        };
        // A bar would be in the way of what is shown on the same terminal.
        read.progress.end();
        match write(&mut stdout, &bytes).await {
            Ok(()) => written += bytes.len() as u64,
            // A reader that went away has all that it wants.
            Err(gone) if gone.kind() == io::ErrorKind::BrokenPipe => return Ok(written),
            Err(why) => return Err(CliError::file("standard output".as_ref(), &why)),
        }
    }
    Ok(written)
}

/// Without a flush, what has no line end would wait for one.
async fn write(stdout: &mut Stdout, bytes: &[u8]) -> io::Result<()> {
    stdout.write_all(bytes).await?;
    stdout.flush().await
}

async fn next(read: &mut ReadCommand, walk: &mut Walk) -> Result<Option<Step>, CliError> {
    loop {
        match walk.next().await {
            Ok(step) => return Ok(step),
            Err(why @ DagError::Missing { .. }) => read.or_attach(walk.reader(), why).await?,
            Err(why) => return Err(why.into()),
        }
    }
}
