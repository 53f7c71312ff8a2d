//! A store and a session seen through the API are as good as they are without it.

#![cfg(unix)]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bitswap_core::strategy::plain;
use bitswap_core::{Gauges, Stats};
use bitswap_net::{Answers, Block, Failure, SessionOptions};
use bitswap_service::keep::Keeper;
use bitswap_service::node::{Node, NodeConfig};
use bitswap_store::{BlockStore, Durability, MemoryStore, Multihash, StoreError, conformance};
use bitswap_unixfs::{CarWriter, WantError};
use bytes::Bytes;
use cid::Cid;
use futures::StreamExt as _;
use tempfile::TempDir;
use tokio::sync::watch;

use super::{Client, LimitsForm, Memory, Served, Socket, StoreForm, raw_cid, rows};

#[test]
fn wants_are_told_in_the_same_words_here_and_on_the_page() {
    let gauges = Gauges { wants: 9, asked: 4, held_back: 3, searches: 2, ..Gauges::default() };
    let stats = Stats { gauges, ..Stats::default() };
    let sizes = (StoreForm::default(), LimitsForm::default());
    let stat = rows::stat(&stats, Duration::ZERO, Memory::default(), sizes);

    let words = rows::wants_in_words(&stat);

    assert_eq!((stat.wants, words.as_str()), (9, "4 asked, 3 held back, 2 searched for"));
    let page = [("4", "wants_asked"), ("3", "wants_held_back"), ("2", "searches")]
        .iter()
        .fold(words, |text, (number, field)| {
            text.replace(number, &format!("${{count(stat.{field})}}"))
        });
    assert!(include_str!("page/page.js").contains(&format!("`{page}`")), "{page}");
}

/// A daemon's API, in this process.
struct Running {
    place: TempDir,
    node: Arc<Node>,
    store: Arc<dyn BlockStore>,
    _stop: watch::Sender<()>,
}

impl Running {
    async fn start() -> Self {
        Self::over(NodeConfig::new(plain::strategies())).await
    }

    async fn over(config: NodeConfig) -> Self {
        let place = TempDir::new().unwrap();
        let store = Arc::clone(&config.store);
        let node = Arc::new(Node::start(config).await.unwrap());
        let socket = Socket::open(place.path()).unwrap();
        let (stop, stopped) = watch::channel(());
        let keeper = Keeper::in_memory(Arc::clone(&store));
        let served = Served::new(&node, Arc::clone(&store), keeper, None);
        tokio::spawn(served.serve(socket, stopped));
        Self { place, node, store, _stop: stop }
    }

    async fn client(&self) -> Client {
        Client::reach(&self.place.path().join("api.sock")).await.unwrap()
    }
}

#[tokio::test]
async fn a_store_keeps_its_contract_over_the_api() {
    let all = std::sync::Mutex::new(Vec::new());

    let outcome = conformance::run(async || {
        let running = Running::start().await;
        let client = running.client().await;
        all.lock().unwrap().push(running);
        client
    })
    .await;

    assert_eq!(outcome, Ok(()));
}

#[tokio::test]
async fn what_a_store_refuses_is_told_as_the_store_told_it() {
    let mut config = NodeConfig::new(plain::strategies());
    config.store = Arc::new(MemoryStore::with_capacity(1_000));
    let client = Running::over(config).await;
    let client = client.client().await;

    let refused = client.put_many(vec![block(1, 5_000)], Durability::Prompt).await;

    assert!(matches!(refused, Err(StoreError::Full { held: 0, limit: 1_000, .. })), "{refused:?}");
}

#[tokio::test]
async fn more_than_one_request_holds_is_written_and_read() {
    let running = Running::start().await;
    let client = running.client().await;
    let blocks: Vec<_> = (0..5_000).map(|n| block(n, 3_000)).collect();
    let hashes: Vec<Multihash> = blocks.iter().map(|block| *block.multihash()).collect();

    drop(client.put_many(blocks.clone(), Durability::Relaxed).await.unwrap());
    let read = client.get_many(&hashes).await;
    let sizes = client.sizes(&hashes).await;

    assert!(read.into_iter().map(|block| block.unwrap().unwrap()).eq(blocks));
    assert!(sizes.into_iter().all(|size| size == Ok(Some(3_000))));
}

/// The status of an answer to a CAR, and the code of the problem if it is one.
async fn written(running: &Running, car: Vec<u8>) -> (u16, String) {
    let http = reqwest::Client::builder().tls_certs_only([]);
    let http = http.unix_socket(running.place.path().join("api.sock")).build().unwrap();
    let request = http.post("http://localhost/api/v1/blocks/write").body(car);
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let problem: serde_json::Value = answer.json().await.unwrap_or_default();
    (status, problem["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_car_that_anybody_made_is_taken_in_if_it_is_right() {
    let running = Running::start().await;
    let (good, other) = (block(1, 1_000), block(2, 1_000));
    let cid = raw_cid(*good.multihash());
    let inlined = raw_cid(Multihash::wrap(0, b"tiny").unwrap());
    let car = async |sections: Vec<(Cid, &[u8])>| {
        let mut car = Vec::new();
        let mut writer = CarWriter::new(&mut car, &[cid]).await.unwrap();
        for (cid, bytes) in sections {
            writer.write(&cid, bytes).await.unwrap();
        }
        writer.finish().await.unwrap();
        car
    };

    let right = car(vec![(cid, good.bytes()), (inlined, b"tiny")]).await;
    let wrong = car(vec![(cid, other.bytes())]).await;
    let many =
        car(vec![(raw_cid(*block(3, 0).multihash()), b""); crate::bounds::MOST_CIDS + 1]).await;

    assert_eq!(written(&running, right).await, (204, String::new()));
    assert_eq!(running.store.sizes(&[*cid.hash()]).await, [Ok(Some(1_000))]);
    assert_eq!(written(&running, wrong).await, (422, "bad-block".to_owned()));
    assert_eq!(written(&running, many).await, (400, "bad-request".to_owned()));
    assert_eq!(written(&running, b"no car".to_vec()).await, (400, "bad-request".to_owned()));
}

#[tokio::test]
async fn a_session_brings_blocks_and_says_what_does_not_come() {
    let holder = {
        let mut config = NodeConfig::new(plain::strategies());
        config.listen = NodeConfig::loopback();
        Running::over(config).await
    };
    let blocks: Vec<_> = (0..300).map(|n| block(n, 10_000)).collect();
    let cids: Vec<Cid> = blocks.iter().map(|block| raw_cid(*block.multihash())).collect();
    drop(holder.store.put_many(blocks, Durability::Relaxed).await.unwrap());
    let seeker = Running::start().await;
    let client = seeker.client().await;
    let address = holder.node.addresses().remove(0);
    assert_eq!(client.connect(&[address], false).await.unwrap(), []);
    let source = client.source(SessionOptions::default(), &[]).await.unwrap();
    let unverifiable = Cid::new_v1(0x55, Multihash::wrap(0x99, &[7; 32]).unwrap());

    let (stay, come) = cids.split_at(100);
    let stored: Vec<_> = source.store(stay.to_vec(), Some(9)).collect().await;
    assert!(stored.iter().all(|(cid, bytes)| stay.contains(cid) && *bytes == Ok(10_000)));
    assert_eq!(stored.len(), 100);
    assert_eq!(seeker.store.sizes(&[*stay[0].hash()]).await, [Ok(Some(10_000))]);

    let mut wanted = come.to_vec();
    wanted.push(unverifiable);
    let come: Vec<_> = source.want(wanted, None).collect().await;

    let (good, bad): (Vec<_>, Vec<_>) = come.into_iter().partition(|(_, come)| come.is_ok());
    let good: BTreeSet<_> = good.into_iter().map(|(cid, _)| cid).collect();
    assert_eq!(good, cids[100..].iter().copied().collect());
    assert_eq!(bad.len(), 1);
    assert!(bad[0].1.as_ref().unwrap_err().to_string().contains("did not come"), "{bad:?}");
    assert_eq!(seeker.node.bitswap().stats().await.unwrap().gauges.wants, 0);
}

#[tokio::test]
async fn a_session_ends_with_its_client() {
    let running = Running::start().await;
    let client = running.client().await;
    let bitswap = running.node.bitswap();
    let wants = async || bitswap.stats().await.unwrap().gauges.wants;
    let options = SessionOptions { ttl: Some(0), ..SessionOptions::default() };
    let source = client.source(options, &[]).await.unwrap();
    let mut wanted = source.want(vec![raw_cid(*block(1, 9).multihash())], None);
    while wants().await == 0 {
        assert!(futures::poll!(wanted.next()).is_pending());
        tokio::task::yield_now().await;
    }

    drop((wanted, source, client));

    while wants().await > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_session_that_ends_early_says_who_answered_what() {
    let running = Running::start().await;
    let client = running.client().await;
    let options = SessionOptions { ends_early: true, ..SessionOptions::default() };
    let source = client.source(options, &[]).await.unwrap();

    let cid = raw_cid(*block(1, 9).multihash());
    let mut failed: Vec<_> = source.want(vec![cid], None).collect().await;

    let why = Failure::NobodyLeft(Answers::default());
    assert_eq!(failed.pop(), Some((cid, Err(WantError::Failed { cid, why }))));
}

#[tokio::test]
async fn errors_say_what_why_and_what_to_do() {
    let running = Running::start().await;
    let client = running.client().await;

    let unknown = client.account("12D3KooWSahP5pFRCEfaziPEba7urXGeif6T1y8jmodzdFUvzBHj").await;
    let nonsense = client.account("nonsense").await;

    assert_eq!(unknown.unwrap_err().code, "no-account");
    let nonsense = nonsense.unwrap_err();
    assert_eq!((nonsense.code, nonsense.exit as u8), ("bad-peer-id", 2));
    assert_eq!(nonsense.what, "\"nonsense\" is not a peer id");
}

#[tokio::test]
async fn every_path_of_the_document_is_there_and_no_other() {
    let running = Running::start().await;
    let http = reqwest::Client::builder().tls_certs_only([]);
    let http = http.unix_socket(running.place.path().join("api.sock")).build().unwrap();
    let is_there = async |method: &str, path: &str| {
        let method = method.to_uppercase().parse().unwrap();
        let url = format!("http://localhost/api/v1{path}");
        let answer = http.request(method, url).send().await.unwrap();
        // A HEAD has no body to look into, and a session no end.
        if !answer.status().is_client_error() || answer.content_length() == Some(0) {
            return true;
        }
        !answer.text().await.unwrap().contains("no-such-path")
    };

    for (path, methods) in super::document()["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            assert!(is_there(method, path).await, "{method} {path}");
        }
        assert!(!is_there("patch", path).await, "{path}");
    }
    assert!(!is_there("get", "/nonsense").await);
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_gets_one_elsewhere() {
    let place = TempDir::new().unwrap();
    let deep = place.path().join("d".repeat(120));
    std::fs::create_dir(&deep).unwrap();

    let socket = Socket::open(&deep).unwrap();
    let path = socket.path().to_owned();

    assert!(path.as_os_str().len() <= 100, "{}", path.display());
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    drop(socket);
    assert!(!path.parent().unwrap().exists());
}

#[tokio::test]
async fn a_socket_that_a_dead_process_left_is_replaced() {
    let place = TempDir::new().unwrap();
    let path = place.path().join("api.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());

    let socket = Socket::open(place.path()).unwrap();

    assert_eq!(socket.path(), path);
    assert_eq!(mode(&path), 0o600);
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn block(name: u32, size: usize) -> Block {
    let bytes: Vec<u8> = name.to_be_bytes().into_iter().cycle().take(size).collect();
    Block::sha2_256(Bytes::from(bytes)).unwrap()
}
