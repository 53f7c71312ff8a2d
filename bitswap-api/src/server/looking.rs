//! What the node shows of itself, and whom it is told to meet.

use std::collections::BTreeMap;
use std::str::FromStr;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use bitswap_core::SessionId;
use bitswap_net::Closed;
use bitswap_service::error::CliError;
use bitswap_service::process::ProcessInfo;
use libp2p::{Multiaddr, PeerId};

use super::{Served, query, understood};
use crate::bounds::MOST_ROWS;
use crate::errors;
use crate::forms::{
    Connect, Disconnect, Identity, LedgerRow, LookPage, Page, PeerRow, PeerWantRow, Refused,
    SessionRow, Stat, WantRow,
};
use crate::rows;

type Asked = Result<Query<LookPage>, QueryRejection>;
type Paged<T> = Result<Json<Page<T>>, CliError>;

/// The most peers that one request can name.
const MOST_PEERS: usize = 256;

pub(super) async fn id(State(served): State<Served>) -> Result<Json<Identity>, CliError> {
    let node = served.node()?;
    Ok(Json(rows::identity(&node.peer_id(), &node.addresses(), Some(node.reachability()))))
}

pub(super) async fn stat(State(served): State<Served>) -> Result<Json<Stat>, CliError> {
    let node = served.node()?;
    let stats = node.bitswap().stats().await.map_err(stopping)?;
    let memory = rows::memory(&stats, ProcessInfo::now(), served.store().memory_bytes());
    let store = rows::store(node.store().usage(), node.free_bytes());
    let limits = rows::limits(&node.rates().await);
    let routers = node.finder().stats().into_iter().map(rows::router).collect();
    let bootstrap = node.bootstrap().await;
    let reached = bootstrap.iter().filter(|is_there| **is_there).count() as u64;
    let stat = rows::stat(&stats, served.0.since.elapsed(), memory, (store, limits));
    let bootstrap_peers = bootstrap.len() as u64;
    Ok(Json(Stat { routers, bootstrap_peers, bootstrap_reached: reached, ..stat }))
}

pub(super) async fn peers(State(served): State<Served>, asked: Asked) -> Paged<PeerRow> {
    let (after, limit) = part::<PeerId>(asked)?;
    let node = served.node()?;
    let mut seen = node.peers().await;
    seen.retain(|peer| after.is_none_or(|after| peer.peer_id > after));
    seen.sort_unstable_by_key(|peer| peer.peer_id);
    let more = seen.len() > limit;
    seen.truncate(limit);
    // Those that speak Bitswap are among those that are connected, in the same order.
    let known = node.bitswap().connected_peers(after, limit).await.map_err(stopping)?;
    let known: BTreeMap<_, _> = known.into_iter().map(|known| (known.peer, known)).collect();
    let rows = seen.iter().map(|peer| rows::peer(peer, known.get(&peer.peer_id))).collect();
    let next = seen.last().filter(|_| more).map(|last| last.peer_id.to_string());
    Ok(Json(Page { items: rows, next }))
}

/// The addresses of peers, if there are not too many.
pub(super) fn addresses(texts: &[&str]) -> Result<Vec<Multiaddr>, CliError> {
    if texts.len() > MOST_PEERS {
        let why = format!("{} addresses, at most {MOST_PEERS}", texts.len());
        return Err(errors::bad_request(&why));
    }
    let parsed = |text: &&str| {
        Multiaddr::from_str(text).map_err(|why| errors::bad_address(text, &why.to_string()))
    };
    texts.iter().map(parsed).collect()
}

/// Returns those that could not be reached.
pub(super) async fn connect(
    State(served): State<Served>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Vec<Refused>>, CliError> {
    let body = body.map_err(|why| errors::bad_request(&why.body_text()))?;
    let Connect { addresses, one } = understood(&body)?;
    let texts: Vec<_> = addresses.iter().map(String::as_str).collect();
    let (node, addresses) = (served.node()?, self::addresses(&texts)?);
    let failures =
        if one { node.connect_one(addresses).await } else { node.connect(addresses).await };
    let refused = |failure: bitswap_host::DialFailure| Refused {
        address: failure.address.to_string(),
        why: failure.why,
        denied: failure.denied,
    };
    Ok(Json(failures.into_iter().map(refused).collect()))
}

/// Returns those that were not connected.
pub(super) async fn disconnect(
    State(served): State<Served>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Vec<String>>, CliError> {
    let body = body.map_err(|why| errors::bad_request(&why.body_text()))?;
    let Disconnect { peers } = understood(&body)?;
    if peers.len() > MOST_PEERS {
        let why = format!("{} peers, at most {MOST_PEERS}", peers.len());
        return Err(errors::bad_request(&why));
    }
    let named: Vec<_> = peers.iter().map(|text| named(text)).collect::<Result<_, _>>()?;
    let node = served.node()?;
    let mut strangers = Vec::new();
    for (peer, text) in named.into_iter().zip(peers) {
        if !node.disconnect(peer).await {
            strangers.push(text);
        }
    }
    Ok(Json(strangers))
}

pub(super) async fn wantlist(State(served): State<Served>, asked: Asked) -> Paged<WantRow> {
    let (after, limit) = part::<u64>(asked)?;
    let bitswap = served.node()?.bitswap().clone();
    let wants = bitswap.open_wants(after.unwrap_or(0), limit).await.map_err(stopping)?;
    let next = wants.last().filter(|_| wants.len() == limit).map(|last| last.order.to_string());
    Ok(Json(Page { items: wants.iter().map(rows::want).collect(), next }))
}

pub(super) async fn sessions(State(served): State<Served>, asked: Asked) -> Paged<SessionRow> {
    let (after, limit) = part::<u64>(asked)?;
    let bitswap = served.node()?.bitswap().clone();
    let open = bitswap.open_sessions(after.map(SessionId), limit).await.map_err(stopping)?;
    let next = open.last().filter(|_| open.len() == limit).map(|last| last.session.0.to_string());
    Ok(Json(Page { items: open.iter().map(rows::session).collect(), next }))
}

pub(super) async fn wants_of(
    State(served): State<Served>,
    Path(peer): Path<String>,
    asked: Asked,
) -> Paged<PeerWantRow> {
    let (after, limit) = part::<u64>(asked)?;
    let id = named(&peer)?;
    let bitswap = served.node()?.bitswap().clone();
    let wants = bitswap.wants_of(id, after.unwrap_or(0), limit).await.map_err(stopping)?;
    let wants = wants.ok_or_else(|| errors::not_connected(&peer))?;
    let next = wants.last().filter(|_| wants.len() == limit).map(|last| last.arrival.to_string());
    Ok(Json(Page { items: wants.iter().map(rows::peer_want).collect(), next }))
}

pub(super) async fn ledger(State(served): State<Served>, asked: Asked) -> Paged<LedgerRow> {
    let (after, limit) = part::<PeerId>(asked)?;
    let bitswap = served.node()?.bitswap().clone();
    let known = bitswap.connected_peers(after, limit).await.map_err(stopping)?;
    let next = known.last().filter(|_| known.len() == limit).map(|last| last.peer.to_string());
    let rows = known.iter().map(|known| rows::account(&known.peer, &known.account)).collect();
    Ok(Json(Page { items: rows, next }))
}

pub(super) async fn account(
    State(served): State<Served>,
    Path(peer): Path<String>,
) -> Result<Json<LedgerRow>, CliError> {
    let id = named(&peer)?;
    let account = served.node()?.bitswap().account(id).await.map_err(stopping)?;
    let account = account.ok_or_else(|| errors::no_account(&peer))?;
    Ok(Json(rows::account(&id, &account)))
}

/// The part of a list that is asked for: where it begins, and how long it is.
fn part<T: FromStr>(asked: Asked) -> Result<(Option<T>, usize), CliError> {
    let asked = query(asked)?;
    let bad = |_| errors::bad_request(&"the cursor is none of this list");
    let after = asked.cursor.as_deref().map(str::parse).transpose().map_err(bad)?;
    Ok((after, asked.limit.unwrap_or(MOST_ROWS).clamp(1, MOST_ROWS)))
}

fn named(peer: &str) -> Result<PeerId, CliError> {
    peer.parse().map_err(|_| errors::bad_peer_id(peer))
}

fn stopping(_: Closed) -> CliError {
    CliError::stopping()
}
