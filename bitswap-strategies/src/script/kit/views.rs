//! Views made of maps, with the names of their fields; what a map leaves out is 0 or unknown.

use bitswap_core::strategy::{
    Account, InFlight, PeerClass, PeerQueueView, PeerView, Presence, RelayRequestView, RelayView,
    RequestView, SearchView, SearchedWant, StrategyEvent, TaskView, WantPhase, WantView, Weight,
};
use bitswap_core::wire::WantKind;
use bitswap_core::{AskOutcome, CidKey, PeerKey, SessionId, Timestamp};
use rhai::{Array, Dynamic, Engine, EvalAltResult, INT, Map};

use crate::fixture;
use crate::script::budget::Meter;
use crate::script::convert::{Fields, array, number, peers};
use crate::script::handle::AsksHandle;
use crate::script::mirror::{
    finder::SearchRows, full_session::FullSession, registry::Relay, selector::PeerRow,
    selector::SessionRows,
};

/// Registers a function that makes a view of a map, in which every field has to have its place.
macro_rules! maker {
    ($engine:ident, $name:literal, $make:expr) => {
        $engine.register_fn($name, |map: Map| {
            let mut given = Fields::any(map);
            let made = $make(&mut given)?;
            given.nothing_left()?;
            Ok::<_, Box<EvalAltResult>>(made)
        });
    };
}

pub(super) fn register(engine: &mut Engine, meter: &Meter) {
    let meter = meter.clone();
    engine.register_fn("session", move |map: Map| {
        let mut given = Fields::any(map);
        let rows = session(&mut given)?;
        given.nothing_left()?;
        Ok::<_, Box<EvalAltResult>>(SessionRows::new(&rows.view(), meter.clone()))
    });
    maker!(engine, "account", account);
    maker!(engine, "event", event);
    maker!(engine, "full_session", full_session);
    maker!(engine, "peer", |given: &mut Fields| {
        peer_row(given, 1).map(|view| PeerRow { view, column: 0 })
    });
    maker!(engine, "peer_queue", peer_queue);
    maker!(engine, "relay_request", relay_request);
    maker!(engine, "request", request);
    maker!(engine, "search", search);
    maker!(engine, "task", task);
    engine.register_fn("relay_view", |eligible: Array| {
        let eligible = peers("eligible", eligible.into())?;
        Ok::<_, Box<EvalAltResult>>(Relay::new(&relay_view(&eligible)))
    });
    engine
        .register_get("list", |asks: &mut AsksHandle| asks.list())
        .register_get("wakes_at_ms", |asks: &mut AsksHandle| asks.wakes_at());
}

/// For a requester of whom nothing is held.
const fn relay_view(eligible: &[PeerKey]) -> RelayView<'_> {
    RelayView { eligible, degree_left: 3, held_for_requester: 0, held_for_requester_max: 64 }
}

fn account(given: &mut Fields) -> Result<Account, String> {
    Ok(Account {
        class: class(given)?,
        is_local: given.truth("is_local")?.unwrap_or_default(),
        connected_since: given.moment("connected_since_ms")?,
        wants_from_us: small(given, "wants_from_us")?,
        asked_of: small(given, "asked_of")?,
        pending_bytes: whole(given, "pending_bytes")?,
        in_flight_bytes_to: whole(given, "in_flight_bytes_to")?,
        last_exchange_at: given.moment("last_exchange_at_ms")?,
        sent_to: whole(given, "sent_to")?,
        blocks_sent_to: whole(given, "blocks_sent_to")?,
        received_from: whole(given, "received_from")?,
        blocks_received_from: whole(given, "blocks_received_from")?,
        duplicate_received_from: whole(given, "duplicate_received_from")?,
        unasked_received_from: whole(given, "unasked_received_from")?,
        relayed_sent_to: whole(given, "relayed_sent_to")?,
        relayed_received_from: whole(given, "relayed_received_from")?,
        refusals: small(given, "refusals")?,
        ..Account::new(peer(given, "peer")?, moment(given, "first_seen_at_ms")?)
    })
}

fn peer_queue(given: &mut Fields) -> Result<PeerQueueView, String> {
    let weight = given.count("weight")?.unwrap_or_else(|| Weight::ONE.get().into());
    Ok(PeerQueueView {
        peer: peer(given, "peer")?,
        class: class(given)?,
        is_local: given.truth("is_local")?.unwrap_or_default(),
        weight: Weight::parts(u32::try_from(weight).unwrap_or(u32::MAX)),
        pending_tasks: small(given, "pending_tasks")?,
        pending_bytes: whole(given, "pending_bytes")?,
        in_flight_bytes_to: whole(given, "in_flight_bytes_to")?,
        next_task_bytes: small(given, "next_task_bytes")?,
        next_task_relayed: given.truth("next_task_relayed")?.unwrap_or_default(),
        oldest_task_at: moment(given, "oldest_task_at_ms")?,
        last_served_at: given.moment("last_served_at_ms")?,
        backlogged_since: moment(given, "backlogged_since_ms")?,
        served_since_backlogged: whole(given, "served_since_backlogged")?,
        start_tag: whole(given, "start_tag")?,
        turn: whole(given, "turn")?,
        sent_to: whole(given, "sent_to")?,
        received_from: whole(given, "received_from")?,
    })
}

fn task(given: &mut Fields) -> Result<TaskView, String> {
    Ok(TaskView {
        peer: peer(given, "peer")?,
        want: want(given)?,
        bytes: small(given, "bytes")?,
        priority: signed(given, "priority")?,
        arrival: whole(given, "arrival")?,
        arrived_at: moment(given, "arrived_at_ms")?,
        relayed: given.truth("relayed")?.unwrap_or_default(),
    })
}

fn request(given: &mut Fields) -> Result<RequestView, String> {
    let bytes = given.count("bytes")?;
    Ok(RequestView {
        want: want(given)?,
        kind: want_kind(given, "kind")?,
        bytes: bytes.map(|bytes| u32::try_from(bytes).unwrap_or(u32::MAX)),
        priority: signed(given, "priority")?,
        ttl: small(given, "ttl")?.min(255) as u8,
        deferrals: small(given, "deferrals")?,
    })
}

/// `wants` is a number of plain ones (1 if it is left out) or an array of maps. They were broadcast
/// when all were, unless they say otherwise.
fn search(given: &mut Fields) -> Result<SearchRows, String> {
    let last_broadcast_at = given.moment("last_broadcast_at_ms")?;
    let mut view = SearchView {
        members: small(given, "members")?,
        peers_connected: small(given, "peers_connected")?,
        candidates_asked: given.truth("candidates_asked")?.unwrap_or_default(),
        broadcasts: small(given, "broadcasts")?,
        last_broadcast_at,
        others_left: given.truth("others_left")?.unwrap_or_default(),
        lookups: small(given, "lookups")?,
        last_lookup_at: given.moment("last_lookup_at_ms")?,
        lookup_running: given.truth("lookup_running")?.unwrap_or_default(),
        providers_found: small(given, "providers_found")?,
        haves: small(given, "haves")?,
        relayed_haves: small(given, "relayed_haves")?,
        last_block_at: given.moment("last_block_at_ms")?,
        quiet_rounds: small(given, "quiet_rounds")?,
        answer_time: given.millis("answer_time_ms")?,
        ..SearchView::new(session_id(given)?, moment(given, "started_at_ms")?)
    };
    let rows = given.take("wants").unwrap_or_else(|| Dynamic::from(1 as INT));
    for (number, mut row) in (FIRST_WANT..).zip(maps("wants", Some(rows))?) {
        view.wants.push(searched_want(&mut row, number, last_broadcast_at)?);
        row.nothing_left()?;
    }
    let asked = view.wants.iter().filter(|row| row.phase == WantPhase::Asked).count() as u64;
    let in_flight = given.count("in_flight")?.unwrap_or(asked);
    let pending = given.count("pending")?.unwrap_or(view.wants.len() as u64);
    view.in_flight = u32::try_from(in_flight).unwrap_or(u32::MAX);
    view.pending = u32::try_from(pending).unwrap_or(u32::MAX);
    Ok(SearchRows::new(&view))
}

fn searched_want(
    row: &mut Fields,
    number: u64,
    broadcast_at: Option<Timestamp>,
) -> Result<SearchedWant, String> {
    let phase = match row.text("phase")?.as_deref() {
        None | Some("searching") => WantPhase::Searching,
        Some("undecided") => WantPhase::Undecided,
        Some("asked") => WantPhase::Asked,
        Some(other) => {
            let known = "asked, searching, undecided";
            return Err(format!("there is no phase `{other}`; there are {known}"));
        }
    };
    let want = CidKey(row.count("want")?.unwrap_or(number));
    Ok(SearchedWant {
        phase,
        failed_asks: small(row, "failed_asks")?,
        broadcast_at: row.moment("broadcast_at_ms")?.or(broadcast_at),
        looked_up_at: row.moment("looked_up_at_ms")?,
        ..SearchedWant::new(want, moment(row, "wanted_since_ms")?)
    })
}

fn relay_request(given: &mut Fields) -> Result<RelayRequestView, String> {
    let ttl = given.count("ttl")?.unwrap_or(1);
    Ok(RelayRequestView {
        want: want(given)?,
        requester: peer(given, "requester")?,
        ttl: u8::try_from(ttl).map_err(|_| format!("ttl is {ttl}, above 255"))?,
        seen_at: moment(given, "seen_at_ms")?,
    })
}

fn event(given: &mut Fields) -> Result<StrategyEvent, String> {
    let name = Fields::needed("kind", given.text("kind")?)?;
    if let Some(event) = event_without_peer(&name, given)? {
        return Ok(event);
    }
    let peer = peer(given, "peer")?;
    Ok(match name.as_str() {
        "ask_ended" => {
            let (session, want, kind) =
                (session_id(given)?, want(given)?, want_kind(given, "want_kind")?);
            let after = given.millis("after_ms")?.unwrap_or_default();
            let outcome = outcome(given)?;
            StrategyEvent::AskEnded { session, peer, want, kind, outcome, after }
        }
        "ask_made" => {
            let (session, want, kind) =
                (session_id(given)?, want(given)?, want_kind(given, "want_kind")?);
            StrategyEvent::AskMade { session, peer, want, kind, reason: "test" }
        }
        "block_received" => {
            let (session, want, bytes) = (session_id(given)?, want(given)?, small(given, "bytes")?);
            let after = given.millis("after_ms")?;
            StrategyEvent::BlockReceived { session, peer, want, bytes, after }
        }
        "block_sent" => {
            StrategyEvent::BlockSent { peer, want: want(given)?, bytes: small(given, "bytes")? }
        }
        "dont_have_received" => {
            let session = session_id(given)?;
            StrategyEvent::DontHaveReceived { session, peer, want: want(given)? }
        }
        "duplicate_received" => {
            let session = Some(session_id(given)?);
            StrategyEvent::DuplicateReceived { session, peer, bytes: small(given, "bytes")? }
        }
        "have_received" => {
            let (session, want, hops) = (session_id(given)?, want(given)?, small(given, "hops")?);
            let (after, hops) = (given.millis("after_ms")?, hops.min(255) as u8);
            StrategyEvent::HaveReceived { session, peer, want, after, hops }
        }
        "peer_connected" => StrategyEvent::PeerConnected { peer },
        "peer_disconnected" => StrategyEvent::PeerDisconnected { peer },
        "peer_reset" => StrategyEvent::PeerReset { peer },
        "provider_found" => {
            let session = session_id(given)?;
            StrategyEvent::ProviderFound { session, peer, want: want(given)? }
        }
        "queue_emptied" => StrategyEvent::QueueEmptied { peer },
        "turn_taken" => StrategyEvent::TurnTaken { peer, bytes: small(given, "bytes")?.into() },
        "want_seen" => StrategyEvent::WantSeen {
            peer,
            want: want(given)?,
            kind: want_kind(given, "want_kind")?,
        },
        _ => return Err(format!("there is no event `{name}`")),
    })
}

fn event_without_peer(name: &str, given: &mut Fields) -> Result<Option<StrategyEvent>, String> {
    Ok(Some(match name {
        "broadcast_made" => {
            let (session, want, peers) = (session_id(given)?, want(given)?, small(given, "count")?);
            StrategyEvent::BroadcastMade { session, want, peers }
        }
        "lookup_ended" => {
            let (session, want) = (session_id(given)?, want(given)?);
            StrategyEvent::LookupEnded { session, want, found: small(given, "count")? }
        }
        "session_closed" => StrategyEvent::SessionClosed { session: session_id(given)? },
        "session_opened" => StrategyEvent::SessionOpened { session: session_id(given)? },
        _ => return Ok(None),
    }))
}

/// `wants` and `peers` are numbers of plain ones or arrays of maps; `presences` has an array of
/// words for each want.
fn session(given: &mut Fields) -> Result<fixture::SessionRows, String> {
    let mut rows = fixture::SessionRows::new(&[], &[]);
    for (number, mut row) in (FIRST_WANT..).zip(maps("wants", given.take("wants"))?) {
        rows.wants.push(want_row(&mut row, number)?);
        row.nothing_left()?;
    }
    rows.peers = peer_rows("peers", given.take("peers"), 1)?;
    rows.presences = presences(given.take("presences"), rows.wants.len(), rows.peers.len())?;
    rows.session = session_id(given)?;
    rows.opened_at = moment(given, "opened_at_ms")?;
    let open = maps("in_flight", given.take("in_flight"))?;
    rows.in_flight = open.into_iter().map(in_flight_row).collect::<Result<_, String>>()?;
    let count = given.count("block_asks_in_flight")?.unwrap_or(rows.in_flight.len() as u64);
    rows.block_asks_in_flight = u32::try_from(count).unwrap_or(u32::MAX);
    rows.blocks_received = whole(given, "blocks_received")?;
    rows.bytes_received = whole(given, "bytes_received")?;
    rows.duplicates = whole(given, "duplicates")?;
    rows.block_bytes = given.count("block_bytes")?;
    rows.last_progress_at = given.moment("last_progress_at_ms")?;
    Ok(rows)
}

/// `newcomer` is a map, and `peers` are as those of a session.
fn full_session(given: &mut Fields) -> Result<FullSession, String> {
    let map = given.take("newcomer").unwrap_or_else(|| Map::new().into());
    let newcomer = peer_rows("newcomer", Some(vec![map].into()), FIRST_NEWCOMER)?.pop();
    let newcomer = Fields::needed("newcomer", newcomer)?;
    let peers = peer_rows("peers", given.take("peers"), 1)?;
    let (session, want) = (session_id(given)?, want(given)?);
    Ok(FullSession::new(&fixture::FullSessionRows { session, want, newcomer, peers }.view()))
}

const FIRST_NEWCOMER: u64 = 1_000;

fn peer_rows(what: &str, value: Option<Dynamic>, first: u64) -> Result<Vec<PeerView>, String> {
    let row = |(number, mut row): (u64, Fields)| {
        let view = peer_row(&mut row, number)?;
        row.nothing_left()?;
        Ok(view)
    };
    (first..).zip(maps(what, value)?).map(row).collect()
}

fn in_flight_row(mut row: Fields) -> Result<InFlight, String> {
    let (want, peer, since) =
        (want(&mut row)?, peer(&mut row, "peer")?, moment(&mut row, "since_ms")?);
    let hedged = row.truth("hedged")?.unwrap_or_default();
    row.nothing_left()?;
    Ok(InFlight { want, peer, since, hedged })
}

fn want_row(row: &mut Fields, number: u64) -> Result<WantView, String> {
    Ok(WantView {
        want: CidKey(row.count("want")?.unwrap_or(number)),
        wanted_since: moment(row, "wanted_since_ms")?,
        priority: signed(row, "priority")?,
        failed_asks: small(row, "failed_asks")?,
        holders: small(row, "holders")?,
        broken_haves: small(row, "broken_haves")?,
    })
}

fn peer_row(row: &mut Fields, number: u64) -> Result<PeerView, String> {
    Ok(PeerView {
        peer: PeerKey(row.count("peer")?.unwrap_or(number)),
        connected_since: moment(row, "connected_since_ms")?,
        class: class(row)?,
        is_local: row.truth("is_local")?.unwrap_or_default(),
        first_deliveries: small(row, "first_deliveries")?,
        recent_deliveries: small(row, "recent_deliveries")?,
        late_deliveries: small(row, "late_deliveries")?,
        dont_haves_in_a_row: small(row, "dont_haves_in_a_row")?,
        timeouts_in_a_row: small(row, "timeouts_in_a_row")?,
        broken_haves: small(row, "broken_haves")?,
        resets: small(row, "resets")?,
        block_asks_in_flight: small(row, "block_asks_in_flight")?,
        bytes_in_flight: whole(row, "bytes_in_flight")?,
        room: row.count("room")?.map_or(u32::MAX, |room| u32::try_from(room).unwrap_or(u32::MAX)),
        delivery_rate: row.count("delivery_rate")?,
        answer_time: row.millis("answer_time_ms")?,
        answer_time_min: row.millis("answer_time_min_ms")?,
        round_trip: row.millis("round_trip_ms")?,
    })
}

/// So many plain rows, or those of an array.
fn maps(what: &str, value: Option<Dynamic>) -> Result<Vec<Fields>, String> {
    let Some(value) = value else { return Ok(Vec::new()) };
    if let Ok(count) = value.as_int() {
        let most = 256;
        let count = usize::try_from(count).ok().filter(|count| *count <= most);
        let count = count.ok_or_else(|| format!("{what} are 0 to {most}"))?;
        return Ok((0..count).map(|_| Fields::any(Map::new())).collect());
    }
    let row = |value: Dynamic| {
        let given = value.type_name();
        let map = value.try_cast::<Map>();
        map.map(Fields::any).ok_or_else(|| format!("{what} holds no map but type {given}"))
    };
    array(what, value)?.into_iter().map(row).collect()
}

fn presences(value: Option<Dynamic>, wants: usize, peers: usize) -> Result<Vec<Presence>, String> {
    let Some(value) = value else { return Ok(vec![Presence::Unknown; wants * peers]) };
    let rows = array("presences", value)?;
    let wrong = || format!("presences need {wants} arrays of {peers} words each");
    let mut found = Vec::new();
    for row in rows {
        let words = array("a row of presences", row)?;
        if words.len() != peers {
            return Err(wrong());
        }
        for word in words {
            found.push(presence(&word.into_string().unwrap_or_default())?);
        }
    }
    if found.len() == wants * peers { Ok(found) } else { Err(wrong()) }
}

fn presence(word: &str) -> Result<Presence, String> {
    match word {
        "asked" => Ok(Presence::Asked),
        "dont_have" => Ok(Presence::DontHave),
        "provider" => Ok(Presence::Provider),
        "reachable" => Ok(Presence::Reachable),
        "have" => Ok(Presence::Have),
        "unknown" => Ok(Presence::Unknown),
        _ => Err(format!(
            "there is no presence `{word}`; there are asked, dont_have, have, provider, \
             reachable, unknown"
        )),
    }
}

const FIRST_WANT: u64 = 1_001;

fn peer(given: &mut Fields, name: &str) -> Result<PeerKey, String> {
    Ok(PeerKey(given.count(name)?.unwrap_or(1)))
}

fn class(given: &mut Fields) -> Result<PeerClass, String> {
    let Some(name) = given.text("class")? else { return Ok(PeerClass::default()) };
    PeerClass::of_name(&name).ok_or_else(|| {
        let names = PeerClass::ALL.map(PeerClass::name).join(", ");
        format!("there is no class `{name}`; there are {names}")
    })
}

fn session_id(given: &mut Fields) -> Result<SessionId, String> {
    Ok(SessionId(given.count("session")?.unwrap_or(1)))
}

fn outcome(given: &mut Fields) -> Result<AskOutcome, String> {
    let name = Fields::needed("outcome", given.text("outcome")?)?;
    AskOutcome::ALL.into_iter().find(|outcome| outcome.name() == name).ok_or_else(|| {
        let names = AskOutcome::ALL.map(AskOutcome::name).join(", ");
        format!("there is no outcome `{name}`; there are {names}")
    })
}

fn want(given: &mut Fields) -> Result<CidKey, String> {
    Ok(CidKey(given.count("want")?.unwrap_or(FIRST_WANT)))
}

fn want_kind(given: &mut Fields, name: &str) -> Result<WantKind, String> {
    match given.text(name)?.as_deref() {
        None | Some("block") => Ok(WantKind::Block),
        Some("have") => Ok(WantKind::Have),
        Some(other) => Err(format!("there is no kind `{other}`; there are block, have")),
    }
}

fn moment(given: &mut Fields, name: &str) -> Result<Timestamp, String> {
    Ok(given.moment(name)?.unwrap_or(Timestamp::ZERO))
}

fn whole(given: &mut Fields, name: &str) -> Result<u64, String> {
    Ok(given.count(name)?.unwrap_or_default())
}

fn small(given: &mut Fields, name: &str) -> Result<u32, String> {
    Ok(u32::try_from(whole(given, name)?).unwrap_or(u32::MAX))
}

fn signed(given: &mut Fields, name: &str) -> Result<i32, String> {
    let Some(value) = given.take(name) else { return Ok(0) };
    let bounds = INT::from(i32::MIN)..=INT::from(i32::MAX);
    let value = number(name, &value)?;
    Ok(value.clamp(*bounds.start(), *bounds.end()) as i32)
}
