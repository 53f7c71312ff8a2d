//! Two processes on one store, one of which is killed in the middle: what it was told is durable is
//! there for the other, which never stopped, and nothing is there in part.

use std::env;
use std::num::NonZeroUsize;
use std::process::Stdio;
use std::time::Duration;

use bitswap_core::Block;
use bitswap_store::{BlockStore, Cursor, Durability};
use bitswap_store_s3::{SharedOptions, SharedStore};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::server::{SETTINGS, open, serve};

const BUCKET: &str = "s3://bucket";
/// Says that this is the child.
const CHILD: &str = "BITSWAP_S3_CHILD";
const ROUNDS: u64 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_node_loses_nothing_durable_and_stops_nobody() {
    if let Ok(round) = env::var(CHILD) {
        return puts_for_ever(round.parse().unwrap()).await;
    }
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("bucket")).unwrap();
    let server = serve(folder.path()).await;
    let other = open(BUCKET, &server, SETTINGS[1].1).await.unwrap();
    let (mut told, mut own) = (0, 0);
    for round in 0..ROUNDS {
        let numbers = told_until_killed(child(round, &server), 5 + round * 7, async || {
            own += 1;
            put(&other, numbered(u64::MAX - own)).await;
        })
        .await;
        told += numbers.len();
        for number in numbers {
            let block = numbered(number);
            let found = other.get_many(&[*block.multihash()]).await.remove(0);
            assert_eq!(found, Ok(Some(block)), "round {round}: {number} was durable");
        }
    }
    assert!(told > 0 && own > 0, "{told} and {own}");

    let page = other.page(&Cursor::START, NonZeroUsize::MAX).await.unwrap();
    assert!(page.hashes.len() >= told + own as usize);
    for found in other.get_many(&page.hashes).await {
        assert!(matches!(found, Ok(Some(_))), "{found:?} is there in part");
    }
}

/// The child: tells each block once it is durable.
async fn puts_for_ever(round: u64) {
    let store = SharedStore::open(BUCKET, env::vars(), &SharedOptions::default()).await.unwrap();
    for number in round * 1_000_000.. {
        put(&store, numbered(number)).await;
        // Behind a newline, since the test runner has begun a line.
        println!("\ndurable {number}");
    }
}

fn child(round: u64, server: &str) -> Child {
    let test = "killed::a_killed_node_loses_nothing_durable_and_stops_nobody";
    Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .envs(SETTINGS)
        .env("AWS_ENDPOINT_URL", server)
        .env(CHILD, round.to_string())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// Kills it once it has told of `enough`, and returns what it told until then; the other goes on
/// meanwhile.
async fn told_until_killed(
    mut child: Child,
    enough: u64,
    mut meanwhile: impl AsyncFnMut(),
) -> Vec<u64> {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut told = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        let Some(number) = line.strip_prefix("durable ") else { continue };
        told.push(number.parse().unwrap());
        meanwhile().await;
        if told.len() as u64 == enough {
            child.start_kill().unwrap();
        }
    }
    tokio::time::timeout(Duration::from_secs(20), child.wait()).await.unwrap().unwrap();
    told
}

async fn put(store: &dyn BlockStore, block: Block) {
    let receipt = store.put_many(vec![block], Durability::Prompt).await.unwrap();
    receipt.durable().await.unwrap();
}

/// Of more than one write's length.
fn numbered(number: u64) -> Block {
    let bytes: Vec<u8> = (0..100_000_u64).map(|place| (number ^ place) as u8).collect();
    Block::sha2_256([&number.to_be_bytes()[..], &bytes].concat().into()).unwrap()
}
