//! `bitswap-sim world`: plays the worlds of `interop/lines`, and shows where the simulator and real
//! nodes part.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bitswap_sim::compare::Contestant;
use bitswap_sim::lines::{Ended, Lines, Told, Unplayable, play, read};

/// Plays runs of files of worlds, and compares what comes of them with what the files say that real
/// nodes do.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files, such as interop/lines/worlds/slow.toml
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Runs with these words in their names
    #[arg(long, value_name = "WORDS", default_value = "")]
    only: String,
    /// The seed of all random choices
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The strategies of our nodes, such as `peer_selector=random`, in the form of `compare`
    #[arg(long, value_name = "STRATEGIES", default_value = "default")]
    strategies: String,
    /// Over transports with a ramp, where files say nothing
    #[arg(long)]
    ramp: bool,
    /// Fails if a run is not as its file says
    #[arg(long)]
    strict: bool,
}

/// How many runs there were of each kind.
#[derive(Debug, Default)]
struct Count {
    played: usize,
    agree: usize,
    lacking: usize,
    broken: usize,
}

impl Args {
    /// Fails if a file has a mistake or a run cannot be played.
    ///
    /// # Errors
    /// If stdout cannot be written.
    pub(super) fn run(&self, out: &mut impl Write) -> io::Result<ExitCode> {
        let runs = match self.runs() {
            Ok(runs) => runs,
            Err(why) => {
                writeln!(out, "{why}")?;
                return Ok(ExitCode::FAILURE);
            }
        };
        let mut count = Count::default();
        writeln!(out, "| run | ended | seconds | ÷ line | received | file says | agrees |")?;
        writeln!(out, "|---|---|---|---|---|---|---|")?;
        for mut run in runs {
            run.ramp |= self.ramp;
            writeln!(out, "{}", count.row(&run, play(&run, self.seed)))?;
            out.flush()?;
        }
        let Count { played, agree, lacking, broken } = count;
        writeln!(out, "\n{agree} of {played} agree; {lacking} were not simulated, {broken} broke")?;
        let is_good = broken == 0 && played + lacking > 0 && (!self.strict || agree == played);
        Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// All that are to be played, as they are.
    fn runs(&self) -> Result<Vec<Lines>, String> {
        let read = |name: &str| fs::read_to_string(name).map_err(|why| format!("{name}: {why}"));
        let chosen = Contestant::parse(&self.strategies, read).map_err(|why| why.to_string())?;
        let files: Result<Vec<_>, String> = self.files.iter().map(|path| worlds(path)).collect();
        let all = files?.into_iter().flatten();
        let runs = all.filter(|run| run.to_string().contains(&self.only));
        let chosen = |run| Lines { strategies: chosen.choice.clone(), ..run };
        Ok(runs.map(chosen).collect())
    }
}

/// The runs of a file.
fn worlds(path: &Path) -> Result<Vec<Lines>, String> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let text = fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()))?;
    read(&name, &text).map_err(|why| why.to_string())
}

impl Count {
    fn row(&mut self, run: &Lines, told: Result<Told, Unplayable>) -> String {
        let told = match told {
            Ok(told) => told,
            Err(why) => {
                let lacks = matches!(why, Unplayable::NotSimulated(_));
                *if lacks { &mut self.lacking } else { &mut self.broken } += 1;
                return format!("| {run} | {why} | | | | {} | |", says(run));
            }
        };
        let difference = run.differs(&told);
        self.played += 1;
        self.agree += usize::from(difference.is_none());
        let ratio = told.ratio(run.bound()).filter(|_| told.ended == Ended::Ok);
        let ratio = ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"));
        let agrees = difference.map_or_else(|| "yes".into(), |why| format!("NO: {why}"));
        let (seconds, received) = (told.time.as_secs_f64(), told.received);
        format!(
            "| {run} | {} | {seconds:.2} | {ratio} | {received:.2} | {} | {agrees} |",
            told.ended,
            says(run)
        )
    }
}

fn says(run: &Lines) -> String {
    let bounds = [("time", run.at_most), ("bytes", run.received_at_most)].into_iter();
    let bounds = bounds.filter(|(_, bound)| *bound > 0.0);
    bounds.fold(run.expect.to_string(), |text, (what, bound)| format!("{text}, {what} ≤ {bound}"))
}
