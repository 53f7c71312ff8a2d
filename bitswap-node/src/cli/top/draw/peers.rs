//! The table of peers: as many columns as there is room for.

use bitswap_service::units::size;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Stylize as _;
use ratatui::text::Text;
use ratatui::widgets::{Row, Table};

use super::super::snapshot::{PeerLine, Snapshot};
use super::super::view::View;
use super::{per_second, short};
use crate::table::printable;

/// A column: its name, its width, and what stands in it.
struct Column(&'static str, u16, fn(&PeerLine) -> String);

/// From the one that matters most.
const COLUMNS: [Column; 11] = [
    Column("peer", 12, |peer| short(&peer.row.peer_id)),
    Column("down", 11, |peer| peer.received_per_second.map_or_else(unknown, per_second)),
    Column("up", 11, |peer| peer.sent_per_second.map_or_else(unknown, per_second)),
    Column("latency", 9, latency),
    Column("received", 9, |peer| size(peer.row.received_bytes)),
    Column("sent", 9, |peer| size(peer.row.sent_bytes)),
    Column("owes us", 10, owes),
    Column("queue", 9, |peer| size(peer.row.queued_bytes + peer.row.in_flight_bytes)),
    Column("asked", 6, |peer| peer.row.asked_blocks.to_string()),
    Column("wants", 6, |peer| peer.row.wants.to_string()),
    Column("agent", 24, agent),
];

/// As wide as `area`, from the peer to which the view was scrolled.
pub(super) fn table<'a>(snapshot: &Snapshot, view: &View, area: Rect) -> Table<'a> {
    let mut left = area.width;
    let columns: Vec<&Column> = COLUMNS
        .iter()
        .take_while(|Column(_, width, _)| {
            let fits = left >= *width;
            left = left.saturating_sub(width + 1);
            fits
        })
        .collect();
    let widths: Vec<_> = columns.iter().map(|column| Constraint::Length(column.1)).collect();
    let head = columns.iter().map(|column| cell(column, column.0.to_owned()).bold());
    let sorted = view.sorted(&snapshot.peers);
    let shown = sorted.into_iter().skip(view.scroll).take(area.height.into());
    let rows =
        shown.map(|peer| Row::new(columns.iter().map(|column| cell(column, (column.2)(peer)))));
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        let none = Row::new([Text::from("no peer is connected")]);
        return Table::new([none], [Constraint::Fill(1)]);
    }
    Table::new(rows, widths).header(Row::new(head)).column_spacing(1)
}

/// Words begin at the left, numbers end at the right.
fn cell(column: &Column, text: String) -> Text<'static> {
    let text = Text::from(text);
    if matches!(column.0, "peer" | "agent") { text } else { text.right_aligned() }
}

fn latency(peer: &PeerLine) -> String {
    let told = |seconds: f64| format!("{:.1} ms", seconds * 1_000.0);
    peer.row.round_trip_seconds.map_or_else(unknown, told)
}

/// What it got of us beyond what it gave.
fn owes(peer: &PeerLine) -> String {
    let (sent, received) = (peer.row.sent_bytes, peer.row.received_bytes);
    if received > sent { format!("-{}", size(received - sent)) } else { size(sent - received) }
}

fn agent(peer: &PeerLine) -> String {
    peer.row.agent.as_deref().map_or_else(unknown, printable)
}

fn unknown() -> String {
    "-".to_owned()
}
