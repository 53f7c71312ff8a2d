//! What the parts cost in instructions, counted by callgrind, beside a ceiling for each. Times vary
//! with the machine and with what else it does; these counts hardly do.
//!
//! `cargo run --release -p bitswap-instructions` needs valgrind, and fails if a figure is above its
//! ceiling in `ceilings.toml`. With words, it counts only figures whose names have one of them.

mod callgrind;
mod counted;
mod figures;
mod messages;
mod node;
mod parts;
mod round;
mod stores;
#[expect(dead_code, reason = "the times, which the bench `engine` prints")]
mod world;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Write as _, stdout};

use toml::{Table, Value};

use self::figures::{fetched, fetched_in, listed, listed_by_a_peer, queued, refused, served};
use self::node::Reader;
use self::parts::{decoded, encoded, hashed, selected};
use self::world::Outcome;

const CEILINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/ceilings.toml");

/// A figure's name, and its work, which returns of how many.
type Figure = (&'static str, fn() -> Outcome<u64>);

/// Counted with all threads of the run, from its start to its end.
const WHOLE: [Figure; 3] = [
    ("store on disk, put 1 KiB", stores::put),
    ("store on disk, put 1 KiB and get it, 64 at once", || stores::put_and_got(64)),
    ("store on disk, put 1 KiB and get it, alone", || stores::put_and_got(1)),
];

/// What a node does for a block of 1 KiB that came hashed, if nobody reads its metrics.
const UNCOUNTED: &str = "fetch a block, without metrics";

/// The same, if somebody does.
const COUNTED: [&str; 2] =
    ["fetch a block, metrics for nobody", "fetch a block, metrics for Prometheus"];
/// What of a block's instructions may be counting: some 560 are. It was 17 when a block took a
/// sixth more.
const MOST_COUNTING_PER_MILLE: u64 = 22;

/// Counted where they call [`counted`](counted::counted).
const FIGURES: [Figure; 31] = [
    ("encode, a want", || Ok(encoded(&messages::wants(1_000), 1_000))),
    ("encode, a HAVE", || Ok(encoded(&messages::haves(1_000), 1_000))),
    ("encode, a block of 256 KiB", || Ok(encoded(&messages::blocks(15), 15))),
    ("decode, a want", || decoded(&messages::wants(1_000), 1_000)),
    ("decode, a HAVE", || decoded(&messages::haves(1_000), 1_000)),
    ("decode, a block of 256 KiB", || decoded(&messages::blocks(15), 15)),
    ("hash, 1 KiB", || hashed(1 << 10)),
    ("hash, 256 KiB", || hashed(256 << 10)),
    ("want-have of 1,000 peers, found", || Ok(served(1_000, 1, true)?.wants)),
    ("want-have of 1,000 peers, not found", || Ok(served(1_000, 1, false)?.wants)),
    ("want-have of 1,000 peers, 64 in a message", || Ok(served(1_000, 64, true)?.wants)),
    ("fetch a block, 10 gets open", || Ok(fetched(10, 1)?.wants)),
    ("fetch a block, 1,000 gets open", || Ok(fetched(1_000, 1)?.wants)),
    ("fetch a block, 10,000 gets open", || Ok(fetched(10_000, 1)?.wants)),
    ("fetch a block, in 1 session", || Ok(fetched_in(1)?.wants)),
    ("fetch a block, in 10,000 sessions", || Ok(fetched_in(10_000)?.wants)),
    ("fetch a block, in a list, 15 in a message", || Ok(listed(10_000, 15)?.wants)),
    ("fetch a block, 1 member", || Ok(fetched(1, 1)?.wants)),
    ("fetch a block, 10 members", || Ok(fetched(1, 10)?.wants)),
    ("fetch a block, 50 members", || Ok(fetched(1, 50)?.wants)),
    ("tell 1,000 peers a want, each", || Ok(refused(1_000)?.wants)),
    ("serve a block, 10 peers wait", || Ok(queued(10)?.wants)),
    ("serve a block, 1,000 peers wait", || Ok(queued(1_000)?.wants)),
    ("serve a block, 10,000 peers wait", || Ok(queued(10_000)?.wants)),
    ("serve a block, in a list", || Ok(listed_by_a_peer(10_000)?.wants)),
    (UNCOUNTED, || node::fetched(Reader::Nobody)),
    (COUNTED[0], || node::fetched(Reader::Deaf)),
    (COUNTED[1], || node::fetched(Reader::Prometheus)),
    ("select, 1 member", || selected(1)),
    ("select, 20 members", || selected(20)),
    ("select, 200 members", || selected(200)),
];

fn main() -> Outcome<()> {
    let words: Vec<_> = std::env::args().skip(1).collect();
    if let [flag, name] = words.as_slice()
        && flag == callgrind::FIGURE
    {
        let (_, work) = figures().find(|(known, _)| known == name).ok_or("no such figure")?;
        writeln!(stdout(), "{}", work()?)?;
        return Ok(());
    }
    let ceilings: Table = fs::read_to_string(CEILINGS)?.parse()?;
    let is_chosen =
        |name: &&str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    let chosen: Vec<_> = figures().map(|(name, _)| *name).filter(is_chosen).collect();
    let mut above = Vec::new();
    let mut costs = BTreeMap::new();
    for (name, cost) in chosen.iter().zip(callgrind::count_all(&chosen)) {
        let cost = cost?;
        costs.insert(*name, cost);
        let ceiling = ceilings.get(*name).and_then(Value::as_integer);
        let ceiling = ceiling.ok_or_else(|| format!("{CEILINGS}: no ceiling for `{name}`"))?;
        writeln!(stdout(), "{cost:>10}  of {ceiling:>10}  {name}")?;
        if i64::try_from(cost)? > ceiling {
            above.push(*name);
        }
    }
    above.extend(too_much_counting(&costs)?);
    if above.is_empty() {
        return Ok(());
    }
    let names = above.join("; ");
    Err(format!("above the ceiling: {names}. Find what made it dearer, or raise {CEILINGS}").into())
}

/// Prints how much of what a block costs is counting, and returns where that is too much.
fn too_much_counting(costs: &BTreeMap<&'static str, u64>) -> Outcome<Vec<&'static str>> {
    let mut above = Vec::new();
    let Some(without) = costs.get(UNCOUNTED) else { return Ok(above) };
    for name in COUNTED {
        let Some(with) = costs.get(name) else { continue };
        let per_mille = with.saturating_sub(*without) * 1_000 / without;
        let (whole, part) = (per_mille / 10, per_mille % 10);
        writeln!(stdout(), "{whole:>8}.{part} %  more than without metrics: {name}")?;
        if per_mille > MOST_COUNTING_PER_MILLE {
            above.push(name);
        }
    }
    Ok(above)
}

fn figures() -> impl Iterator<Item = &'static Figure> {
    FIGURES.iter().chain(&WHOLE)
}
