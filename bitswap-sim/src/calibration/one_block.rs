//! A1 to A3: one block, from the only one who has it.

use std::time::Duration;

use super::messages::{blocks, have, time_of, want_blocks, want_have};
use super::stage::{Scene, cids_of};
use super::{Case, Finding, Trouble};

pub(super) const A1: Case = Case {
    name: "A1",
    question: "one block from a peer who is asked for it at once",
    answer: "2 L + want-block/B + s/B",
    note: "The peer is a member of the session: it brought a block before.",
    run: || {
        each(|scene, bytes| {
            let mut stage = scene.open_acquainted()?;
            let block = stage.supply(1, bytes)?;
            let request = want_blocks(&cids_of(&block));
            let exact = 2 * scene.latency + on_wire(scene, &[request, blocks(&block)]);
            Ok((exact, stage.time(&block, 1)?))
        })
    },
};

pub(super) const A2: Case = Case {
    name: "A2",
    question: "one block of more than 1,024 bytes from a peer that is first asked whether it has \
               it",
    answer: "4 L + (want-have + HAVE + want-block + s)/B",
    note: "The registry is `forgetful`, which names nobody; the default one has an only peer asked \
           at once.",
    run: || {
        each(|scene, bytes| {
            let mut stage = scene.forgetful().open()?;
            let block = stage.supply(1, bytes)?;
            let [cid] = cids_of(&block)[..] else { return Err(Trouble::Unfinished("a block")) };
            let messages = [want_have(&cid), have(&cid), want_blocks(&[cid]), blocks(&block)];
            let exact = 4 * scene.latency + on_wire(scene, &messages);
            Ok((exact, stage.time(&block, 1)?))
        })
    },
};

pub(super) const A3: Case = Case {
    name: "A3",
    question: "one block of at most 1,024 bytes, which answers the question whether it is there",
    answer: "2 L + (want-have + s)/B",
    note: "The registry is `forgetful`.",
    run: || {
        let mut findings = Vec::new();
        for (scene, bytes) in [(scene(25, 100), 1_024), (scene(100, 1), 500)] {
            let mut stage = scene.forgetful().open()?;
            let block = stage.supply(1, bytes)?;
            let asks = cids_of(&block).first().map_or(0, want_have);
            let exact = 2 * scene.latency + on_wire(&scene, &[asks, blocks(&block)]);
            findings.push(Finding::time(name(&scene, bytes), exact, stage.time(&block, 1)?));
        }
        Ok(findings)
    },
};

/// The exact time, and the simulated one.
type Times = (Duration, Duration);

/// Asks one question with low and high latencies, slow and fast links, small and large blocks.
fn each(ask: fn(&Scene, usize) -> Result<Times, Trouble>) -> Result<Vec<Finding>, Trouble> {
    let scenes = [(scene(25, 100), 100_000), (scene(1, 10), 1 << 20), (scene(150, 1_000), 1_025)];
    let mut findings = Vec::new();
    for (scene, bytes) in scenes {
        let (exact, simulated) = ask(&scene, bytes)?;
        findings.push(Finding::time(name(&scene, bytes), exact, simulated));
    }
    Ok(findings)
}

fn scene(latency_ms: u64, mbit: u64) -> Scene {
    Scene::pair(Duration::from_millis(latency_ms), mbit * 1_000_000)
}

fn name(scene: &Scene, bytes: usize) -> String {
    let (latency, mbit) = (scene.latency.as_millis(), scene.holder / 1_000_000);
    format!("L = {latency} ms, B = {mbit} Mbit/s, {bytes} B")
}

fn on_wire(scene: &Scene, messages: &[u64]) -> Duration {
    messages.iter().map(|bytes| time_of(*bytes, scene.holder)).sum()
}
