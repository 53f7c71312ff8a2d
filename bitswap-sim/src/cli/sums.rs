//! `sums`: what many plans and cities come to, to compare two builds of this program by.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use bitswap_core::{AskOutcome, OwnAsk};
use bitswap_sim::Report;
use bitswap_sim::campaign::{Plan, Pool, watch};
use bitswap_sim::scenario::city::City;

use super::campaign::Seeds;

/// Adds up what plans and cities come to: messages, entries, bytes, asks and times of fetches.
///
/// The same plans and cities by two builds of this program show what a change of the engine costs.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The plans of these seeds: FROM..TO.
    #[arg(long, default_value = "0..3000")]
    seeds: Seeds,
    /// Cities, of the seeds 1, 2, 3 …
    #[arg(long, default_value_t = 30)]
    cities: u64,
    /// Nodes of each city.
    #[arg(long, default_value_t = 100)]
    nodes: usize,
}

impl Args {
    /// Longer than any city needs.
    const TIME: Duration = Duration::from_secs(3_600);

    pub(super) fn run(&self, out: &mut impl Write) -> io::Result<ExitCode> {
        let (mut plans, mut pool) = (Totals::default(), Pool::default());
        for seed in self.seeds.0.clone() {
            let run = watch(&Plan::of(seed), &mut pool, false, |world| plans.add(&world.report()));
            if let Some(failure) = run.failure {
                writeln!(out, "{failure}")?;
                return Ok(ExitCode::FAILURE);
            }
        }
        let mut cities = Totals::default();
        for seed in 1..=self.cities {
            let city = City::default().with_nodes(self.nodes).build(seed, false);
            let Some(mut town) = city.ok() else {
                writeln!(out, "a city of {} nodes cannot be built", self.nodes)?;
                return Ok(ExitCode::FAILURE);
            };
            town.world.hand_over(true);
            if let Err(halt) = town.run(Self::TIME, u64::MAX) {
                writeln!(out, "{halt:?}")?;
                return Ok(ExitCode::FAILURE);
            }
            cities.add(&town.world.report());
        }
        writeln!(out, "{:24} {:>16} {:>16}", "", "plans", "cities")?;
        for ((what, plans), (_, cities)) in plans.rows().into_iter().zip(cities.rows()) {
            writeln!(out, "{what:24} {plans:16} {cities:16}")?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What some runs came to, all together.
#[derive(Debug, Default)]
struct Totals {
    messages: u64,
    bytes: u64,
    entries: u64,
    duplicates: u64,
    block_asks: u64,
    have_asks: u64,
    own_asks: [u64; 5],
    time_outs: u64,
    lookups: u64,
    delivered: u64,
    failed: u64,
    /// Of fetches that got all their blocks.
    took: Vec<Duration>,
}

impl Totals {
    fn add(&mut self, report: &Report) {
        for node in &report.nodes {
            let client = &node.stats.client;
            self.messages += node.sent.messages;
            self.bytes += node.sent.bytes;
            self.entries += client.block_asks + client.have_asks + client.cancels;
            self.duplicates += client.duplicate.blocks;
            self.block_asks += client.block_asks;
            self.have_asks += client.have_asks;
            for (sum, asks) in self.own_asks.iter_mut().zip(client.own_asks) {
                *sum += asks;
            }
            self.time_outs += client.asks_ended[AskOutcome::TimedOut as usize];
            self.lookups += client.lookups;
        }
        for fetch in &report.fetches {
            self.delivered += fetch.got.blocks;
            self.failed += fetch.failed;
            let is_whole = fetch.failed == 0 && fetch.got.blocks > 0;
            self.took.extend(fetch.time().filter(|_| is_whole));
        }
    }

    fn rows(mut self) -> Vec<(String, u64)> {
        self.took.sort_unstable();
        let at = |percent: usize| {
            let place = (self.took.len() * percent / 100).min(self.took.len().saturating_sub(1));
            self.took.get(place).map_or(0, |took| took.as_micros() as u64)
        };
        let (p50, p99, whole) = (at(50), at(99), self.took.len() as u64);
        let own = OwnAsk::ALL.iter().zip(self.own_asks);
        let own = own.map(|(why, asks)| (format!("asks: {}", why.name()), asks));
        let first = [
            ("messages", self.messages),
            ("bytes", self.bytes),
            ("entries", self.entries),
            ("duplicate blocks", self.duplicates),
            ("want-block asks", self.block_asks),
            ("want-have asks", self.have_asks),
        ];
        let last = [
            ("time-outs", self.time_outs),
            ("look-ups", self.lookups),
            ("blocks delivered", self.delivered),
            ("CIDs failed", self.failed),
            ("whole fetches", whole),
            ("p50 of these, µs", p50),
            ("p99 of these, µs", p99),
        ];
        let named = |(what, count): (&str, u64)| (what.to_owned(), count);
        first.into_iter().map(named).chain(own).chain(last.into_iter().map(named)).collect()
    }
}
