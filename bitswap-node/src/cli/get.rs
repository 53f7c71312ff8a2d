//! `bitswap get`: a tree onto disk, verified, whole or not at all.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bitswap_unixfs::{BlockReader, Fetch, Fetched, Saved, Walk, check_target, copy, save};
use cid::Cid;
use serde_json::json;

use super::output::{self, Output};
use super::read_command::{ReadArgs, ReadCommand};
use super::units::{rate, size};
use crate::access::NodeSelector;
use crate::error::CliError;
use crate::exit::Exit;
use crate::stop::Stop;

/// Fetches a file or directory into the node's store, and writes it to disk meanwhile; it has its
/// name when all of it is there and verified.
///
/// What the store has is not fetched again; a fetch that was stopped goes on where it was. What
/// exists on disk already is not overwritten, unless it is a file and --force is given.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap get bafy… --peer /ip4/127.0.0.1/tcp/4001/p2p/12D3Koo… -o photos
  bitswap get https://ipfs.io/ipfs/bafy…/cat.jpg     saves cat.jpg
  bitswap get bafy… -o - | tar x")]
pub(super) struct Args {
    #[command(flatten)]
    read: ReadArgs,

    /// File or directory to write; - is stdout [default: last name in PATH]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Overwrite a file (a directory never)
    #[arg(long)]
    force: bool,
}

/// What was done.
struct Got {
    cid: Cid,
    /// Where it is; `None` = it went to stdout.
    target: Option<PathBuf>,
    fetched: Fetched,
    saved: Saved,
    seconds: f64,
}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
        mut stop: Stop,
    ) -> Result<Exit, CliError> {
        let request = self.read.parse()?;
        let target = self.output.clone().unwrap_or_else(|| PathBuf::from(request.target.name()));
        let target = (target != Path::new("-")).then_some(target);
        if let Some(target) = &target {
            check_target(target, self.force).await?;
        }
        let mut read = request.open(selector, output).await?;
        let work = stop.unless(self.get(&mut read, target)).await;
        let got = read.close(work, &mut stop).await?;
        got.tell(output);
        Ok(Exit::Ok)
    }

    async fn get(&self, read: &mut ReadCommand, target: Option<PathBuf>) -> Result<Got, CliError> {
        let started = Instant::now();
        let mut reader = read.reader();
        let cid = read.resolve(&mut reader).await?;
        let meter = read.progress.meter();
        let watch = move |fetched: &Fetched| meter.at(fetched.bytes, fetched.expected);
        let mut fetch = Fetch::new(cid, &watch);
        let (fetched, saved) = if let Some(target) = &target {
            let mut beside = read.reader();
            beside.attach(fetch.arrivals(read.store()), Duration::MAX);
            let mut walk = Walk::new(beside, cid);
            let saved = async { Ok(save(&mut walk, target, self.force).await?) };
            tokio::try_join!(fetch_all(read, &mut reader, &mut fetch, cid), saved)?
        } else {
            let fetched = fetch_all(read, &mut reader, &mut fetch, cid).await?;
            read.progress.end();
            let mut walk = Walk::new(reader, cid);
            let stdout = &mut output::stdout_for_content();
            (fetched, copy(&mut walk, stdout, "standard output").await?)
        };
        Ok(Got { cid, target, fetched, saved, seconds: started.elapsed().as_secs_f64() })
    }
}

async fn fetch_all(
    read: &mut ReadCommand,
    reader: &mut BlockReader,
    fetch: &mut Fetch<'_>,
    cid: Cid,
) -> Result<Fetched, CliError> {
    read.progress.stage(&format!("looking for {cid} in the store"));
    loop {
        match fetch.run(reader).await {
            Ok(fetched) => {
                read.progress.stage("writing");
                return Ok(fetched);
            }
            Err(why) => read.or_attach(reader, why).await?,
        }
    }
}

impl Got {
    fn tell(self, output: Output) {
        let Self { cid, target, fetched, saved, seconds } = self;
        let name = target.as_ref().map(|target| target.display().to_string());
        let text = format!(
            "saved {}  {}  {}  {} of {} blocks fetched",
            name.as_deref().unwrap_or("to standard output"),
            size(saved.bytes),
            rate(saved.bytes, seconds),
            fetched.blocks_come,
            fetched.blocks,
        );
        let Some(name) = name else {
            // Stdout is the file's.
            return output.progress(&text);
        };
        let result = json!({
            "v": 1, "cid": cid.to_string(), "path": name, "bytes": saved.bytes,
            "files": saved.files, "blocks": fetched.blocks,
            "fetched_blocks": fetched.blocks_come, "fetched_bytes": fetched.bytes_come,
            "seconds": seconds,
        });
        output.essential(&result, &text, &name);
    }
}
