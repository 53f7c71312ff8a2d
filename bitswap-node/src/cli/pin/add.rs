//! `bitswap pin add`: trees are fetched as far as they are missing, and kept.

use bitswap_service::error::{CliError, Exit};
use bitswap_service::keep::{Pin, PinKind};
use bitswap_unixfs::{
    BlockReader, CarError, CarWriter, DagError, Export, Exported, Fetch, Fetched,
};
use cid::Cid;

use super::tell;
use crate::access::NodeSelector;
use crate::cli::errors;
use crate::cli::output::Output;
use crate::cli::read_command::{FetchArgs, PATH_HELP, ReadCommand};
use crate::cli::target::Target;
use crate::stop::Stop;

/// Keeps trees in the store until they are unpinned: all that they link to, through nodes of
/// dag-pb and dag-cbor. What is missing of one is fetched first, as  bitswap get  would.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[arg(value_name = "PATH", required = true, help = PATH_HELP)]
    paths: Vec<String>,

    /// Only the block itself, and nothing that it links to
    #[arg(long)]
    direct: bool,

    /// With all that it links to, which is the default
    #[arg(long, short, conflicts_with = "direct", hide_short_help = true)]
    recursive: bool,

    #[command(flatten)]
    fetch: FetchArgs,
}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
        mut stop: Stop,
    ) -> Result<Exit, CliError> {
        let targets = self.paths.iter().map(|path| Target::parse(path));
        let targets = targets.collect::<Result<Vec<_>, _>>()?;
        let Some(first) = targets.first() else { return Ok(Exit::Ok) };
        let request = self.fetch.parse(first.clone())?;
        let mut read = request.open(selector, output).await?;
        read.access().must_keep()?;
        let work = stop.unless(self.pin_all(&mut read, targets)).await;
        let pins = read.close(work, &mut stop).await?;
        tell(&pins, "pinned ", output);
        Ok(Exit::Ok)
    }

    async fn pin_all(
        &self,
        read: &mut ReadCommand,
        targets: Vec<Target>,
    ) -> Result<Vec<Pin>, CliError> {
        let kind = if self.direct { PinKind::Direct } else { PinKind::Recursive };
        let mut cids = Vec::new();
        for target in targets {
            read.target = target;
            let mut reader = read.reader();
            let cid = read.resolve(&mut reader).await?;
            match kind {
                PinKind::Direct => fetch_block(read, &mut reader, cid).await?,
                PinKind::Recursive => fetch_tree(read, &mut reader, cid).await?,
            }
            cids.push(cid);
        }
        read.progress.stage("pinning");
        read.access().pin(&cids, kind).await
    }
}

async fn fetch_block(
    read: &mut ReadCommand,
    reader: &mut BlockReader,
    cid: Cid,
) -> Result<(), CliError> {
    while let Err(why) = reader.read(&cid).await {
        read.or_attach(reader, why).await?;
    }
    Ok(())
}

async fn fetch_tree(
    read: &mut ReadCommand,
    reader: &mut BlockReader,
    cid: Cid,
) -> Result<(), CliError> {
    read.progress.stage(&format!("looking for {cid} in the store"));
    let meter = read.progress.meter();
    let watch = move |fetched: &Fetched| meter.at(fetched.bytes, fetched.expected);
    let mut fetch = Fetch::new(cid, &watch);
    loop {
        match fetch.run(reader).await {
            Ok(_) => return Ok(()),
            // There are other trees than those of files.
            Err(DagError::NotUnixfs { .. } | DagError::UnsafeName { .. }) => break,
            Err(why) => read.or_attach(reader, why).await?,
        }
    }
    let mut nowhere = CarWriter::new(tokio::io::sink(), &[cid]).await.map_err(errors::export)?;
    let mut export = Export::new(cid);
    let meter = read.progress.meter();
    let watch = move |done: &Exported| meter.at(done.bytes, None);
    loop {
        match export.run(reader, &mut nowhere, &watch).await {
            Ok(_) => return Ok(()),
            Err(CarError::Dag(why)) => read.or_attach(reader, *why).await?,
            Err(why) => return Err(errors::export(why)),
        }
    }
}
