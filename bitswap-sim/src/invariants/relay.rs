//! Relay requests, and blocks on their way through the node: I12 and I13.

use bitswap_core::wire::{Entry, Message, RelayHeader};
use bitswap_core::{Gauges, RelayConfig, Table, Timestamp};

use super::{CheckResult, name, violation};

/// Recent relay requests and the blocks that came for them.
#[derive(Debug, Default)]
pub(super) struct RelayChecks {
    config: RelayConfig,
    /// By the CID's name.
    requests: Table<u64, RelayRequests>,
    /// Names of our own wants where they are passed on, by the CID's name.
    own: Table<u64, u64>,
    /// Blocks that came for relay requests only, by the name of their bytes.
    blocks: Table<u64, ()>,
    /// When a request last came, or a block came or was sent for one.
    active_at: Option<Timestamp>,
}

/// The relay requests for one CID.
#[derive(Debug, Default)]
struct RelayRequests {
    of_bytes: u64,
    wants: Vec<RelayRequest>,
}

/// A relayed want, over whatever paths it came.
#[derive(Debug)]
struct RelayRequest {
    want_id: u64,
    ttl: u8,
    /// The peers that asked, and until when each request counts.
    from: Vec<(u64, Timestamp)>,
    /// The peers that were asked since `since`.
    to: Vec<u64>,
    since: Timestamp,
}

impl RelayRequests {
    /// Until when a peer's want counts.
    fn lasts(&self, from: u64, want_id: u64) -> Option<Timestamp> {
        let want = self.wants.iter().find(|want| want.want_id == want_id)?;
        want.from.iter().find_map(|(other, until)| (*other == from).then_some(*until))
    }

    /// A peer wants it no more, or under another name.
    fn forget(&mut self, from: u64) {
        for want in &mut self.wants {
            want.from.retain(|(other, _)| *other != from);
        }
    }
}

impl RelayChecks {
    pub(super) fn new(config: &RelayConfig) -> Self {
        Self { config: config.clone(), ..Self::default() }
    }

    /// A peer sent these wants.
    pub(super) fn heard(&mut self, now: Timestamp, from: u64, message: &Message) {
        if message.full {
            self.requests.iter_mut().for_each(|(_, requests)| requests.forget(from));
        }
        for entry in &message.entries {
            match entry {
                Entry::Want { cid, relay: Some(reach), .. } => {
                    let of_cid = name::of_cid(cid);
                    self.requests.or_default(of_cid).of_bytes = name::of_hash(cid.hash());
                    self.heard_want(now, from, (of_cid, reach));
                }
                Entry::Cancel { cid } => {
                    if let Some(requests) = self.requests.get_mut(&name::of_cid(cid)) {
                        requests.forget(from);
                    }
                }
                Entry::Want { relay: None, .. } => {}
            }
        }
    }

    fn heard_want(&mut self, now: Timestamp, from: u64, (of_cid, reach): (u64, &RelayHeader)) {
        self.active_at = Some(now);
        let life = self.config.life;
        let until = now.after(life.min(reach.life()));
        let requests = self.requests.or_default(of_cid);
        // What is said again lasts no longer.
        let until = requests.lasts(from, reach.want_id).filter(|at| now < *at).unwrap_or(until);
        requests.forget(from);
        let known = requests.wants.iter_mut().find(|want| want.want_id == reach.want_id);
        let Some(want) = known else {
            requests.wants.push(RelayRequest {
                want_id: reach.want_id,
                ttl: reach.ttl(),
                from: vec![(from, until)],
                to: Vec::new(),
                since: now,
            });
            return;
        };
        if now >= want.since.after(life) {
            want.since = now;
            want.to.clear();
        }
        want.ttl = want.ttl.max(reach.ttl());
        want.from.push((from, until));
    }

    /// A block that came for a relay request is sent: the other requests of its peer live longer.
    pub(super) fn served(&mut self, now: Timestamp, of_bytes: u64) {
        if self.had(of_bytes) {
            self.active_at = Some(now);
        }
    }

    /// A block came for a relay request: while it waits to be sent, the other requests of its peer
    /// live on.
    pub(super) fn came(&mut self, now: Timestamp, of_bytes: u64) {
        self.active_at = Some(now);
        self.blocks.insert(of_bytes, ());
    }

    /// Whether a block came for a relay request.
    pub(super) fn had(&self, of_bytes: u64) -> bool {
        self.blocks.contains(&of_bytes)
    }

    /// Whether a relay request for this CID may still be open.
    pub(super) fn is_live(&self, now: Timestamp, of_cid: u64) -> bool {
        self.may_be_open(now) && self.requests.contains(&of_cid)
    }

    /// Whether a relay request for a CID of these bytes may still be open.
    pub(super) fn is_live_for(&self, now: Timestamp, of_bytes: u64) -> bool {
        let mut all = self.requests.values();
        self.may_be_open(now) && all.any(|requests| requests.of_bytes == of_bytes)
    }

    /// Nobody here wants this CID any more.
    pub(super) fn own_is_over(&mut self, of_cid: u64) {
        self.own.remove(&of_cid);
    }

    /// A want is sent to `to`, which may be a requester itself: with a smaller TTL, not back to
    /// where it came from, and not to too many.
    pub(super) fn leaves(
        &mut self,
        now: Timestamp,
        (of_cid, to, is_requester): (u64, u64, bool),
        reach: &RelayHeader,
        is_own: bool,
    ) -> CheckResult {
        let (ttl, want_id) = (reach.ttl(), reach.want_id);
        if self.own.get(&of_cid) == Some(&want_id) {
            return Ok(());
        }
        let wants = self.requests.get_mut(&of_cid).map(|requests| &mut requests.wants);
        let known = wants.and_then(|wants| wants.iter_mut().find(|want| want.want_id == want_id));
        let Some(want) = known else {
            return match ttl {
                0..=RelayConfig::MAX_TTL if is_own => {
                    self.own.insert(of_cid, want_id);
                    Ok(())
                }
                _ => {
                    violation(12, || format!("want {want_id:x} leaves with TTL {ttl}, unheard of"))
                }
            };
        };
        if ttl >= want.ttl || ttl > self.config.max_ttl {
            return violation(12, || {
                format!("a want that came with TTL {} leaves with {ttl}", want.ttl)
            });
        }
        if want.to.contains(&to) {
            return Ok(());
        }
        let is_back = want.from.iter().any(|(from, until)| *from == to && now < *until);
        if is_back && is_requester {
            return violation(12, || format!("want {want_id:x} goes back to where it came from"));
        }
        want.to.push(to);
        let asked = want.to.len();
        if asked > self.config.degree {
            return violation(12, || format!("want {want_id:x} went to {asked} peers"));
        }
        Ok(())
    }

    /// Strangers' wants and blocks are within their budgets, and gone after their time.
    pub(super) fn within_bounds(&self, now: Timestamp, gauges: &Gauges) -> CheckResult {
        let Gauges { relayed_wants, relayed_bytes, .. } = *gauges;
        if relayed_wants > self.config.wants as u64 || relayed_bytes > self.config.ephemeral_bytes {
            return violation(12, || format!("{relayed_wants} wants, {relayed_bytes} bytes held"));
        }
        if relayed_wants + relayed_bytes > 0 && !self.may_be_open(now) {
            return violation(12, || {
                format!("{relayed_wants} strangers' wants are held for too long")
            });
        }
        Ok(())
    }

    /// Whether anything may be left of requests: they end after their life, and what came for them
    /// is held for a while.
    fn may_be_open(&self, now: Timestamp) -> bool {
        let longest = self.config.life + self.config.ephemeral_life;
        self.active_at.is_some_and(|at| now <= at.after(longest))
    }
}
