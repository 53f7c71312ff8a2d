//! `bitswap get`: trees onto disk, verified, each whole or not at all.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use bitswap_service::error::{CliError, Exit};
use bitswap_service::keep::PinKind;
use bitswap_service::plural::counted;
use bitswap_service::units::{rate, size};
use bitswap_unixfs::{BlockReader, Fetch, Fetched, Saved, Walk, check_target, copy, save};
use cid::Cid;
use serde_json::json;

use super::output::{self, Output};
use super::read_command::{FetchArgs, PATH_HELP, ReadCommand};
use super::target::Target;
use crate::access::NodeSelector;
use crate::cli::errors;
use crate::stop::Stop;

/// Fetches files and directories into the node's store, and writes them to disk meanwhile; each
/// has its name when all of it is there and verified.
///
/// What the store has is not fetched again; a fetch that was stopped goes on where it was. What
/// exists on disk already is not overwritten, unless it is a file and --force is given. Symbolic
/// links are written as they are, and never followed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap get bafy… --peer /ip4/127.0.0.1/tcp/4001/p2p/12D3Koo… -o photos
  bitswap get https://ipfs.io/ipfs/bafy…/cat.jpg     saves cat.jpg
  bitswap get bafy…/a bafy…/b -o both                saves both/a and both/b")]
pub(super) struct Args {
    #[arg(value_name = "PATH", required = true, help = PATH_HELP)]
    paths: Vec<String>,

    #[command(flatten)]
    fetch: FetchArgs,

    /// File or directory to write; - is stdout [default: last name in PATH]
    ///
    /// With several PATHs, the directory that all of them are written into.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Keep it in the store: pin it
    #[arg(long, hide_short_help = true)]
    pin: bool,

    /// Overwrite a file (a directory never)
    #[arg(long)]
    force: bool,
}

/// One of the things to get.
struct Job {
    what: Target,
    /// Where it goes; `None` = to stdout.
    to: Option<PathBuf>,
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
        let jobs = self.jobs().await?;
        let Some(first) = jobs.first() else { return Ok(Exit::Ok) };
        let request = self.fetch.parse(first.what.clone())?;
        let mut read = request.open(selector, output).await?;
        if self.pin {
            read.access().must_keep()?;
        }
        let work = stop.unless(self.get_all(&mut read, jobs)).await;
        let all = read.close(work, &mut stop).await?;
        let mut exit = Exit::Ok;
        for (place, outcome) in all.into_iter().enumerate() {
            match outcome {
                Ok(got) => got.tell(place == 0, output),
                // The first error counts.
                Err(why) if exit == Exit::Ok => exit = why,
                Err(_) => {}
            }
        }
        Ok(exit)
    }

    /// What goes where; nothing of it is in the way of anything.
    async fn jobs(&self) -> Result<Vec<Job>, CliError> {
        let targets = self.paths.iter().map(|path| Target::parse(path));
        let targets = targets.collect::<Result<Vec<_>, _>>()?;
        let is_stdout = self.output.as_deref() == Some(Path::new("-"));
        let several = targets.len() > 1;
        if several && is_stdout {
            return Err(errors::several_on_stdout());
        }
        if several
            && let Some(folder) = &self.output
            && !matches!(tokio::fs::try_exists(folder).await, Ok(true))
        {
            let made = tokio::fs::create_dir(folder).await;
            made.map_err(|why| CliError::file(folder, &why))?;
        }
        let mut names = HashSet::new();
        let mut jobs = Vec::new();
        for what in targets {
            let to = match &self.output {
                Some(folder) if several => folder.join(what.name()),
                Some(path) => path.clone(),
                None => PathBuf::from(what.name()),
            };
            if !names.insert(to.clone()) {
                return Err(errors::same_name_twice(&to));
            }
            if !is_stdout {
                check_target(&to, self.force).await?;
            }
            jobs.push(Job { what, to: (!is_stdout).then_some(to) });
        }
        Ok(jobs)
    }

    /// One after the other. Of several, the others go on if one cannot be got.
    async fn get_all(
        &self,
        read: &mut ReadCommand,
        jobs: Vec<Job>,
    ) -> Result<Vec<Result<Got, Exit>>, CliError> {
        let several = jobs.len() > 1;
        let mut all = Vec::new();
        for Job { what, to } in jobs {
            read.target = what;
            match self.get(read, to).await {
                Ok(got) => all.push(Ok(got)),
                Err(why) if several => {
                    read.progress.complain(&why);
                    all.push(Err(why.exit));
                }
                Err(why) => return Err(why),
            }
        }
        Ok(all)
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
            beside.attach(fetch.arrivals(read.store()));
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
        if self.pin {
            read.access().pin(&[cid], PinKind::Recursive).await?;
        }
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
    fn tell(self, first: bool, output: Output) {
        let Self { cid, target, fetched, saved, seconds } = self;
        let links = match saved.links_leading_out {
            0 => None,
            1 => Some("1 symbolic link leads".to_owned()),
            many => Some(format!("{many} symbolic links lead")),
        };
        if let Some(links) = links {
            output.progress(&format!("{links} out of the directory: written, and not followed"));
        }
        let name = target.as_ref().map(|target| target.display().to_string());
        let text = format!(
            "saved {}  {}  {}  {} of {} fetched",
            name.as_deref().unwrap_or("to standard output"),
            size(saved.bytes),
            rate(saved.bytes, seconds),
            fetched.blocks_come,
            counted(fetched.blocks, "block"),
        );
        let Some(name) = name else {
            // Stdout is the file's.
            return output.progress(&text);
        };
        let mut result = json!({
            "cid": cid.to_string(), "path": name, "bytes": saved.bytes,
            "files": saved.files, "blocks": fetched.blocks,
            "fetched_blocks": fetched.blocks_come, "fetched_bytes": fetched.bytes_come,
            "seconds": seconds,
        });
        if first && let Some(result) = result.as_object_mut() {
            result.insert("v".to_owned(), json!(1));
        }
        output.essential(&result, &text, &name);
    }
}
