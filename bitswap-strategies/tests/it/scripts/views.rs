//! Scripts see every field that native strategies see, under its name.

use bitswap_core::strategy::Role;
use bitswap_strategies::script::Script;
use toml::Table;

#[test]
fn every_field_can_be_read() {
    let scripts = [
        (Role::PeerSelector, SELECTOR),
        (Role::TaskPrioritizer, PRIORITIZER),
        (Role::LedgerPolicy, LEDGER),
        (Role::ProviderFinder, FINDER),
        (Role::Registry, REGISTRY),
    ];
    for (role, text) in scripts {
        let loaded = Script::load(role, "test", &format!("{text}{FACTS}"), &Table::new());

        assert!(loaded.is_ok(), "{role}: {loaded:?}");
    }
}

#[test]
fn the_example_of_the_page_works() {
    let page = include_str!("../../../../docs/strategies/write-a-script.md");
    let (_, rest) = page.split_once("```rhai\n").unwrap();
    let (text, _) = rest.split_once("```").unwrap();
    let loaded = Script::load(Role::LedgerPolicy, "page", text, &Table::new());

    assert!(loaded.is_ok(), "{loaded:?}");
}

const SELECTOR: &str = r#"
fn select(ctx, session, asks) {
    [session.session, session.opened_at_ms, session.pending_wants,
     session.block_asks_in_flight, session.blocks_received, ctx.now_ms, ctx.params,
     session.bytes_received, session.duplicates, session.block_bytes,
     session.last_progress_at_ms, session.answer_time_ms(95)];
    for open in session.in_flight {
        [open.want, open.peer, open.since_ms, open.hedged];
    }
    asks.wake_at(ctx.now_ms + 100);
    for want in session.wants {
        [want.row, want.want, want.wanted_since_ms, want.priority, want.failed_asks,
         want.holders, want.broken_haves];
    }
    for want in session.asked { session.candidates(want.row, 3); }
    for peer in session.peers {
        [peer.column, peer.peer, peer.first_deliveries, peer.dont_haves_in_a_row,
         peer.block_asks_in_flight, peer.answer_time_ms, peer.round_trip_ms,
         peer.connected_since_ms, peer.recent_deliveries, peer.late_deliveries,
         peer.timeouts_in_a_row, peer.broken_haves, peer.resets, peer.bytes_in_flight,
         peer.delivery_rate, peer.answer_time_min_ms, peer.class, peer.is_local];
        if session.wants.is_empty() { continue; }
        let said = session.presence(0, peer.column);
        if !["unknown", "asked", "dont_have", "provider", "reachable", "have"].contains(said) {
            throw said;
        }
    }
}
"#;

const PRIORITIZER: &str = "
fn rank_peer(ctx, peer) {
    [peer.peer, peer.class, peer.is_local, peer.weight, peer.pending_tasks, peer.pending_bytes,
     peer.in_flight_bytes_to, peer.oldest_task_at_ms, peer.last_served_at_ms,
     peer.next_task_bytes, peer.next_task_relayed, peer.backlogged_since_ms,
     peer.served_since_backlogged, peer.start_tag, peer.turn, peer.sent_to, peer.received_from];
    [0]
}
fn rank_task(ctx, task) {
    [task.peer, task.want, task.bytes, task.priority, task.arrival,
     task.arrived_at_ms, task.relayed];
    [0]
}
";

const LEDGER: &str = r#"
fn weigh(ctx, account) {
    [account.peer, account.class, account.is_local, account.connected_since_ms,
     account.wants_from_us, account.asked_of, account.pending_bytes,
     account.in_flight_bytes_to, account.first_seen_at_ms, account.last_exchange_at_ms,
     account.sent_to, account.blocks_sent_to, account.received_from,
     account.blocks_received_from, account.duplicate_received_from,
     account.unasked_received_from, account.relayed_sent_to,
     account.relayed_received_from, account.refusals, account.debt_owed_to_us,
     account.debt_we_owe];
    1024
}
fn admit(ctx, account, request) {
    [request.want, request.kind, request.bytes, request.priority,
     request.ttl, request.deferrals];
    #{ kind: "refuse", reason: "no reason" }
}
"#;

const FINDER: &str = r#"
fn next_step(ctx, search) {
    [search.session, search.started_at_ms, search.pending, search.in_flight, search.members,
     search.candidates_asked, search.broadcasts, search.last_broadcast_at_ms, search.lookups,
     search.last_lookup_at_ms, search.lookup_running, search.providers_found, search.haves,
     search.relayed_haves, search.last_block_at_ms, search.last_progress_at_ms,
     search.quiet_rounds, search.peers_connected, search.answer_time_ms, search.searched,
     search.unasked];
    for row in search.wants {
        [row.want, row.wanted_since_ms, row.phase, row.failed_asks, row.broadcast_at_ms,
         row.looked_up_at_ms];
    }
    #{ step: "give_up" }
}
"#;

const REGISTRY: &str = "
fn candidates(ctx, want, limit) { [] }
fn relay(ctx, want, view) {
    [want.want, want.requester, want.ttl, want.seen_at_ms, view.degree_left,
     view.held_for_requester, view.held_for_requester_max];
    let to = [];
    for peer in view.eligible { if to.len < view.degree_left { to.push(peer); } }
    #{ ttl: 0, to: to }
}
";

const FACTS: &str = r#"
fn events() {
    ["ask_ended", "ask_made", "block_received", "block_sent", "broadcast_made",
     "dont_have_received", "duplicate_received", "have_received", "lookup_ended",
     "peer_connected", "peer_disconnected", "peer_reset", "provider_found",
     "queue_emptied", "session_closed", "session_opened", "turn_taken", "want_seen"]
}
fn observe(ctx, event) {
    [event.kind, event.session, event.peer, event.want, event.bytes, event.after_ms,
     event.want_kind, event.outcome, event.reason, event.hops, event.count];
}
"#;
