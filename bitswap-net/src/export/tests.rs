//! How many series there are, whoever comes.

use std::sync::Arc;
use std::time::Duration;

use bitswap_core::strategy::{AskOutcome, Role};
use bitswap_core::wire::WantKind;
use bitswap_core::{
    CidKey, Event, Gauges, PeerKey, Reached, RelayOutcome, SearchStep, SessionId, Stats,
    WantOutcome,
};
use libp2p::PeerId;
use metrics_exporter_prometheus::PrometheusBuilder;

use super::Export;

/// All that can happen with a peer and a want.
fn story(number: u64) -> Vec<Event> {
    let (session, peer, want) = (SessionId(number), PeerKey(number), CidKey(number));
    let (after, kind, reason) = (Duration::from_millis(number), WantKind::Block, "because");
    vec![
        Event::PeerConnected { peer, id: PeerId::random() },
        Event::WantOpened { session, want },
        Event::SearchStep { session, want, step: SearchStep::Broadcast { peers: 3 }, reason },
        Event::CandidatesNamed { session, want, named: 1, joined: 1, reason },
        Event::LookupEnded { session, want, found: 0 },
        Event::ProviderFound {
            session,
            want,
            peer,
            id: PeerId::random(),
            reached: Reached::Dialled,
        },
        Event::AskMade { session, peer, want, kind, own: None, reason },
        Event::AskEnded { session, peer, want, kind, outcome: AskOutcome::Block, after },
        Event::BlockUnawaited { peer, want },
        Event::RequestEvicted { peer, want },
        Event::RequestServed { peer, want, bytes: 1_000, after },
        Event::RelayEnded { requester: peer, want, outcome: RelayOutcome::Expired },
        Event::StrategyReplaced { role: Role::Registry, name: "plain".into(), generation: 1 },
        Event::WantEnded { want, outcome: WantOutcome::Received, after },
        Event::PeerDisconnected { peer },
    ]
}

fn tell(export: &mut Export, number: u64) {
    for event in story(number) {
        export.tell(&event);
    }
}

#[test]
fn ten_thousand_peers_do_not_add_a_series() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let mut export = Export::new(Arc::new(recorder), true);
    let names = |scrape: String| -> Vec<String> {
        let series = scrape.lines().filter(|line| !line.starts_with('#'));
        series.filter_map(|line| Some(line.rsplit_once(' ')?.0.to_owned())).collect()
    };
    tell(&mut export, 0);
    export.update(&Stats::default());
    let mut before = names(handle.render());

    for number in 1..10_000 {
        tell(&mut export, number);
    }
    export.update(&Stats::default());

    let mut after = names(handle.render());
    before.sort_unstable();
    after.sort_unstable();
    assert!(before.len() > 100, "{before:?}");
    assert_eq!(before, after);
}

#[test]
fn what_events_tell_is_counted() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let mut export = Export::new(Arc::new(recorder), true);

    tell(&mut export, 1);
    let gauges = Gauges { wants: 9, asked: 4, held_back: 3, searches: 2, ..Gauges::default() };
    export.update(&Stats { strategy_generation: 1, gauges, ..Stats::default() });

    let scrape = handle.render();
    let told = |series: &str| scrape.lines().any(|line| line == series);
    for series in [
        "bitswap_client_wants 9",
        "bitswap_client_wants_asked 4",
        "bitswap_client_wants_held_back 3",
        "bitswap_client_searches 2",
        "bitswap_client_search_steps_total{step=\"broadcast\"} 1",
        "bitswap_client_broadcast_peers_total 3",
        "bitswap_registry_lookups_total{result=\"hit\"} 1",
        "bitswap_provider_searches_ended_total{outcome=\"none\"} 1",
        "bitswap_provider_reached_total{result=\"dialled\"} 1",
        "bitswap_client_unawaited_blocks_total 1",
        "bitswap_server_evicted_requests_total 1",
        "bitswap_relay_wants_ended_total{outcome=\"expired\"} 1",
        "bitswap_strategy_generation 1",
    ] {
        assert!(told(series), "no {series} in {scrape}");
    }
    assert!(!told("bitswap_strategy_last_change_timestamp_seconds 0"), "{scrape}");
    assert!(!told("bitswap_engine_last_progress_timestamp_seconds 0"), "{scrape}");
}
