//! A router against servers on loopback that are honest, busy, odd and endless.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Response as Answer};
use bitswap_core::Block;
use futures::{StreamExt as _, stream};
use tokio::net::TcpListener;

use super::*;
use crate::routing::{CombinedRouter, Provider, QueryOutcome, RouterFinding};

const PEER: &str = "12D3KooWEChVMMMzV8acJ53mJHrw1pQ27UAGkCxWXLJutbeUMvVu";
const LINES: &str = "application/x-ndjson";
const WHOLE: &str = "application/json; charset=utf-8";

/// A server that gives these answers in turn, and what it was asked for.
struct Server {
    router: CombinedRouter,
    endpoint: Endpoint,
    asked: Arc<Mutex<Vec<(String, HeaderMap)>>>,
}

impl Server {
    async fn of(answers: impl IntoIterator<Item = Answer<Body>>) -> Self {
        let asked: Arc<Mutex<Vec<_>>> = Arc::default();
        let heard = Arc::clone(&asked);
        let answers: Arc<Mutex<VecDeque<_>>> = Arc::new(Mutex::new(answers.into_iter().collect()));
        let answer = move |request: Request| {
            let (path, headers) = (request.uri().to_string(), request.headers().clone());
            heard.lock().unwrap().push((path, headers));
            let answer = answers.lock().unwrap().pop_front().unwrap();
            async move { answer }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, app).await });
        let endpoint: Endpoint = format!("http://{address}").parse().unwrap();
        let router = DelegatedRouter::new(endpoint.clone(), &DelegatedOptions::default()).unwrap();
        Self { router: CombinedRouter::new().with("server", Arc::new(router)), endpoint, asked }
    }

    /// The providers that are found, and how it ended.
    async fn ask(&self) -> (Vec<Provider>, QueryOutcome) {
        let mut found = Vec::new();
        let mut events = self.router.ask(cid(), 1_000);
        while let Some(event) = events.next().await {
            match event.finding {
                RouterFinding::Provider(provider) => found.push(provider),
                RouterFinding::Ended(outcome) => return (found, outcome),
            }
        }
        panic!("it does not say how it ended");
    }

    async fn fails(&self) -> String {
        match self.ask().await {
            (_, QueryOutcome::Failed(why)) => why,
            (found, outcome) => panic!("{outcome:?}, {found:?}"),
        }
    }
}

fn cid() -> Cid {
    Cid::new_v1(0x55, *Block::sha2_256(vec![1].into()).unwrap().multihash())
}

fn answer(kind: &str, body: impl Into<Body>) -> Answer<Body> {
    Answer::builder().header("content-type", kind).body(body.into()).unwrap()
}

fn status(status: u16, header: (&str, &str)) -> Answer<Body> {
    Answer::builder().status(status).header(header.0, header.1).body(Body::empty()).unwrap()
}

fn record(port: u16) -> String {
    format!(r#"{{"Schema":"peer","ID":"{PEER}","Addrs":["/ip4/127.0.0.1/tcp/{port}"]}}"#)
}

fn provider(port: u16) -> Provider {
    let address = format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap();
    Provider { peer: PEER.parse().unwrap(), addresses: vec![address] }
}

#[tokio::test]
async fn records_come_line_by_line_or_in_one_piece() {
    let lines = format!("\n{}\r\n{{\"Schema\":\"x\"}}\nnonsense\n\n{}", record(1), record(2));
    let whole = format!("{{\"Providers\":[{},5,{{}},{}]}}", record(1), record(2));
    let parts = stream::iter(lines.clone().into_bytes()).map(|byte| Ok::<_, String>(vec![byte]));
    let server = Server::of([
        answer(LINES, lines),
        answer(LINES, Body::from_stream(parts)),
        answer(WHOLE, whole),
    ]);
    let server = server.await;
    for _ in 0..3 {
        assert_eq!(server.ask().await, (vec![provider(1), provider(2)], QueryOutcome::Answered));
    }
    let asked = server.asked.lock().unwrap();
    let (path, headers) = &asked[0];
    let query = "filter-protocols=unknown,transport-bitswap";
    assert_eq!(*path, format!("/routing/v1/providers/{}?{query}", cid()));
    assert!(headers["accept"].to_str().unwrap().starts_with(LINES));
    assert!(headers["user-agent"].to_str().unwrap().starts_with("bitswap-net/"));
}

#[tokio::test]
async fn where_a_peer_is_whose_record_has_no_address_is_asked_for() {
    let nowhere =
        format!(r#"{{"Schema":"peer","ID":"{PEER}","Addrs":["/ip4/1.2.3.4/udp/1/quic"]}}"#);
    let here = format!(r#"{{"Peers":[{}]}}"#, record(1));
    let server = Server::of([
        answer(LINES, nowhere.clone()),
        answer(WHOLE, here),
        answer(WHOLE, format!(r#"{{"Providers":[{nowhere}]}}"#)),
        status(404, ("x", "y")),
    ]);
    let server = server.await;
    assert_eq!(server.ask().await, (vec![provider(1)], QueryOutcome::Answered));
    assert_eq!(server.ask().await, (Vec::new(), QueryOutcome::Answered), "nobody knows where");
    let asked = server.asked.lock().unwrap();
    let (path, _) = &asked[1];
    let peer: PeerId = PEER.parse().unwrap();
    let name = Cid::new_v1(0x72, *peer.as_ref());
    assert!(path.starts_with(&format!("/routing/v1/peers/{name}?")), "{path}");
}

#[tokio::test]
async fn nobody_is_an_answer() {
    let server = Server::of([
        status(404, ("x", "y")),
        answer(LINES, ""),
        answer(WHOLE, r#"{"Providers":null}"#),
    ]);
    let server = server.await;
    for _ in 0..3 {
        assert_eq!(server.ask().await, (Vec::new(), QueryOutcome::Answered));
    }
}

#[tokio::test]
async fn a_busy_server_is_left_alone_as_long_as_it_says() {
    for busy in [429, 503] {
        let server = Server::of([status(busy, ("retry-after", "120"))]).await;
        assert!(server.fails().await.contains("busy"));
        let why = server.fails().await;
        assert!(why.contains("119 s") || why.contains("120 s"), "{why}");
        assert_eq!(server.asked.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn an_answer_without_end_is_read_up_to_a_bound() {
    let lines = (1..=u16::MAX).map(|port| Ok::<_, String>(record(port) + "\n"));
    let server = Server::of([answer(LINES, Body::from_stream(stream::iter(lines)))]).await;
    let (found, outcome) = server.ask().await;
    assert_eq!((found.len(), outcome), (100, QueryOutcome::Answered));

    for (kind, what) in [(LINES, "64 KiB"), (WHOLE, "1 MiB")] {
        let junk = stream::repeat_with(|| Ok::<_, String>("[".repeat(1_000)));
        let server = Server::of([answer(kind, Body::from_stream(junk))]).await;
        let why = server.fails().await;
        assert!(why.contains(what), "{why}");
    }
}

#[tokio::test]
async fn a_text_has_a_bound_and_what_is_none_is_told() {
    let read = async |given| {
        let server = Server::of([given]).await;
        let options = DelegatedOptions::default();
        let text = DelegatedRouter::text(&server.endpoint, &options, Duration::from_secs(9), 1_000);
        text.await.map_err(|why| why.to_string())
    };
    assert_eq!(read(answer("text/html", "ab")).await.as_deref(), Ok("ab"));
    let endless = stream::repeat_with(|| Ok::<_, String>("[".repeat(100)));
    for (given, why) in [
        (answer(LINES, Body::from_stream(endless)), "more bytes than are read"),
        (answer(LINES, vec![0xff]), "not understood"),
        (status(404, ("x", "y")), "404"),
        (status(503, ("x", "y")), "busy"),
    ] {
        let told = read(given).await.unwrap_err();
        assert!(told.contains(why), "{told}");
    }
}

#[tokio::test]
async fn what_is_no_answer_is_told() {
    let nowhere = "http://127.0.0.2:1/elsewhere";
    for (given, why) in [
        (answer("text/html", "<html>"), "text/html"),
        (answer(WHOLE, "{\"Providers\":5}"), "not understood"),
        (status(500, ("x", "y")), "500"),
        (status(302, ("location", nowhere)), "302"),
    ] {
        let server = Server::of([given]).await;
        let told = server.fails().await;
        assert!(told.contains(why), "{told}");
    }
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let endpoint = format!("http://{gone}").parse().unwrap();
    let gone = DelegatedRouter::new(endpoint, &DelegatedOptions::default()).unwrap();
    let (endpoint, asked) = (gone.endpoint.clone(), Arc::default());
    let router = CombinedRouter::new().with("gone", Arc::new(gone));
    let why = Server { router, endpoint, asked }.fails().await;
    assert!(why.contains("refused"), "{why}");
}

#[test]
fn an_endpoint_is_a_server_of_http() {
    for (text, told, name) in [
        ("https://delegated-ipfs.dev", "https://delegated-ipfs.dev", "delegated-ipfs.dev"),
        ("https://example.org/", "https://example.org", "example.org"),
        ("https://example.org/a/routing/v1/", "https://example.org/a", "example.org"),
        ("http://127.0.0.1:8080/routing/v1", "http://127.0.0.1:8080", "127.0.0.1:8080"),
    ] {
        let endpoint: Endpoint = text.parse().unwrap();
        assert_eq!((endpoint.to_string().as_str(), endpoint.name().as_str()), (told, name));
        let url = format!("{told}/routing/v1/providers/{}?", cid());
        assert!(endpoint.providers(&cid()).as_str().starts_with(&url));
    }
    for text in ["example.org", "ftp://example.org", "https://", "https://me@example.org"] {
        assert!(text.parse::<Endpoint>().is_err(), "{text}");
    }
    for (text, private) in [
        ("http://localhost:1", true),
        ("http://[::1]:1", true),
        ("http://192.168.1.1", true),
        ("https://1.2.3.4", false),
        ("https://delegated-ipfs.dev", false),
    ] {
        assert_eq!(text.parse::<Endpoint>().unwrap().is_private(), private, "{text}");
    }
}
