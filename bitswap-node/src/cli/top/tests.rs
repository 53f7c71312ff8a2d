//! The picture of `top`, drawn of snapshots that are made here.

use std::time::{Duration, Instant};

use bitswap_api::{Counts, PeerRow, Stat};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde_json::json;

use super::draw::{self, Picture};
use super::snapshot::{Look, Snapshot};
use super::view::{Next, View};

const MIB: u64 = 1 << 20;

#[test]
fn a_picture_tells_rates_limits_peers_wants_strategies_and_the_store() {
    let text = drawn(&snapshot(), &mut View::default(), (120, 24));

    for part in [
        "bitswap/9.9  …peer-of-us  up 60.0 s  each 2.0 s",
        "down 3.00 MiB/s",
        "up 1.00 MiB/s",
        "limit off",
        "limit 5.00 MiB/s, a peer 1.00 MiB/s",
        "sessions 2   wants 1 asked, 2 held back, 3 searched for   peers 3   their wants 7",
        "store 40 blocks, 10.0 MiB, 1.00 GiB free",
        "peer_selector probabilistic",
        "oldest wants",
        "…bafywanted     4.0 s  asked for: 1 asked, 1 to answer",
        "q  quit",
        "by traffic",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("replaced-one"), "{text}");
}

#[test]
fn the_row_of_a_peer_has_what_is_between_it_and_us() {
    let text = drawn(&snapshot(), &mut View::default(), (120, 24));

    let line = text.lines().find(|line| line.starts_with("…0000000001")).unwrap();
    let cells: Vec<_> = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    assert_eq!(cells[..4], ["…0000000001", "2.00 MiB/s", "0.00 KiB/s", "12.5 ms"]);
    assert_eq!(cells[4..8], ["8.00 MiB", "1.00 MiB", "-7.00 MiB", "3.00 MiB"]);
}

#[test]
fn a_narrow_picture_leaves_out_what_matters_less() {
    let text = drawn(&snapshot(), &mut View::default(), (60, 16));

    let head = text.lines().find(|line| line.starts_with("peer ")).unwrap();
    let names: Vec<_> = head.split_whitespace().collect();
    assert_eq!(names, ["peer", "down", "up", "latency", "received"]);
    assert!(!text.contains("oldest wants"), "{text}");
}

#[test]
fn a_window_that_became_too_small_says_so() {
    let text = drawn(&snapshot(), &mut View::default(), (40, 10));

    assert!(text.contains("40 columns and 10 rows are too small"), "{text}");
}

#[test]
fn keys_sort_turn_scroll_pause_and_end() {
    let snapshot = snapshot();
    let mut view = View::default();
    let mut first_after = |keys: &str| {
        for letter in keys.chars() {
            assert_eq!(view.press(key(KeyCode::Char(letter))), Next::GoOn);
        }
        let text = drawn(&snapshot, &mut view, (120, 24));
        let peer = text.lines().find(|line| line.starts_with("…0")).unwrap();
        (peer.chars().nth(10).unwrap(), text)
    };

    assert_eq!(first_after("").0, '1', "most traffic now");
    assert_eq!(first_after("s").0, '2', "most received so far");
    assert_eq!(first_after("s").0, '3', "most sent so far");
    assert_eq!(first_after("s").0, '1', "the nearest, and not the unknown");
    assert_eq!(first_after("r").0, '2', "turned");
    assert_eq!(first_after("rSSSj").0, '3', "the second by traffic");
    let (_, text) = first_after("p");
    assert!(text.contains("paused") && text.contains("p  go on"), "{text}");

    assert_eq!(view.press(key(KeyCode::Char('q'))), Next::End);
    assert_eq!(view.press(key(KeyCode::Esc)), Next::End);
    let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(view.press(interrupt), Next::End);
}

#[test]
fn the_first_look_has_no_rates_and_a_new_start_no_negative_ones() {
    let [before, now] = looks();

    let first = Snapshot::of(None, &before);
    assert_eq!((first.seconds, first.received_per_second), (None, None));
    assert!(drawn(&first, &mut View::default(), (120, 24)).contains("down -"));

    let again = Look { at: now.at + Duration::from_secs(1), ..before };
    assert_eq!(Snapshot::of(Some(&now), &again).received_per_second, Some(0.0));
}

#[test]
fn what_a_peer_calls_itself_moves_no_cursor_and_turns_no_text() {
    let mut snapshot = snapshot();
    snapshot.peers[0].row.agent = Some("a\u{1b}[2J\u{202e}b".to_owned());

    let text = drawn(&snapshot, &mut View::default(), (130, 24));

    assert!(text.contains("a\\u{1b}[2J\\u{202e}b"), "{text}");
}

#[test]
fn one_picture_as_text_has_every_peer_and_no_keys() {
    let text = draw::as_text(&snapshot(), 120);

    assert_eq!(text.lines().filter(|line| line.starts_with("…000000000")).count(), 3, "{text}");
    assert!(!text.contains("quit") && !text.contains('\u{1b}'), "{text}");
}

/// What a terminal of this size shows.
fn drawn(snapshot: &Snapshot, view: &mut View, (columns, rows): (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    let picture = Picture { snapshot, view };
    let shown = terminal.draw(|frame| frame.render_widget(picture, frame.area())).unwrap();
    let lines = shown.buffer.content.chunks(columns.into());
    let text = |cells: &[ratatui::buffer::Cell]| -> String {
        cells.iter().map(ratatui::buffer::Cell::symbol).collect()
    };
    lines.map(text).collect::<Vec<_>>().join("\n")
}

fn key(code: KeyCode) -> KeyEvent {
    KeyEvent::new(code, KeyModifiers::NONE)
}

/// Two seconds of a node with three peers.
fn snapshot() -> Snapshot {
    let [before, now] = looks();
    Snapshot::of(Some(&before), &now)
}

fn looks() -> [Look; 2] {
    let at = Instant::now();
    let identity = json!({
        "peer_id": "12D3KooW-peer-of-us", "agent": "bitswap/9.9", "addresses": [], "protocols": [],
    });
    let now = Look {
        at: at + Duration::from_secs(2),
        identity: serde_json::from_value(identity).unwrap(),
        stat: stat(),
        peers: vec![
            PeerRow { round_trip_seconds: Some(0.012_5), queued_bytes: 3 * MIB, ..peer(1, 8, 1) },
            peer(2, 9, 2),
            PeerRow { round_trip_seconds: Some(0.5), ..peer(3, 1, 30) },
        ],
        wants: vec![
            serde_json::from_value(json!({
                "cid": "bafybafywanted", "age_seconds": 4.0, "state": "asked for", "callers": 1,
                "asked": [{
                    "peer_id": "x", "kind": "block", "age_seconds": 1.0, "open": true, "has": null,
                }],
            }))
            .unwrap(),
        ],
    };
    let mut before = Look { at, ..now.clone() };
    before.stat.received.bytes -= 4 * MIB;
    before.stat.duplicate.bytes -= 2 * MIB;
    before.stat.sent.bytes -= 2 * MIB;
    before.peers[0].received_bytes -= 4 * MIB;
    before.peers[2].sent_bytes -= 2 * MIB;
    [before, now]
}

fn stat() -> Stat {
    let counts = |mib: u64| json!(Counts { blocks: mib, bytes: mib * MIB });
    let strategy = |name: &str, in_use: bool| {
        json!({
            "role": "peer_selector", "strategy": name, "in_use": in_use, "generation": 0,
            "decisions": 1, "parts": [],
        })
    };
    let stat = json!({
        "uptime_seconds": 60.0, "peers": 3, "sessions": 2, "wants": 6,
        "wants_asked": 1, "wants_held_back": 2, "searches": 3,
        "requests": 7, "queued": counts(1), "received": counts(20), "duplicate": counts(3),
        "unasked": counts(0), "sent": counts(33), "messages_in": 1, "messages_out": 1,
        "message_faults": 0, "generation": 1, "memory": { "resident_bytes": 50 * MIB,
            "peak_bytes": 60 * MIB, "store_bytes": 0, "sending_bytes": 0, "relayed_bytes": 0,
            "untaken_bytes": 0, "unfinished_bytes": 0 },
        "strategies": [strategy("replaced-one", false), strategy("probabilistic", true)],
        "store": {
            "blocks": 40, "bytes": 10 * MIB, "free_bytes": 1 << 30, "failing": null,
        },
        "limits": {
            "upload": 5 * MIB, "upload_per_peer": MIB, "download": null, "download_per_peer": null,
        },
    });
    serde_json::from_value(stat).unwrap()
}

/// A peer that gave and got so many MiB.
fn peer(number: u64, received: u64, sent: u64) -> PeerRow {
    let row = json!({
        "peer_id": format!("12D3KooW{number:010}"), "agent": "bitswap/1", "protocol": null,
        "address": null, "inbound": false, "relayed": false, "round_trip_seconds": null,
        "sent_bytes": sent * MIB,
        "received_bytes": received * MIB, "queued_bytes": 0, "in_flight_bytes": 0,
        "asked_blocks": 0, "wants": 0,
    });
    serde_json::from_value(row).unwrap()
}
