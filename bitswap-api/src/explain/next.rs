//! What happens next, and when: only what the engine itself waits for.

use bitswap_net::{PeerDetail, Timestamp, WantDetail, WantStep};
use bitswap_service::units::size;

use super::text::{count, short};
use crate::forms::NextRow;

/// The most moments that are told.
const MOST: usize = 3;

/// What happens to a want next.
pub(super) fn of_want(since: Timestamp, now: Timestamp, want: &WantDetail) -> Vec<NextRow> {
    let mut rows = Rows { since, now, all: Vec::new() };
    for asked in want.asked.iter().filter(|asked| asked.open && asked.is_for_block()) {
        let peer = short(&asked.peer);
        if let Some(soon) = asked.comes_in() {
            let rate = size(asked.delivery_rate.unwrap_or_default());
            rows.add(now.after(soon), format!("the block, from {peer}"), &format!("at {rate}/s"));
        }
        match asked.times_out_at {
            Some(at) => rows.add(at, format!("give up on {peer}, ask another"), "its timeout"),
            None => rows.add(now, format!("the ask is sent to {peer}"), "when it can be written"),
        }
    }
    for (peer, at) in &want.scheduled {
        rows.add(*at, format!("ask {} for it", short(peer)), "a scheduled ask");
    }
    if let WantStep::HeldBack { until: Some(at) } = want.step {
        rows.add(at, "ask somebody, whatever the selector says".to_owned(), "engine: held_back");
    }
    if let Some(search) = &want.search
        && let Some(at) = search.next_step_at
    {
        let why = format!("{}: {}", search.finder, search.reason);
        rows.add(at, "the next step of the search".to_owned(), &why);
    }
    if let Some(at) = want.times_out_at {
        rows.add(at, "fail: the time of its callers is over".to_owned(), "their timeout");
    }
    rows.sorted()
}

/// What happens with a peer next.
pub(super) fn of_peer(since: Timestamp, peer: &PeerDetail) -> Vec<NextRow> {
    let mut rows = Rows { since, now: peer.now, all: Vec::new() };
    if let Some(at) = peer.next_timeout_at {
        rows.add(at, "give up on its answer to an ask".to_owned(), "its timeout");
    }
    if let Some((cid, at)) = &peer.next_deferral {
        let others = peer.deferred as u64 - 1;
        let and =
            if others > 0 { format!(", then {}", count(others, "other")) } else { String::new() };
        rows.add(*at, format!("decide again about {}{and}", short(cid)), "its deferral ends");
    }
    if let Some((at, of_node)) = peer.upload_free_at.filter(|_| peer.queued > 0) {
        let whose = if of_node { "the next turn of anybody" } else { "its next turn" };
        rows.add(at, whose.to_owned(), "the upload limit");
    }
    if let Some(at) = peer.ranked_again_at {
        let what =
            if peer.rank.is_none() && peer.queued > 0 { "served again" } else { "ranked again" };
        rows.add(at, format!("it is {what}"), peer.rank_reason);
    }
    rows.sorted()
}

struct Rows {
    since: Timestamp,
    now: Timestamp,
    all: Vec<NextRow>,
}

impl Rows {
    fn add(&mut self, at: Timestamp, text: String, why: &str) {
        self.all.push(NextRow {
            after_seconds: at.since(self.since).as_secs_f64(),
            in_seconds: at.since(self.now).as_secs_f64(),
            text,
            why: why.to_owned(),
        });
    }

    fn sorted(mut self) -> Vec<NextRow> {
        self.all.sort_by(|one, other| one.after_seconds.total_cmp(&other.after_seconds));
        self.all.truncate(MOST);
        self.all
    }
}
