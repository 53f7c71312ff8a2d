//! `bitswap-sim calibrate`: asks the cases whose answers are known, or times one fetch.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use bitswap_sim::calibration::{CASES, Case, FileFetch, Finding, Trouble, page, table};

/// Asks the simulator what is known exactly, and shows how far off it is.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    instead: Option<Instead>,

    /// Cases to ask, by name [default: all]
    #[arg(value_name = "CASE")]
    only: Vec<String>,

    /// Write a page in Markdown
    #[arg(long)]
    markdown: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Instead {
    /// Print how many seconds a file takes from one node to another
    Fetch {
        /// One way
        #[arg(long)]
        latency_ms: u64,
        /// Of both nodes' links, both ways
        #[arg(long)]
        mbit: u64,
        /// Bytes of the block that links to all others
        #[arg(long)]
        root_bytes: usize,
        /// How many others
        #[arg(long)]
        leaves: usize,
        /// Bytes of each of them
        #[arg(long)]
        leaf_bytes: usize,
    },
}

impl Args {
    /// Fails if an answer is wrong.
    ///
    /// # Errors
    /// If stdout cannot be written.
    pub(super) fn run(&self, out: &mut impl Write) -> io::Result<ExitCode> {
        match self.answer() {
            Ok((text, is_right)) => {
                out.write_all(text.as_bytes())?;
                Ok(if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            }
            Err(trouble) => {
                writeln!(out, "{trouble}")?;
                Ok(ExitCode::FAILURE)
            }
        }
    }

    fn answer(&self) -> Result<(String, bool), Trouble> {
        if let Some(Instead::Fetch { latency_ms, mbit, root_bytes, leaves, leaf_bytes }) =
            self.instead
        {
            let latency = Duration::from_millis(latency_ms);
            let bits_per_second = mbit * 1_000_000;
            let fetch = FileFetch { latency, bits_per_second, root_bytes, leaves, leaf_bytes };
            return Ok((format!("{:.6}\n", fetch.time()?.as_secs_f64()), true));
        }
        let is_asked =
            |case: &&Case| self.only.is_empty() || self.only.iter().any(|it| it == case.name);
        let mut answers: Vec<(&Case, Vec<Finding>)> = Vec::new();
        for case in CASES.iter().filter(is_asked) {
            answers.push((case, case.ask()?));
        }
        let is_right = answers.iter().flat_map(|(_, findings)| findings).all(Finding::passes);
        let text = if self.markdown { page(&answers) } else { table(&answers) };
        Ok((text, is_right && !answers.is_empty()))
    }
}
