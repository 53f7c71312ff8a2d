//! `bugs`: each historic bug is put back alone, and the campaign has to see it.

use std::io::{self, Write};
use std::num::NonZero;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use bitswap_core::Bug;
use bitswap_sim::campaign::{Failure, Plan, Pool, run};

/// Puts each historic bug back alone, and runs seeds until one shows it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// These bugs, by name; all if none is named.
    #[arg(value_parser = named)]
    bugs: Vec<Bug>,
    /// How long each may take, on one thread.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    seconds: u64,
    /// Bugs looked for at once.
    #[arg(long, default_value_t = NonZero::new(2).expect("not 0"))]
    threads: NonZero<usize>,
}

/// What came of one bug.
struct Hunt {
    bug: Bug,
    failure: Option<Failure>,
    seeds: u64,
    took: Duration,
}

impl Args {
    /// How many bugs may escape.
    const ESCAPES: usize = 1;

    pub(super) fn run(&self, out: &mut impl Write) -> io::Result<ExitCode> {
        // What panics is told as a failure.
        std::panic::set_hook(Box::new(|_| {}));
        let bugs = if self.bugs.is_empty() { Bug::ALL } else { &self.bugs };
        let next = Mutex::new(bugs.iter());
        let hunts = Mutex::new(Vec::with_capacity(bugs.len()));
        let seconds = Duration::from_secs(self.seconds);
        std::thread::scope(|scope| {
            for _ in 0..self.threads.get() {
                scope.spawn(|| {
                    while let Some(bug) = next.lock().ok().and_then(|mut next| next.next()) {
                        let hunt = Hunt::of(*bug, seconds);
                        hunts.lock().map(|mut hunts| hunts.push(hunt)).unwrap_or_default();
                    }
                });
            }
        });
        let mut hunts = hunts.into_inner().unwrap_or_default();
        hunts.sort_by_key(|hunt| hunt.bug);
        for hunt in &hunts {
            writeln!(out, "{}", hunt.row())?;
        }
        let found = hunts.iter().filter(|hunt| hunt.failure.is_some()).count();
        writeln!(out, "\n{found} of {} found", bugs.len())?;
        let enough = found + Self::ESCAPES >= Bug::ALL.len().min(bugs.len() + Self::ESCAPES);
        Ok(if enough { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

impl Hunt {
    /// Runs one seed after another until one fails that would not without the bug, or time is over.
    fn of(bug: Bug, seconds: Duration) -> Self {
        let begun = Instant::now();
        let mut pool = Pool::default();
        let mut hunt = Self { bug, failure: None, seeds: 0, took: Duration::ZERO };
        while hunt.failure.is_none() && hunt.took < seconds {
            let sound = Plan::of(hunt.seeds);
            let plan = Plan { bug: Some(bug), ..sound.clone() };
            let failure = run(&plan, &mut pool).failure;
            hunt.failure = failure.filter(|_| run(&sound, &mut pool).failure.is_none());
            hunt.seeds += 1;
            hunt.took = begun.elapsed();
        }
        hunt
    }

    fn row(&self) -> String {
        let Self { bug, failure, seeds, took } = self;
        let (name, what, seconds) = (bug.name(), bug.what(), took.as_secs_f64());
        match failure {
            Some(Failure { seed, invariant, what: how, .. }) => {
                let how: String = how.chars().take(100).collect();
                format!("{name}  {what}\n     seed {seed}, {seconds:.1} s, I{invariant}: {how}")
            }
            None => format!("{name}  {what}\n     NOT FOUND in {seeds} seeds, {seconds:.1} s"),
        }
    }
}

/// The bug of this name, for the command line.
pub(super) fn named(name: &str) -> Result<Bug, String> {
    Bug::named(name).ok_or_else(|| format!("no bug is called {name}"))
}
