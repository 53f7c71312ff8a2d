//! A process that puts and deletes is killed at a drawn moment, again and again: what it was told
//! is durable is there, and nothing appears that nobody put.
//!
//! `BITSWAP_KILL_ROUNDS` says how often; without it, a few times.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use bitswap_core::Block;
use bitswap_store::{BlockStore, Cursor, Durability, Multihash, RedbStore, SegmentStore};
use futures::executor::block_on;
use tempfile::TempDir;

/// For the child: the directory, and the number of its first block.
const FOLDER: &str = "BITSWAP_KILL_FOLDER";
const FIRST: &str = "BITSWAP_KILL_FIRST";
const ROUNDS: &str = "BITSWAP_KILL_ROUNDS";

/// More than a child can put before it is killed.
const NUMBERS: u64 = 1_000_000;

type Open = fn(&Path) -> Box<dyn BlockStore>;

/// What the parent knows of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Put, or being deleted: there or not.
    Open,
    Durable,
    Gone,
}

#[test]
fn a_killed_process_loses_nothing_durable() {
    killed("a_killed_process_loses_nothing_durable", |folder| {
        Box::new(RedbStore::open(folder).unwrap())
    });
}

#[test]
fn a_killed_process_with_segments_loses_nothing_durable() {
    killed("a_killed_process_with_segments_loses_nothing_durable", |folder| {
        Box::new(SegmentStore::open(folder).unwrap())
    });
}

fn killed(test: &str, open: Open) {
    if let Some(folder) = env::var_os(FOLDER) {
        let first = env::var(FIRST).unwrap().parse().unwrap();
        return puts_for_ever(&*open(Path::new(&folder)), first);
    }
    let rounds = env::var(ROUNDS).map_or(4, |rounds| rounds.parse().unwrap());
    let place = TempDir::new().unwrap();
    let mut fates = BTreeMap::new();
    for round in 0..rounds {
        let child = child(test, place.path(), round * NUMBERS);
        let moment = Duration::from_millis(round * 7_919 % 400);
        let told = told_until_killed(child, moment);
        assert!(!told.is_empty(), "round {round}: the child did nothing");

        check(&*open(place.path()), &told);
        fates.extend(told);
    }
    let store = open(place.path());
    check(&*store, &fates);
    nothing_else(&*store, rounds);
    let durable = fates.values().filter(|fate| **fate == Fate::Durable).count();
    let gone = fates.values().filter(|fate| **fate == Fate::Gone).count();
    assert!(durable > 0, "{durable} durable, {gone} gone");
}

/// The child: tells each acceptance before it waits, and each durability after. Deletes one of
/// three blocks again.
fn puts_for_ever(store: &dyn BlockStore, first: u64) {
    let tell = |what: char, numbers: &[u64]| {
        let lines: Vec<_> = numbers.iter().map(|number| format!("{what} {number}\n")).collect();
        // Behind a newline, since the test runner has begun a line.
        std::io::stdout().lock().write_all(format!("\n{}", lines.concat()).as_bytes()).unwrap();
    };
    for group in 0.. {
        let numbers: Vec<u64> = (0..9).map(|place| first + group * 9 + place).collect();
        let blocks = numbers.iter().map(|number| block_of(*number)).collect();
        tell('A', &numbers);
        let receipt = block_on(store.put_many(blocks, Durability::Prompt)).unwrap();
        block_on(receipt.durable()).unwrap();
        tell('D', &numbers);

        let numbers: Vec<u64> = numbers.into_iter().filter(|number| number % 3 == 0).collect();
        let hashes: Vec<_> = numbers.iter().map(|number| *block_of(*number).multihash()).collect();
        tell('A', &numbers);
        let receipt = block_on(store.delete_many(&hashes)).unwrap();
        block_on(receipt.durable()).unwrap();
        tell('X', &numbers);
    }
}

fn child(test: &str, folder: &Path, first: u64) -> Child {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", &format!("killed::{test}"), "--nocapture"]);
    child.env(FOLDER, folder).env(FIRST, first.to_string());
    child.stdout(Stdio::piped()).spawn().unwrap()
}

/// Kills it `moment` after it told the first thing to be durable.
fn told_until_killed(mut child: Child, moment: Duration) -> BTreeMap<u64, Fate> {
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let (begun, first) = mpsc::channel::<()>();
    let killer = thread::spawn(move || {
        first.recv().unwrap();
        // Nobody sends again; the child's output ends when it is killed, or died before.
        assert_eq!(first.recv_timeout(moment), Err(mpsc::RecvTimeoutError::Timeout));
        child.kill().unwrap();
        child.wait().unwrap();
    });
    let mut fates = BTreeMap::new();
    let mut line = String::new();
    let mut telling = Some(&begun);
    while lines.read_line(&mut line).unwrap() > 0 {
        // The last line may be cut short.
        if let Some((what, number)) = line.strip_suffix('\n').and_then(|told| told.split_once(' '))
            && let Ok(number) = number.parse()
        {
            let fate = match what {
                "A" => Fate::Open,
                "D" => Fate::Durable,
                "X" => Fate::Gone,
                _ => continue,
            };
            fates.insert(number, fate);
            if fate == Fate::Durable
                && let Some(begun) = telling.take()
            {
                begun.send(()).unwrap();
            }
        }
        line.clear();
    }
    // A child that died by itself is not waited for.
    drop(begun);
    killer.join().unwrap();
    fates
}

fn check(store: &dyn BlockStore, fates: &BTreeMap<u64, Fate>) {
    let fates: Vec<_> = fates.iter().collect();
    for some in fates.chunks(200) {
        let hashes: Vec<_> = some.iter().map(|(number, _)| hash_of(**number)).collect();
        for ((number, fate), given) in some.iter().zip(block_on(store.get_many(&hashes))) {
            let given = given.unwrap();
            let (there, block) = (given.is_some(), block_of(**number));
            assert!(given.is_none_or(|given| given == block), "block {number} is wrong");
            assert!(there || **fate != Fate::Durable, "block {number} is lost");
            assert!(!there || **fate != Fate::Gone, "block {number} came back");
        }
    }
}

/// Every block that a walk finds is one that a child may have put.
fn nothing_else(store: &dyn BlockStore, rounds: u64) {
    let (mut cursor, mut hashes) = (Some(Cursor::START), Vec::new());
    while let Some(from) = cursor {
        let page = block_on(store.page(&from, 1_000.try_into().unwrap())).unwrap();
        hashes.extend(page.hashes);
        cursor = page.next;
    }
    for some in hashes.chunks(200) {
        for (hash, block) in some.iter().zip(block_on(store.get_many(some))) {
            let block = block.unwrap().unwrap();
            let (number, _) = block.bytes().split_first_chunk().unwrap();
            let number = u64::from_le_bytes(*number);
            assert_eq!(hash_of(number), *hash);
            assert!(number / NUMBERS < rounds, "block {number} was never put");
        }
    }
}

fn hash_of(number: u64) -> Multihash {
    *block_of(number).multihash()
}

/// Of a length that says little of its number: some lie in the index, some in many pieces.
fn block_of(number: u64) -> Block {
    let lengths = [8, 100, 1_024, 1_025, 5_000, 40_000, 262_158];
    let length = lengths[number as usize % lengths.len()];
    let mut bytes = number.to_le_bytes().to_vec();
    bytes.resize(length, (number % 251) as u8);
    Block::sha2_256(bytes.into()).unwrap()
}
