//! The node's own words, as rows.

use std::num::NonZeroU64;
use std::time::Duration;

use bitswap_core::strategy::{Account, Mean, PartReport, Report};
use bitswap_core::wire::{ProtocolVersion, WantKind};
use bitswap_core::{
    AskedPeer, BlockCount, ConnectedPeer, OpenSession, OpenWant, PeerWant, PeerWantState, Stats,
    StrategyStats, WantState,
};
use bitswap_host::{PeerView, Reachability};
use bitswap_net::{Provider, QueryOutcome, RateLimits, RouterEvent, RouterFinding, RouterStats};
use bitswap_service::keep::{Collected, Pin};
use bitswap_service::node::PeerPlace;
use bitswap_service::process::ProcessInfo;
use bitswap_store::Usage;
use libp2p::{Multiaddr, PeerId};

use super::forms::{
    Asked, Counts, FoundPeer, GcReport, Identity, KeptBy, LedgerRow, LimitsForm, MeanForm, Memory,
    PeerRow, PeerWantRow, PinRow, RouterForm, RouterSaid, SessionRow, Stat, StoreForm,
    StrategyPart, StrategyUse, WantRow,
};
use crate::bounds::MOST_ROWS;

/// The identity of a node.
pub fn identity(
    peer_id: &PeerId,
    addresses: &[Multiaddr],
    reachability: Option<Reachability>,
) -> Identity {
    Identity {
        peer_id: peer_id.to_string(),
        agent: concat!("bitswap/", env!("CARGO_PKG_VERSION")).to_owned(),
        addresses: addresses.iter().map(ToString::to_string).collect(),
        reachability: reachability.map(|known| known.name().to_owned()),
        protocols: ProtocolVersion::NEWEST_FIRST
            .map(|protocol| protocol.protocol_id().to_owned())
            .to_vec(),
    }
}

/// A pin.
pub fn pin(pin: &Pin) -> PinRow {
    PinRow { cid: pin.cid.to_string(), kind: pin.kind }
}

/// A collection of garbage.
pub fn collected(collected: &Collected, dry_run: bool) -> GcReport {
    let Collected { swept, pins, missing, first_missing } = collected;
    let kept_by = pins.iter().take(MOST_ROWS).map(|share| KeptBy {
        cid: share.pin.cid.to_string(),
        kind: share.pin.kind,
        blocks: share.blocks,
        bytes: share.bytes,
    });
    GcReport {
        dry_run,
        freed_blocks: swept.freed_blocks,
        freed_bytes: swept.freed_bytes,
        kept_blocks: swept.marked_blocks,
        kept_bytes: swept.marked_bytes,
        recent_blocks: swept.recent_blocks,
        recent_bytes: swept.recent_bytes,
        missing_blocks: *missing,
        first_missing: first_missing.as_ref().map(|absent| absent.cid.to_string()),
        pins: pins.len() as u64,
        kept_by: kept_by.collect(),
    }
}

/// A connected peer: as the host sees it, and as the engine does if it speaks Bitswap.
pub(super) fn peer(seen: &PeerView, known: Option<&ConnectedPeer>) -> PeerRow {
    let oldest = seen.connections.first();
    let round_trip = known.and_then(|known| known.round_trip).or(seen.round_trip);
    let account = known.map(|known| &known.account);
    PeerRow {
        peer_id: seen.peer_id.to_string(),
        agent: seen.agent.clone(),
        protocol: known.map(|known| known.capabilities.protocol.protocol_id().to_owned()),
        address: oldest.map(|connection| connection.address.to_string()),
        inbound: oldest.is_some_and(|connection| connection.inbound),
        relayed: seen.connections.iter().all(|connection| connection.relayed),
        round_trip_seconds: round_trip.as_ref().map(Duration::as_secs_f64),
        sent_bytes: account.map_or(0, |account| account.sent_to),
        received_bytes: account.map_or(0, |account| account.received_from),
        queued_bytes: known.map_or(0, |known| known.queued_bytes),
        in_flight_bytes: known.map_or(0, |known| known.in_flight_bytes),
        asked_blocks: known.map_or(0, |known| known.block_asks_in_flight),
        wants: known.map_or(0, |known| known.requests as u64),
    }
}

/// Where a peer is.
pub fn found_peer(place: &PeerPlace) -> FoundPeer {
    FoundPeer {
        peer_id: place.peer.to_string(),
        addresses: place.addresses.iter().map(ToString::to_string).collect(),
        connected: place.is_connected,
    }
}

/// What a router said.
pub(super) fn router_said(event: &RouterEvent) -> RouterSaid {
    let mut said = RouterSaid { router: event.router.to_string(), ..RouterSaid::default() };
    match &event.finding {
        RouterFinding::Provider(provider) => {
            said.peer_id = Some(provider.peer.to_string());
            said.addresses = provider.addresses.iter().map(ToString::to_string).collect();
        }
        RouterFinding::Ended(QueryOutcome::Answered) => said.ended = Some("answered".to_owned()),
        RouterFinding::Ended(QueryOutcome::TimedOut) => said.ended = Some("timed out".to_owned()),
        RouterFinding::Ended(QueryOutcome::Failed(why)) => {
            (said.ended, said.why) = (Some("failed".to_owned()), Some(why.clone()));
        }
    }
    said
}

/// The same, back again; `None` = it is nonsense.
pub fn router_event(said: &RouterSaid) -> Option<RouterEvent> {
    let finding = match (&said.peer_id, said.ended.as_deref()) {
        (Some(peer), _) => {
            let addresses = said.addresses.iter().map(|address| address.parse().ok());
            let addresses = addresses.collect::<Option<_>>()?;
            RouterFinding::Provider(Provider { peer: peer.parse().ok()?, addresses })
        }
        (None, Some("answered")) => RouterFinding::Ended(QueryOutcome::Answered),
        (None, Some("timed out")) => RouterFinding::Ended(QueryOutcome::TimedOut),
        (None, _) => {
            RouterFinding::Ended(QueryOutcome::Failed(said.why.clone().unwrap_or_default()))
        }
    };
    Some(RouterEvent { router: said.router.as_str().into(), finding })
}

/// A session of ours.
pub(super) fn session(session: &OpenSession) -> SessionRow {
    SessionRow {
        id: session.session.0.to_string(),
        age_seconds: session.age.as_secs_f64(),
        ttl: session.ttl,
        wants: session.wants,
        asked_blocks: session.block_asks_in_flight,
        members: session.members as u64,
        received: Counts { blocks: session.blocks_received, bytes: session.bytes_received },
        duplicate_blocks: session.duplicates,
        last_block_seconds_ago: session.last_block.as_ref().map(Duration::as_secs_f64),
    }
}

/// A want of ours.
pub(super) fn want(want: &OpenWant) -> WantRow {
    let state = match want.state {
        WantState::Looking => "looking in the store",
        WantState::Asked => "asked for",
        WantState::Searched => "searched for",
        WantState::Waiting => "waiting",
    };
    WantRow {
        cid: want.cid.to_string(),
        age_seconds: want.age.as_secs_f64(),
        state: state.to_owned(),
        callers: want.callers as u64,
        asked: want.asked.iter().map(asked).collect(),
    }
}

/// A want of a peer.
pub(super) fn peer_want(want: &PeerWant) -> PeerWantRow {
    let state = match want.state {
        PeerWantState::Looking => "looking in the store",
        PeerWantState::Absent => "not here",
        PeerWantState::Deferred => "put off",
        PeerWantState::Queued => "queued",
        PeerWantState::Leaving => "leaving",
    };
    PeerWantRow {
        cid: want.cid.to_string(),
        kind: kind(want.kind),
        priority: want.priority,
        age_seconds: want.age.as_secs_f64(),
        state: state.to_owned(),
    }
}

/// An account.
pub fn account(peer_id: &PeerId, account: &Account) -> LedgerRow {
    LedgerRow {
        peer_id: peer_id.to_string(),
        sent_bytes: account.sent_to,
        sent_blocks: account.blocks_sent_to,
        received_bytes: account.received_from,
        received_blocks: account.blocks_received_from,
        duplicate_bytes: account.duplicate_received_from,
        unasked_bytes: account.unasked_received_from,
        debt_owed_to_us_bytes: account.debt_owed_to_us(),
        debt_we_owe_bytes: account.debt_we_owe(),
        refusals: account.refusals,
    }
}

/// Counts and sizes.
pub(super) fn stat(
    stats: &Stats,
    uptime: Duration,
    memory: Memory,
    (store, limits): (StoreForm, LimitsForm),
) -> Stat {
    let Stats { client, server, wire, gauges, .. } = stats;
    Stat {
        uptime_seconds: uptime.as_secs_f64(),
        peers: gauges.peers,
        sessions: gauges.sessions,
        wants: gauges.wants,
        wants_asked: gauges.asked,
        wants_held_back: gauges.held_back,
        searches: gauges.searches,
        requests: gauges.requests,
        queued: Counts { blocks: gauges.tasks, bytes: gauges.task_bytes },
        received: counts(client.wanted),
        duplicate: counts(client.duplicate),
        unasked: counts(client.unasked),
        sent: counts(server.blocks_sent),
        messages_in: wire.messages_in,
        messages_out: wire.messages_out,
        message_faults: wire.refused + wire.send_failures,
        generation: stats.strategy_generation,
        strategies: stats.strategies.iter().map(strategy_use).collect(),
        memory,
        store,
        limits,
        routers: Vec::new(),
        bootstrap_peers: 0,
        bootstrap_reached: 0,
    }
}

/// What became of the look-ups at a router.
pub(super) fn router(stats: RouterStats) -> RouterForm {
    RouterForm {
        router: stats.router.to_string(),
        lookups: stats.lookups,
        providers: stats.providers,
        failures: stats.failures,
        timeouts: stats.timeouts,
        last_error: stats.last_error.map(|why| why.to_string()),
    }
}

/// What goes on with the node's own wants, as all who show it say it.
pub fn wants_in_words(Stat { wants_asked, wants_held_back, searches, .. }: &Stat) -> String {
    format!("{wants_asked} asked, {wants_held_back} held back, {searches} searched for")
}

/// What a store holds, on a disk with so many bytes free.
pub(super) fn store(usage: Usage, free_bytes: Option<u64>) -> StoreForm {
    let Usage { blocks, bytes, failing, .. } = usage;
    StoreForm { blocks, bytes, free_bytes, failing: failing.map(|why| why.to_string()) }
}

/// The rates that are in force.
pub(super) fn limits(rates: &RateLimits) -> LimitsForm {
    LimitsForm {
        upload: rates.upload.map(NonZeroU64::get),
        upload_per_peer: rates.upload_per_peer.map(NonZeroU64::get),
        download: rates.download.map(NonZeroU64::get),
        download_per_peer: rates.download_per_peer.map(NonZeroU64::get),
    }
}

/// Who holds memory, with a store that holds so many bytes.
pub(super) fn memory(stats: &Stats, process: ProcessInfo, store_bytes: u64) -> Memory {
    Memory {
        resident_bytes: process.resident,
        peak_bytes: process.peak,
        store_bytes,
        sending_bytes: stats.gauges.outstanding_bytes,
        relayed_bytes: stats.gauges.relayed_bytes,
        untaken_bytes: stats.transport.untaken_bytes,
        unfinished_bytes: stats.transport.unfinished_bytes,
    }
}

fn strategy_use(stats: &StrategyStats) -> StrategyUse {
    StrategyUse {
        role: stats.role.name().to_owned(),
        strategy: stats.strategy.as_ref().to_owned(),
        in_use: stats.in_use,
        generation: stats.since_generation,
        decisions: stats.decisions_total(),
        parts: stats.report.parts().iter().map(|part| strategy_part(&stats.report, part)).collect(),
    }
}

fn strategy_part(report: &Report, part: &PartReport) -> StrategyPart {
    let arm_a = part.part.strip_suffix('b').and_then(|other| report.part(&format!("{other}a")));
    let mean = |(name, mean): &(&'static str, Mean)| {
        let of_a = arm_a.and_then(|arm_a| arm_a.mean(name));
        let form = MeanForm {
            samples: mean.samples(),
            mean: mean.mean(),
            half_width: mean.half_width(),
            differs_from_a: of_a.and_then(|of_a| mean.differs_from(of_a)),
        };
        ((*name).to_owned(), form)
    };
    StrategyPart {
        part: part.part.clone(),
        strategy: part.strategy.clone(),
        counts: part.counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
        means: part.means.iter().map(mean).collect(),
        examples: part.examples.clone(),
    }
}

fn asked(asked: &AskedPeer) -> Asked {
    Asked {
        peer_id: asked.peer.to_string(),
        kind: kind(asked.kind),
        age_seconds: asked.age.as_secs_f64(),
        open: asked.open,
        has: asked.has,
    }
}

fn kind(kind: WantKind) -> String {
    match kind {
        WantKind::Block => "block",
        WantKind::Have => "have",
    }
    .to_owned()
}

const fn counts(counted: BlockCount) -> Counts {
    Counts { blocks: counted.blocks, bytes: counted.bytes }
}
