//! How fast the stores on disk are, beside a plain file: round by round in turns, medians and
//! ranges at the end.
//!
//! `cargo run --release -p bitswap-store --example disk_speed -- FOLDER ROUNDS`

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::Write as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bitswap_core::Block;
use bitswap_store::{BlockStore, Durability, Multihash, RedbStore, SegmentStore};
use futures::executor::block_on;

type Outcome<T> = Result<T, Box<dyn Error>>;
type Figures = BTreeMap<(String, &'static str), Vec<f64>>;

/// What a list takes that is put and made durable at once.
const LIST_BYTES: usize = 4 << 20;
const AT_ONCE: usize = 64;

/// Blocks of one length, and how much of them.
struct Load {
    name: &'static str,
    length: usize,
    total: usize,
}

const LOADS: [Load; 2] = [
    Load { name: "1 KiB", length: 1 << 10, total: 64 << 20 },
    Load { name: "256 KiB", length: 256 << 10, total: 512 << 20 },
];

type Open = fn(&Path) -> Outcome<Box<dyn BlockStore>>;

const ENGINES: [(&str, Open); 2] = [
    ("redb", |folder| Ok(Box::new(RedbStore::open(folder)?))),
    ("segments", |folder| Ok(Box::new(SegmentStore::open(folder)?))),
];

fn main() -> Outcome<()> {
    let mut words = std::env::args().skip(1);
    let folder = words.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let rounds = words.next().map_or(Ok(5), |rounds| rounds.parse::<u64>())?;
    let mut figures = Figures::new();
    for round in 0..rounds {
        for load in &LOADS {
            let lists = lists(load, round);
            let place = folder.join(format!("bitswap-disk-speed-{}", std::process::id()));
            for turn in 0..=ENGINES.len() {
                match ENGINES.get((turn + round as usize) % (ENGINES.len() + 1)) {
                    Some(engine) => store(load, *engine, &lists, &place, &mut figures)?,
                    None => raw(load, &lists, &place, &mut figures)?,
                }
            }
        }
    }
    let mut out = std::io::stdout().lock();
    for ((what, who), mut values) in figures {
        values.sort_unstable_by(f64::total_cmp);
        let (least, most) = (values[0], values[values.len() - 1]);
        let median = values[values.len() / 2];
        writeln!(out, "{what:<34} {who:<10} {median:>12.3}  ({least:.3}–{most:.3})")?;
    }
    Ok(())
}

fn lists(load: &Load, round: u64) -> Vec<Vec<Block>> {
    let mut state = 0x9e37_79b9_7f4a_7c15 ^ round << 32 ^ load.length as u64;
    let mut block = || {
        let mut bytes = Vec::with_capacity(load.length);
        while bytes.len() < load.length {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.extend(state.to_le_bytes());
        }
        Block::sha2_256(bytes.into())
    };
    let each = LIST_BYTES / load.length;
    let lists = (0..load.total / LIST_BYTES).map(|_| (0..each).map(|_| block()).collect());
    lists.collect::<Result<_, _>>().unwrap_or_default()
}

/// A file that is appended to and synced, read, and read and hashed.
fn raw(load: &Load, lists: &[Vec<Block>], place: &Path, figures: &mut Figures) -> Outcome<()> {
    let mut note = |what: &str, value: f64| {
        figures.entry((format!("{} {what}", load.name), "raw")).or_default().push(value);
    };
    let file = File::options().read(true).write(true).create_new(true).open(place)?;
    let (mut spent, mut at) = (Duration::ZERO, 0);
    for list in lists {
        let bytes: Vec<u8> = list.iter().flat_map(|block| block.bytes().to_vec()).collect();
        let begun = Instant::now();
        file.write_all_at(&bytes, at)?;
        file.sync_data()?;
        spent += begun.elapsed();
        at += bytes.len() as u64;
    }
    note("put durable, MiB/s", mib(load) / spent.as_secs_f64());
    let read = |hash: bool| -> Outcome<f64> {
        let begun = Instant::now();
        for number in 0..load.total / load.length {
            let mut bytes = vec![0; load.length];
            file.read_exact_at(&mut bytes, (number * load.length) as u64)?;
            if hash {
                black_box(Block::sha2_256(bytes.into())?);
            } else {
                black_box(bytes);
            }
        }
        Ok(begun.elapsed().as_secs_f64())
    };
    note("read, MiB/s", mib(load) / read(false)?);
    note("read and hashed, MiB/s", mib(load) / read(true)?);
    fs::remove_file(place)?;
    Ok(())
}

fn store(
    load: &Load,
    (name, open): (&'static str, Open),
    lists: &[Vec<Block>],
    place: &Path,
    figures: &mut Figures,
) -> Outcome<()> {
    let mut note = |what: &str, value: f64| {
        figures.entry((format!("{} {what}", load.name), name)).or_default().push(value);
    };
    let opened = open(place)?;
    let copies: Vec<Vec<Block>> = lists.to_vec();
    let begun = Instant::now();
    for list in copies {
        block_on(async { opened.put_many(list, Durability::Prompt).await?.durable().await })?;
    }
    let spent = begun.elapsed().as_secs_f64();
    let blocks = (load.total / load.length) as f64;
    note("put durable, MiB/s", mib(load) / spent);
    note("put durable, blocks/s", blocks / spent);
    drop(opened);
    note("on disk ÷ payload", taken(place)? as f64 / load.total as f64);
    let begun = Instant::now();
    let opened = open(place)?;
    note("open, ms", begun.elapsed().as_secs_f64() * 1_000.0);

    let hashes = shuffled(lists);
    for (what, at_once) in [("get one by one", 1), ("get_many of 64", AT_ONCE)] {
        let begun = Instant::now();
        for some in hashes.chunks(at_once) {
            for block in block_on(opened.get_many(some)) {
                black_box(block?.ok_or("a block is missing")?);
            }
        }
        let spent = begun.elapsed().as_secs_f64();
        note(&format!("{what}, MiB/s"), mib(load) / spent);
        note(&format!("{what}, blocks/s"), blocks / spent);
    }
    let begun = Instant::now();
    for hash in &hashes {
        black_box(block_on(opened.sizes(std::slice::from_ref(hash))));
    }
    note("sizes one by one, /s", blocks / begun.elapsed().as_secs_f64());
    drop(opened);
    fs::remove_dir_all(place)?;
    Ok(())
}

/// Hashes come in no order of the disk's.
fn shuffled(lists: &[Vec<Block>]) -> Vec<Multihash> {
    let mut hashes: Vec<_> = lists.iter().flatten().map(|block| *block.multihash()).collect();
    hashes.sort_unstable();
    hashes
}

fn taken(folder: &Path) -> Outcome<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        bytes += entry?.metadata()?.blocks() * 512;
    }
    Ok(bytes)
}

fn mib(load: &Load) -> f64 {
    load.total as f64 / f64::from(1 << 20)
}
