//! What is going on, on stderr: a bar for people who watch, lines for logs, nothing if unwanted.

use std::env;
use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bitswap_service::error::CliError;
use bitswap_service::plural::counted;
use bitswap_service::units::size;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::output::{self, Output};

/// Tells the stage of long work. Gone from the terminal when it ends or is dropped.
pub(super) struct Progress {
    meter: Meter,
    /// Ends with it.
    clock: JoinSet<()>,
}

/// Hears how far the stage is.
#[derive(Clone)]
pub(super) struct Meter {
    output: Output,
    how: How,
}

#[derive(Clone)]
enum How {
    Bar(ProgressBar),
    /// A line every ten seconds, and one when the network is asked.
    Lines(Arc<Mutex<State>>),
    Silent,
}

#[derive(Default)]
struct State {
    stage: String,
    /// 0 = files are not counted, or none is done.
    files: u64,
    done: u64,
    total: Option<u64>,
}

impl Progress {
    const BETWEEN_LINES: Duration = Duration::from_secs(10);
    const BETWEEN_FRAMES: Duration = Duration::from_millis(100);

    pub(super) fn new(output: Output) -> Self {
        let mut clock = JoinSet::new();
        let how = if output.is_quiet() {
            How::Silent
        } else if wants_bar() {
            let shown = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            How::Bar(shown.with_style(style(UNMEASURED)))
        } else {
            let state = Arc::new(Mutex::new(State::default()));
            clock.spawn(lines(output, Arc::clone(&state)));
            How::Lines(state)
        };
        Self { meter: Meter { output, how }, clock }
    }

    /// Something else begins; how much of it there is, is not known.
    pub(super) fn stage(&self, stage: &str) {
        match &self.meter.how {
            How::Bar(shown) => {
                shown.set_style(style(UNMEASURED));
                shown.set_message(brief(stage));
                shown.set_prefix("");
                shown.unset_length();
                shown.reset();
                shown.enable_steady_tick(Self::BETWEEN_FRAMES);
            }
            How::Lines(told) => {
                *locked(told) = State { stage: stage.to_owned(), ..State::default() };
            }
            How::Silent => {}
        }
    }

    /// Begins a stage like [`stage`](Self::stage), and logs it at once; other stages are logged
    /// only when they last.
    pub(super) fn announce(&self, stage: &str) {
        self.stage(stage);
        if let How::Lines(_) = &self.meter.how {
            self.meter.output.progress(stage);
        }
    }

    /// Where the work tells how far it is.
    pub(super) fn meter(&self) -> Meter {
        self.meter.clone()
    }

    /// Says something that stays.
    pub(super) fn say(&self, line: &str) {
        let output = self.meter.output;
        match &self.meter.how {
            How::Bar(shown) => shown.suspend(|| output.progress(line)),
            How::Lines(_) | How::Silent => output.progress(line),
        }
    }

    /// Prints what is wrong with one of several things; the others go on.
    pub(super) fn complain(&self, error: &CliError) {
        match &self.meter.how {
            How::Bar(shown) => shown.suspend(|| output::complaint(error)),
            How::Lines(_) | How::Silent => output::complaint(error),
        }
    }

    /// It is over, or the terminal is needed.
    pub(super) fn end(&mut self) {
        if let How::Bar(shown) = &self.meter.how {
            shown.finish_and_clear();
        }
        self.meter.how = How::Silent;
        self.clock.abort_all();
    }
}

impl Meter {
    /// So many bytes of the stage are done, of about so many.
    pub(super) fn at(&self, done: u64, total: Option<u64>) {
        match &self.how {
            How::Bar(shown) => {
                if shown.length() != total || shown.position() == 0 {
                    Self::measure(shown, total);
                }
                shown.set_position(done);
            }
            How::Lines(state) => {
                let mut state = locked(state);
                state.done = done;
                state.total = total;
            }
            How::Silent => {}
        }
    }

    /// So many files and bytes of the stage are done; how many there are, is not known.
    pub(super) fn at_files(&self, files: u64, bytes: u64) {
        if let How::Bar(shown) = &self.how {
            shown.set_prefix(counted(files, "file"));
        } else if let How::Lines(state) = &self.how {
            locked(state).files = files;
        }
        self.at(bytes, None);
    }

    fn measure(shown: &ProgressBar, total: Option<u64>) {
        match total {
            Some(total) => {
                shown.set_length(total);
                shown.set_style(style(WITH_TOTAL));
            }
            None => shown.set_style(style(WITHOUT_TOTAL)),
        }
    }
}

const WITH_TOTAL: &str = "{spinner} {msg} {wide_bar} {binary_bytes}/{binary_total_bytes} \
                          {binary_bytes_per_sec} {eta}";
const UNMEASURED: &str = "{spinner} {msg}";
const WITHOUT_TOTAL: &str = "{spinner} {msg} {prefix} {binary_bytes} {binary_bytes_per_sec}";

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

/// Whether somebody watches on something that can show it.
fn wants_bar() -> bool {
    io::stderr().is_terminal() && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// CIDs would leave no room for a bar.
fn brief(stage: &str) -> String {
    const MOST: usize = 32;
    let word = |word: &str| {
        let letters: Vec<char> = word.chars().collect();
        match (letters.first_chunk::<10>(), letters.last_chunk::<6>()) {
            (Some(start), Some(end)) if letters.len() > MOST => {
                let (start, end) = (start.iter(), end.iter());
                format!("{}…{}", start.collect::<String>(), end.collect::<String>())
            }
            _ => word.to_owned(),
        }
    };
    stage.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

async fn lines(output: Output, state: Arc<Mutex<State>>) {
    let mut clock = tokio::time::interval(Progress::BETWEEN_LINES);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    clock.tick().await;
    loop {
        clock.tick().await;
        let line = locked(&state).line();
        output.progress(&line);
    }
}

impl State {
    fn line(&self) -> String {
        match self.total {
            Some(total) => format!("{}: {} of {}", self.stage, size(self.done), size(total)),
            None if self.files > 0 => {
                format!("{}: {}, {}", self.stage, counted(self.files, "file"), size(self.done))
            }
            None if self.done > 0 => format!("{}: {}", self.stage, size(self.done)),
            None => format!("{}: nothing yet", self.stage),
        }
    }
}

fn locked(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
