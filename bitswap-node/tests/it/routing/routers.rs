//! Servers of the delegated routing HTTP API, most of which are of no use.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{Response, Uri};
use futures::{StreamExt as _, stream};
use libp2p::PeerId;
use tokio::net::TcpListener;

const LINES: &str = "application/x-ndjson";

/// Answers everything with these lines.
pub(super) async fn lines(text: &str) -> String {
    located(text, text).await
}

/// Answers with this text, and is gone from then on.
pub(super) async fn once(text: &str) -> String {
    let left = Arc::new(Mutex::new(Some(text.to_owned())));
    serve(move |_| {
        let text = left.lock().unwrap().take();
        let status = if text.is_some() { 200 } else { 503 };
        Response::builder().status(status).body(text.unwrap_or_default().into())
    })
    .await
}

/// Says this of providers, and that of peers.
pub(super) async fn located(providers: &str, peers: &str) -> String {
    let [providers, peers] = [providers, peers].map(str::to_owned);
    serve(move |path| {
        let text = if path.contains("/peers/") { &peers } else { &providers };
        Response::builder().header("content-type", LINES).body(text.clone().into())
    })
    .await
}

/// Takes the question and never answers.
pub(super) async fn dead() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    url
}

/// Nobody listens there.
pub(super) fn refusing() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// A line without an end.
pub(super) async fn endless() -> String {
    serve(|_| {
        let body = stream::repeat_with(|| Ok::<_, String>("[".repeat(1_000)));
        Response::builder().header("content-type", LINES).body(Body::from_stream(body.boxed()))
    })
    .await
}

/// Answers everything with a status, and wants to be left alone.
pub(super) async fn gone(status: u16) -> String {
    serve(move |_| {
        Response::builder().status(status).header("retry-after", "60").body(Body::empty())
    })
    .await
}

/// Records of so many peers that do not exist, at a port where nobody listens, with junk between.
pub(super) fn lying(count: usize) -> String {
    let port = refusing().rsplit_once(':').unwrap().1.to_owned();
    let mut lines = String::from("not JSON\n{\"Schema\":\"unknown\"}\n");
    for _ in 2..count {
        let peer = PeerId::random();
        let address = format!("/ip4/127.0.0.1/tcp/{port}");
        writeln!(lines, r#"{{"Schema":"peer","ID":"{peer}","Addrs":["{address}"]}}"#).unwrap();
    }
    lines
}

async fn serve(
    answer: impl Fn(&str) -> axum::http::Result<Response<Body>> + Clone + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let routes = Router::new().fallback(move |uri: Uri| {
        let answer = answer(uri.path()).unwrap();
        async move { answer }
    });
    tokio::spawn(async move { axum::serve(listener, routes).await });
    url
}
