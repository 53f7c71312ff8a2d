//! A4 to A6: many blocks from one peer, all at once, one after another, or a window at a time.

use std::time::Duration;

use super::messages::{blocks, cancel_and_want_block, time_of, want_blocks};
use super::stage::{Scene, cids_of};
use super::{Case, Finding, Tolerance, Trouble, Unit};

pub(super) const A4: Case = Case {
    name: "A4",
    question: "n blocks in one batch from one peer",
    answer: "2 L + want-blocks/B + n s/B",
    note: "Smaller blocks share messages of 16 KiB; s is what comes to one of them. Within 0.1 %: \
           each message tells in a few bytes how much waits behind it. A peer is asked for 512 KiB \
           at once at first, and they fit.",
    run: all_at_once,
};

pub(super) const A5: Case = Case {
    name: "A5",
    question: "n blocks one at a time from one peer",
    answer: "n (2 L + want-block/B + s/B)",
    note: "Each want but the first travels with the cancel of the one before.",
    run: one_by_one,
};

pub(super) const A6: Case = Case {
    name: "A6",
    question: "w blocks in flight from one peer",
    answer: "rate = min(B, w s/(2 L + s/B)), within 1 %",
    note: "From the first block delivered to the last, a whole number of windows later.",
    run: window,
};

const MESSAGE_BYTES: usize = 16 * 1024;

fn all_at_once() -> Result<Vec<Finding>, Trouble> {
    let mut findings = Vec::new();
    for (latency_ms, mbit, count, bytes) in
        [(25, 100, 32, MESSAGE_BYTES), (25, 100, 128, 4_096), (100, 10, 4, 131_072)]
    {
        let scene = scene(latency_ms, mbit);
        let mut stage = scene.open_acquainted()?;
        let file = stage.supply(count, bytes)?;
        let asks = want_blocks(&cids_of(&file));
        let messages = file.chunks((MESSAGE_BYTES / bytes).max(1)).map(blocks);
        let sent: Duration = messages.map(|bytes| time_of(bytes, scene.holder)).sum();
        let exact = 2 * scene.latency + time_of(asks, scene.fetcher) + sent;
        let simulated = stage.time(&file, count)?;
        let finding = Finding::time(name(&scene, count, bytes), exact, simulated);
        findings.push(finding.within(Tolerance::Thousandths(1)));
    }
    Ok(findings)
}

fn one_by_one() -> Result<Vec<Finding>, Trouble> {
    let mut findings = Vec::new();
    for (latency_ms, mbit, count, bytes) in [(25, 100, 50, 100_000), (5, 1_000, 200, 4_096)] {
        let scene = scene(latency_ms, mbit);
        let mut stage = scene.open_acquainted()?;
        let file = stage.supply(count, bytes)?;
        let cids = cids_of(&file);
        let first = want_blocks(cids.get(..1).unwrap_or_default());
        let others = cids.windows(2).map(|pair| match pair {
            [over, wanted] => cancel_and_want_block(over, wanted),
            _ => 0,
        });
        let asks: Duration =
            std::iter::once(first).chain(others).map(|it| time_of(it, scene.fetcher)).sum();
        let each = file.chunks(1).map(|block| time_of(blocks(block), scene.holder));
        let exact = 2 * scene.latency * count as u32 + asks + each.sum::<Duration>();
        findings.push(Finding::time(name(&scene, count, bytes), exact, stage.time(&file, 1)?));
    }
    Ok(findings)
}

fn window() -> Result<Vec<Finding>, Trouble> {
    const WINDOWS: usize = 40;
    let scene = scene(25, 100);
    let mut findings = Vec::new();
    for window in [1, 4, 16, 32, 48, 64] {
        let mut stage = scene.open_acquainted()?;
        let count = window * WINDOWS + 1;
        let file = stage.supply(count, MESSAGE_BYTES)?;
        let size = file.chunks(1).map(blocks).max().unwrap_or(0);
        let cycle = 2 * scene.latency + time_of(size, scene.holder);
        let windowed = rate(window as u64 * size, cycle);
        let fetch = stage.fetch(&file, window)?;
        let (first, last) =
            fetch.first_block_at.zip(fetch.ended_at).ok_or(Trouble::Unfinished("a fetch"))?;
        let simulated = rate((count as u64 - 1) * size, last.since(first));
        let exact = windowed.min(scene.holder);
        let of = format!("w = {window}, {MESSAGE_BYTES} B");
        let finding = Finding::new(of, Unit::BitsPerSecond, exact, simulated);
        findings.push(finding.within(Tolerance::Thousandths(10)));
    }
    Ok(findings)
}

fn scene(latency_ms: u64, mbit: u64) -> Scene {
    Scene::pair(Duration::from_millis(latency_ms), mbit * 1_000_000)
}

fn name(scene: &Scene, count: usize, bytes: usize) -> String {
    let (latency, mbit) = (scene.latency.as_millis(), scene.holder / 1_000_000);
    format!("L = {latency} ms, B = {mbit} Mbit/s, {count} × {bytes} B")
}

/// Bits in a second.
fn rate(bytes: u64, time: Duration) -> u64 {
    let bits = u128::from(bytes) * 8_000_000_000;
    u64::try_from(bits / time.as_nanos().max(1)).unwrap_or(u64::MAX)
}
