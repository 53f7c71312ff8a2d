//! A7 and A8: several peers who have all of it, asked in turn or all at once.

use std::time::Duration;

use super::messages::{blocks, time_of, want_blocks};
use super::stage::{Scene, cids_of, engine};
use super::{Case, Finding, Trouble};

pub(super) const A7: Case = Case {
    name: "A7",
    question: "n blocks from k equal peers, whom `round-robin` asks in turn",
    answer: "n s/(k B) + 2 L + want-blocks/B + (k − 1) want-blocks/(2 k B)",
    note: "The fetcher's own link is twice as fast as all of theirs together: what it asks of the \
           last of them leaves after what it asks of the others.",
    run: in_turn,
};

pub(super) const A8: Case = Case {
    name: "A8",
    question: "n blocks from k equal peers, all of whom `flood` asks for each",
    answer: "n (k − 1) duplicates",
    note: "The engine is allowed k asks for one want. Under its usual bound of 3, only 2 copies \
           of each block can be one too many.",
    run: all_at_once,
};

const RATE: u64 = 100_000_000;
const BYTES: usize = 16 * 1024;

fn in_turn() -> Result<Vec<Finding>, Trouble> {
    let mut findings = Vec::new();
    for holders in [2, 4, 8] {
        let scene = scene(holders, &["peer_selector=round-robin"]);
        let mut stage = scene.open_acquainted()?;
        let count = 30 * holders;
        // Who does not know yet how fast its line is says in each message that more blocks wait.
        let first = stage.supply(count, BYTES)?;
        stage.fetch(&first, count)?;
        let file = stage.supply(count, BYTES)?;
        let block = time_of(file.chunks(1).map(blocks).max().unwrap_or(0), RATE);
        // Each hears of its own share only.
        let asks = want_blocks(cids_of(&file).get(..count / holders).unwrap_or_default());
        let others = time_of(asks, scene.fetcher) * (holders as u32 - 1);
        let served = time_of(asks, RATE) + block * (count / holders) as u32;
        let exact = 2 * scene.latency + others + served;
        let simulated = stage.time(&file, count)?;
        let of = format!("k = {holders}, {count} × {BYTES} B");
        findings.push(Finding::time(of, exact, simulated));
    }
    Ok(findings)
}

fn all_at_once() -> Result<Vec<Finding>, Trouble> {
    const COUNT: usize = 20;
    let mut findings = Vec::new();
    for (holders, bound) in [(2, 2), (4, 4), (8, 8), (8, 3)] {
        let mut scene = scene(holders, &["peer_selector=flood"]);
        scene.engine.limits.block_asks_per_want = bound;
        let mut stage = scene.open_acquainted()?;
        let file = stage.supply(COUNT, BYTES)?;
        let before = stage.duplicates();
        stage.fetch(&file, COUNT)?;
        let copies = stage.duplicates() - before;
        let exact = (COUNT * (holders.min(bound) - 1)) as u64;
        let of = format!("k = {holders}, {COUNT} blocks, at most {bound} asks for each");
        findings.push(Finding::count(of, exact, copies));
    }
    Ok(findings)
}

fn scene(holders: usize, choices: &'static [&'static str]) -> Scene {
    Scene {
        choices,
        latency: Duration::from_millis(25),
        fetcher: 2 * holders as u64 * RATE,
        holder: RATE,
        holders,
        engine: engine(),
    }
}
