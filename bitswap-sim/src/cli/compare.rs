//! `bitswap-sim compare`: which strategy is better, where, and by how much.

use std::error::Error;
use std::fs;
use std::io::{self, IsTerminal as _, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use bitswap_sim::compare::{CompareError, Content, Contestant, Job, Plan, Run, Scenario};

use super::campaign::Seeds;
use super::scenario::transport;

/// Compares strategies over six scenarios, paired by seed.
///
/// A contestant is one or more of these, with commas between them: role=name,
/// role=name{parameter = value}, role=file.rhai, file.toml with tables [strategy.<role>]; or
/// `default`. The others are compared with the first.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Contestants, such as peer_selector=power-of-two
    #[arg(required = true, num_args = 2..)]
    contestants: Vec<String>,
    /// Scenarios, by name: E10, E12, E13, E14, city, F3 [default: all]
    #[arg(long, value_delimiter = ',', num_args = 1..)]
    scenario: Vec<String>,
    /// Range of seeds
    #[arg(long, value_name = "FROM..TO", default_value = "0..30")]
    seeds: Seeds,
    /// Messages go over transports with a ramp
    #[arg(long)]
    ramp: bool,
    /// Writes runs.csv, index.html and runs.om (`OpenMetrics`) into this directory
    #[arg(long)]
    out: Option<PathBuf>,
    /// Number of threads [default: one for each core]
    #[arg(long)]
    threads: Option<NonZero<usize>>,
}

impl Args {
    /// Fails if a contestant is none, or an engine broke an invariant.
    ///
    /// # Errors
    /// If stdout cannot be written.
    pub(super) fn run(&self, out: &mut impl Write) -> io::Result<ExitCode> {
        let (text, code) = match self.compare() {
            Ok(text) => (text, ExitCode::SUCCESS),
            Err(why) => (format!("{why}\n"), ExitCode::FAILURE),
        };
        write!(out, "{text}")?;
        Ok(code)
    }

    fn compare(&self) -> Result<String, Box<dyn Error>> {
        let plan = self.plan()?;
        let content = plan.content()?;
        let runs = self.run_all(&plan, &content)?;
        let comparison = plan.compare(&runs);
        if let Some(folder) = &self.out {
            fs::create_dir_all(folder)?;
            fs::write(folder.join("runs.csv"), comparison.csv())?;
            fs::write(folder.join("index.html"), comparison.html(&self.command()))?;
            fs::write(folder.join("runs.om"), comparison.open_metrics())?;
        }
        Ok(comparison.to_string())
    }

    fn plan(&self) -> Result<Plan, Box<dyn Error>> {
        let read = |name: &str| fs::read_to_string(name).map_err(|why| why.to_string());
        let contestants = self.contestants.iter().map(|text| Contestant::parse(text, read));
        let contestants = contestants.collect::<Result<_, _>>()?;
        let named = self.scenario.iter().map(|name| Scenario::find(name));
        let mut scenarios = named.collect::<Result<Vec<_>, _>>()?;
        if scenarios.is_empty() {
            scenarios.extend(Scenario::ALL);
        }
        let (seeds, transport) = (self.seeds.0.clone(), transport(self.ramp));
        Ok(Plan { scenarios, contestants, seeds, transport })
    }

    /// What makes the same page again.
    fn command(&self) -> String {
        let mut command = "bitswap-sim compare".to_owned();
        for contestant in &self.contestants {
            let is_plain = |c: char| c.is_alphanumeric() || "-_=./".contains(c);
            let quote = if contestant.chars().all(is_plain) { "" } else { "'" };
            command.extend([format!(" {quote}{contestant}{quote}")]);
        }
        if !self.scenario.is_empty() {
            command.extend([format!(" --scenario {}", self.scenario.join(","))]);
        }
        let ramp = if self.ramp { " --ramp" } else { "" };
        let Seeds(seeds) = &self.seeds;
        command.extend([format!(" --seeds {}..{}{ramp}", seeds.start, seeds.end)]);
        command
    }

    /// The runs of all jobs, in their order.
    fn run_all(&self, plan: &Plan, content: &Content) -> Result<Vec<Run>, CompareError> {
        let jobs = plan.jobs();
        let cores = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        let share = Share {
            plan,
            content,
            jobs: &jobs,
            next: AtomicUsize::new(0),
            done: Mutex::new(vec![None; jobs.len()]),
            shows: io::stderr().is_terminal(),
        };
        thread::scope(|scope| {
            for _ in 0..self.threads.unwrap_or(cores).get() {
                scope.spawn(|| share.work());
            }
        });
        let done = share.done.into_inner().unwrap_or_default();
        if share.shows {
            write_progress("");
        }
        done.into_iter().flatten().filter_map(Result::transpose).collect()
    }
}

type Done = Result<Option<Run>, CompareError>;

/// What all threads share.
struct Share<'a> {
    plan: &'a Plan,
    content: &'a Content,
    jobs: &'a [Job],
    next: AtomicUsize,
    done: Mutex<Vec<Option<Done>>>,
    /// Whether somebody sees how far it is.
    shows: bool,
}

impl Share<'_> {
    fn work(&self) {
        while let Some((place, job)) = self.take() {
            let run = self.plan.run(job, self.content);
            if run.is_err() {
                self.next.store(self.jobs.len(), Ordering::Relaxed);
            }
            if let Ok(mut done) = self.done.lock() {
                if let Some(of_job) = done.get_mut(place) {
                    *of_job = Some(run);
                }
                self.show(done.iter().flatten().count(), job);
            }
        }
    }

    fn take(&self) -> Option<(usize, Job)> {
        let place = self.next.fetch_add(1, Ordering::Relaxed);
        self.jobs.get(place).map(|job| (place, *job))
    }

    fn show(&self, done: usize, job: Job) {
        const WIDTH: usize = 30;
        if self.shows {
            let full = done * WIDTH / self.jobs.len().max(1);
            let name = self.plan.scenarios.get(job.scenario).map_or("", |it| it.name);
            write_progress(&format!(
                "{}{} {done} of {} runs, {name} seed {}",
                "█".repeat(full),
                "░".repeat(WIDTH - full),
                self.jobs.len(),
                job.seed
            ));
        }
    }
}

/// Over what is on the line.
fn write_progress(text: &str) {
    let mut stderr = io::stderr().lock();
    // Nobody looks any more: there is nobody to tell.
    drop(write!(stderr, "\r\x1b[K{text}").and_then(|()| stderr.flush()));
}
