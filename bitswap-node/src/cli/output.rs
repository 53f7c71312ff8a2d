//! The only place that prints: what was asked for to stdout, everything else to stderr.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use bitswap_service::error::{CliError, Exit};
use serde::Serialize;
use serde_json::{Value, json};

use crate::cli::errors;

/// Whether stderr is a log of JSON lines. It is the process's, as the log is.
static LOGS_JSON: AtomicBool = AtomicBool::new(false);

/// From now on, what would be printed on stderr is logged: a log of JSON has no other lines.
pub(super) fn log_json() {
    LOGS_JSON.store(true, Ordering::Relaxed);
}

fn logs_json() -> bool {
    LOGS_JSON.load(Ordering::Relaxed)
}

/// How to print.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
    quiet: bool,
}

impl Output {
    pub(crate) const fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
    }

    /// Prints a result: as one line of JSON, or as text for people.
    pub(crate) fn result(self, result: &(impl Serialize + ?Sized), text: &str) {
        if self.json {
            match serde_json::to_string(result) {
                Ok(line) => to_stdout(&line),
                Err(fault) => to_stderr(&format!("error: the result cannot be written: {fault}")),
            }
        } else {
            to_stdout(text);
        }
    }

    /// Prints a result of which only one word matters to those who want to hear nothing else.
    pub(crate) fn essential(self, result: &(impl Serialize + ?Sized), text: &str, essential: &str) {
        self.result(result, if self.quiet { essential } else { text });
    }

    /// Whether programs read it.
    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// Whether nothing is to be said of what is going on.
    pub(crate) const fn is_quiet(self) -> bool {
        self.quiet
    }

    /// Prints a list: each item as one line of JSON, or all as text for people.
    pub(crate) fn list(self, items: &[Value], text: &str) {
        if self.json {
            for item in items {
                to_stdout(&item.to_string());
            }
        } else {
            to_stdout(text);
        }
    }

    /// Prints what is going on. People read it, programs do not.
    pub(crate) fn progress(self, line: &str) {
        match (self.quiet, logs_json()) {
            (true, _) => {}
            (false, true) => tracing::info!("{line}"),
            (false, false) => to_stderr(line),
        }
    }

    /// Prints what became of it on stderr, for programs, when stdout was needed for content.
    pub(super) fn summary(self, summary: &Value) {
        if self.json {
            to_stderr(&summary.to_string());
        }
    }

    /// Prints why it could not be done, and says how the program ends.
    pub(crate) fn error(self, error: &CliError) -> Exit {
        complaint(error);
        if self.json {
            to_stdout(&as_json(error));
        }
        error.exit
    }

    /// Prints what the parser of the command line says, in its own words: it knows what was meant.
    pub(super) fn misunderstood(self, text: &str) -> Exit {
        to_stderr(text);
        if self.json {
            // The names of what is missing stand on lines of their own.
            let first = text.split("\n\n").next().unwrap_or_default();
            let what: Vec<_> = first.lines().map(str::trim).collect();
            let what = what.join(" ");
            to_stdout(&as_json(&errors::usage(what.trim_start_matches("error: "))));
        }
        Exit::Usage
    }
}

/// Prints what is wrong with one of several things; the others go on.
pub(super) fn complaint(error: &CliError) {
    if logs_json() {
        return log(error);
    }
    let CliError { what, why, remedy, at, faults, .. } = error;
    let excerpt = at.as_ref().map(|place| place.excerpt()).unwrap_or_default();
    match faults {
        Some(faults) => to_stderr(&faults.shown),
        None => to_stderr(&format!("error: {what}\n{excerpt}  why: {why}\n  do:  {remedy}")),
    }
}

/// An error as lines of the log: one, or one for each mistake of a configuration.
fn log(error: &CliError) {
    let CliError { code, what, why, remedy, at, faults, .. } = error;
    let faults = faults.as_ref().and_then(|faults| faults.json.as_array());
    let Some(faults) = faults else {
        let at = at.as_ref().map(ToString::to_string);
        return log_line(code, at.as_deref(), [what, why, remedy]);
    };
    for fault in faults {
        let of = |name: &str| fault[name].as_str().unwrap_or_default();
        let line = fault["line"].as_u64().map(|line| format!(":{line}")).unwrap_or_default();
        let at = format!("{}{line}", of("source"));
        log_line(code, Some(&at), [of("what"), of("why"), of("do")]);
    }
}

fn log_line(code: &str, at: Option<&str>, [what, why, remedy]: [&str; 3]) {
    tracing::error!(code, at, why, "do" = remedy, "{what}");
}

/// Asks something of whoever sits at the terminal; the answer comes on the same line.
pub(super) fn ask(question: &str) {
    let mut stderr = io::stderr().lock();
    drop(write!(stderr, "{question}").and_then(|()| stderr.flush()));
}

/// Stdout for the bytes of a file that was asked for.
pub(super) fn stdout_for_content() -> tokio::io::Stdout {
    tokio::io::stdout()
}

/// Prints what was asked for, byte by byte.
///
/// # Errors
/// It cannot be written; a reader that went away is none.
pub(super) fn content(bytes: &[u8]) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(why) if why.kind() != io::ErrorKind::BrokenPipe => {
            Err(CliError::file("standard output".as_ref(), &why))
        }
        _ => Ok(()),
    }
}

fn as_json(error: &CliError) -> String {
    json!({ "error": error_object(error) }).to_string()
}

/// An error as it stands in JSON.
pub(super) fn error_object(error: &CliError) -> Value {
    let CliError { code, exit, what, why, remedy, at, faults } = error;
    let mut told = json!({
        "code": code, "what": what, "why": why, "do": remedy, "exit": *exit as u8, "at": at,
    });
    if let Some(faults) = faults {
        told["faults"] = faults.json.clone();
    }
    told
}

/// A reader that went away (`bitswap … | head`) is no fault of ours, and there is nobody to tell.
fn to_stdout(text: &str) {
    let mut stdout = io::stdout().lock();
    drop(writeln!(stdout, "{}", text.trim_end()).and_then(|()| stdout.flush()));
}

fn to_stderr(text: &str) {
    drop(writeln!(io::stderr().lock(), "{}", text.trim_end()));
}
