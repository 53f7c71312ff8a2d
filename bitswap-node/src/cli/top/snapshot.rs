//! What `top` shows: a look at a daemon, and what changed since the one before.

use std::collections::BTreeMap;
use std::time::Instant;

use bitswap_api::{Client, Counts, Identity, LookPage, PeerRow, Stat, WantRow};
use bitswap_service::error::CliError;
use serde::Serialize;

/// All that a daemon says at a moment.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) at: Instant,
    pub(super) identity: Identity,
    pub(super) stat: Stat,
    pub(super) peers: Vec<PeerRow>,
    /// The oldest.
    pub(super) wants: Vec<WantRow>,
}

/// What is shown of a look.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Snapshot {
    pub(super) peer_id: String,
    pub(super) agent: String,
    /// Since the look before; `None` = there was none, and so there are no rates.
    pub(super) seconds: Option<f64>,
    /// Block bytes, wanted or not, in a second.
    pub(super) received_per_second: Option<f64>,
    pub(super) sent_per_second: Option<f64>,
    pub(super) stat: Stat,
    pub(super) peers: Vec<PeerLine>,
    /// The oldest.
    pub(super) wants: Vec<WantRow>,
}

/// A peer, and what passes between us and it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PeerLine {
    #[serde(flatten)]
    pub(super) row: PeerRow,
    /// `None` = it was not there before.
    pub(super) received_per_second: Option<f64>,
    pub(super) sent_per_second: Option<f64>,
}

impl Look {
    /// The most wants that anybody reads in a picture.
    const WANTS: usize = 50;

    /// Asks the daemon.
    pub(super) async fn take(client: &Client) -> Result<Self, CliError> {
        let page = LookPage { limit: Some(Self::WANTS), ..LookPage::default() };
        let (stat, identity) = (client.stat().await?, client.id().await?);
        let at = Instant::now();
        let peers = all_peers(client).await?;
        let wants = client.wantlist(&page).await?.items;
        Ok(Self { at, identity, stat, peers, wants })
    }

    /// Block bytes that came, wanted or not.
    fn received(&self) -> u64 {
        let Stat { received, duplicate, unasked, .. } = &self.stat;
        [received, duplicate, unasked].into_iter().map(|Counts { bytes, .. }| bytes).sum()
    }
}

/// From the first page to the last.
async fn all_peers(client: &Client) -> Result<Vec<PeerRow>, CliError> {
    let (mut peers, mut page) = (Vec::new(), LookPage::default());
    loop {
        let found = client.peers(&page).await?;
        peers.extend(found.items);
        if found.next.is_none() {
            return Ok(peers);
        }
        page.cursor = found.next;
    }
}

impl Snapshot {
    /// What is now, and how fast it came to that.
    pub(super) fn of(before: Option<&Look>, now: &Look) -> Self {
        let seconds = before.map(|before| now.at.saturating_duration_since(before.at));
        let seconds = seconds.map(|passed| passed.as_secs_f64()).filter(|passed| *passed > 0.0);
        // Counts of a daemon that was started anew are smaller.
        let rate = |before: u64, now: u64| Some(now.saturating_sub(before) as f64 / seconds?);
        let earlier: BTreeMap<&str, &PeerRow> = before
            .iter()
            .flat_map(|before| &before.peers)
            .map(|row| (row.peer_id.as_str(), row))
            .collect();
        let peer = |row: &PeerRow| {
            let before = earlier.get(row.peer_id.as_str());
            PeerLine {
                row: row.clone(),
                received_per_second: before
                    .and_then(|before| rate(before.received_bytes, row.received_bytes)),
                sent_per_second: before.and_then(|before| rate(before.sent_bytes, row.sent_bytes)),
            }
        };
        let sent = |look: &Look| look.stat.sent.bytes;
        Self {
            peer_id: now.identity.peer_id.clone(),
            agent: now.identity.agent.clone(),
            seconds,
            received_per_second: before.and_then(|before| rate(before.received(), now.received())),
            sent_per_second: before.and_then(|before| rate(sent(before), sent(now))),
            stat: now.stat.clone(),
            peers: now.peers.iter().map(peer).collect(),
            wants: now.wants.clone(),
        }
    }
}
