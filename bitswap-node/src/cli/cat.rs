//! `bitswap cat`: a file's bytes to stdout, in order, as they come.

use std::io;

use serde_json::json;
use tokio::io::{AsyncWriteExt as _, Stdout};

use super::output::{self, Output};
use super::parse;
use super::reading::{Reading, ReadingArgs};
use crate::access::Reach;
use crate::dag::{DagError, Step, Walk};
use crate::error::CliError;
use crate::exit::Exit;
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
    reading: ReadingArgs,

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
        reach: &Reach,
        output: Output,
        mut stop: Stop,
    ) -> Result<Exit, CliError> {
        let offset = self.offset.as_deref().map_or(Ok(0), parse::size)?;
        let length = self.length.as_deref().map_or(Ok(u64::MAX), parse::size)?;
        let order = self.reading.understand()?;
        let mut reading = order.open(reach, output).await?;
        let work = stop.unless(cat(&mut reading, offset, length)).await;
        let cid = reading.target.to_string();
        let bytes = reading.close(work, &mut stop).await?;
        output.summary(&json!({ "v": 1, "cid": cid, "bytes": bytes }));
        Ok(Exit::Ok)
    }
}

async fn cat(reading: &mut Reading, offset: u64, length: u64) -> Result<u64, CliError> {
    let mut supply = reading.supply();
    let cid = reading.resolve(&mut supply).await?;
    let mut walk = Walk::new(supply, cid).only(offset..offset.saturating_add(length));
    let mut stdout = output::stdout_for_content();
    let mut written = 0;
    while let Some(step) = next(reading, &mut walk).await? {
        let bytes = match step {
            Step::Bytes(bytes) => bytes,
            Step::File { .. } => continue,
            Step::Directory { .. } => return Err(CliError::not_a_file("directory")),
            Step::Symlink { .. } => return Err(CliError::not_a_file("symbolic link")),
        };
        // A bar would be in the way of what is shown on the same terminal.
        reading.progress.end();
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

async fn next(reading: &mut Reading, walk: &mut Walk) -> Result<Option<Step>, CliError> {
    loop {
        match walk.next().await {
            Ok(step) => return Ok(step),
            Err(why @ DagError::Missing { .. }) => reading.or_attach(walk.supply(), why).await?,
            Err(why) => return Err(why.into()),
        }
    }
}
