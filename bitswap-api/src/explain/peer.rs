//! The explanation of a peer.

use bitswap_core::strategy::{Account, PeerClass};
use bitswap_net::{PeerDetail, PeerExplanation};
use bitswap_service::units::{age, size};
use libp2p::PeerId;

use super::text::{count, of_peer};
use super::{advice, next, rows};
use crate::forms::Explanation;
use crate::rows as api_rows;

/// What there is to say of a peer; `None` = nothing is known of it.
pub(super) fn explanation(id: &PeerId, known: &PeerExplanation) -> Option<Explanation> {
    let (detail, story) = (&known.detail, known.story.as_ref());
    if detail.connected.is_none() && story.is_none() && detail.account.is_none() {
        return None;
    }
    let since = story.map(|story| story.since).or(detail.connected_since).unwrap_or(detail.now);
    Some(Explanation {
        kind: "peer".to_owned(),
        id: id.to_string(),
        session: None,
        age_seconds: detail.connected_since.map(|at| detail.now.since(at).as_secs_f64()),
        now_seconds: detail.now.since(since).as_secs_f64(),
        state: state(detail),
        ended: false,
        ended_seconds_ago: None,
        facts: facts(detail),
        account: detail.account.as_ref().map(|account| api_rows::account(id, account)),
        lines: rows(story, of_peer),
        left_out: story.map_or(0, |story| story.left_out),
        next: next::of_peer(since, detail),
        advice: advice::of_peer(detail, story),
        why_not_here: None,
    })
}

fn state(peer: &PeerDetail) -> String {
    if peer.connected.is_none() {
        return "not connected".to_owned();
    }
    let mut parts = Vec::new();
    if peer.deferred > 0 {
        parts.push(format!("{} deferred", count(peer.deferred as u64, "request")));
    }
    if peer.queued > 0 {
        parts.push(format!("{} queued", count(peer.queued as u64, "block")));
    }
    let asks = peer.connected.as_ref().map_or(0, |known| known.block_asks_in_flight);
    if asks > 0 {
        parts.push(format!("asked for {}", count(asks.into(), "block")));
    }
    if parts.is_empty() { "connected, idle".to_owned() } else { parts.join(", ") }
}

fn facts(peer: &PeerDetail) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(known) = &peer.connected {
        let mut fact = known.capabilities.protocol.protocol_id().to_owned();
        if let Some(round_trip) = known.round_trip {
            fact = format!("{fact}, round trip {}", age(round_trip.as_secs_f64()));
        }
        if let Some(usual) = peer.answer_time {
            fact = format!("{fact}, answers in {}", age(usual.as_secs_f64()));
        }
        facts.push(match peer.class {
            PeerClass::Other => fact,
            PeerClass::Peered => format!("{fact}, named by the operator"),
        });
    }
    if let Some(account) = &peer.account {
        facts.push(passed(account));
    }
    if let Some(weight) = peer.weight {
        let share = f64::from(weight.get()) / 1024.0;
        let rank = peer.rank.map_or(String::new(), |rank| format!(", rank {rank:?}"));
        facts.push(format!("weight {share:.2}{rank}"));
    }
    facts
}

fn passed(account: &Account) -> String {
    let (sent, received) = (size(account.sent_to), size(account.received_from));
    let balance = match (account.debt_owed_to_us(), account.debt_we_owe()) {
        (0, 0) => "nobody owes anything".to_owned(),
        (owed, 0) => format!("it owes us {}", size(owed)),
        (_, owed) => format!("we owe it {}", size(owed)),
    };
    let refused = match account.refusals {
        0 => String::new(),
        refusals => format!(", {} refused", count(refusals.into(), "request")),
    };
    format!("sent it {sent}, received {received}: {balance}{refused}")
}
