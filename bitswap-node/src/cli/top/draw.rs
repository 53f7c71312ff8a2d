//! The picture of `top`: what is drawn of a snapshot, and nothing that asks or waits.

mod peers;

use std::collections::VecDeque;

use bitswap_api::{Counts, WantRow, wants_in_words};
use bitswap_service::plural;
use bitswap_service::units::{age, rate, size};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize as _};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph, Sparkline, Widget};

use super::snapshot::Snapshot;
use super::view::View;
use crate::table::printable;

/// The smallest terminal that shows what matters.
pub(super) const LEAST_COLUMNS: u16 = 60;
pub(super) const LEAST_ROWS: u16 = 16;

/// Rows of the rates, with their frames.
const RATE_ROWS: u16 = 4;
/// Rows of peers that are shown before there is room for wants.
const PEER_ROWS: u16 = 6;
/// The most rows of wants.
const WANT_ROWS: u16 = 6;

/// A snapshot, as it is looked at.
pub(super) struct Picture<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) view: &'a View,
}

/// Whether a picture of this size shows what matters.
pub(super) const fn fits(columns: u16, rows: u16) -> bool {
    columns >= LEAST_COLUMNS && rows >= LEAST_ROWS
}

/// A picture of all peers, as text.
pub(super) fn as_text(snapshot: &Snapshot, columns: u16) -> String {
    /// Nobody reads more, and a record has them all.
    const MOST_PEERS: usize = 200;

    let peers = snapshot.peers.len().clamp(1, MOST_PEERS) as u16;
    let facts = facts(snapshot, columns).len() as u16;
    // A head and a foot, and heads of two tables.
    let rows = RATE_ROWS + facts + peers + WANT_ROWS + 4;
    let area = Rect::new(0, 0, columns, rows.max(LEAST_ROWS));
    let mut cells = Buffer::empty(area);
    let mut view = View::default();
    view.remember(snapshot);
    Picture { snapshot, view: &view }.draw(area, &mut cells, false);
    let lines = area.rows().map(|row| {
        let symbols = row.columns().filter_map(|cell| cells.cell((cell.x, cell.y)));
        symbols.map(Cell::symbol).collect::<String>().trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

impl Widget for Picture<'_> {
    fn render(self, area: Rect, cells: &mut Buffer) {
        if fits(area.width, area.height) {
            self.draw(area, cells, true);
        } else {
            let (columns, rows) = (area.width, area.height);
            let text = format!(
                "{columns} columns and {rows} rows are too small: at least {LEAST_COLUMNS} and \
                 {LEAST_ROWS} are needed"
            );
            Paragraph::new(text).wrap(ratatui::widgets::Wrap { trim: true }).render(area, cells);
        }
    }
}

impl Picture<'_> {
    fn draw(&self, area: Rect, cells: &mut Buffer, keys: bool) {
        let Snapshot { wants, .. } = self.snapshot;
        let facts = facts(self.snapshot, area.width);
        let fixed = 2 + RATE_ROWS + facts.len() as u16;
        let left = area.height.saturating_sub(fixed + PEER_ROWS);
        // With the line of their head.
        let want_rows = (wants.len() as u16 + 1).min(WANT_ROWS).min(left);
        let want_rows = if wants.is_empty() { 0 } else { want_rows };
        let [head, rates, told, peers, wanted, foot] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(RATE_ROWS),
            Constraint::Length(facts.len() as u16),
            Constraint::Fill(1),
            Constraint::Length(want_rows),
            Constraint::Length(1),
        ])
        .areas(area);
        self.head().render(head, cells);
        self.rates(rates, cells);
        Paragraph::new(facts).render(told, cells);
        peers::table(self.snapshot, self.view, peers).render(peers, cells);
        Paragraph::new(wanted_lines(wants, want_rows)).render(wanted, cells);
        if keys {
            self.foot().render(foot, cells);
        }
    }

    fn head(&self) -> Line<'_> {
        let Snapshot { agent, peer_id, stat, seconds, .. } = self.snapshot;
        let looked = seconds.map_or_else(String::new, |passed| format!("  each {}", age(passed)));
        let paused = if self.view.paused { "  paused" } else { "" };
        Line::from(vec![
            Span::from(agent.clone()).bold(),
            Span::from(format!("  {}  up {}", short(peer_id), age(stat.uptime_seconds))),
            Span::from(looked).dim(),
            Span::from(paused).bold().reversed(),
        ])
    }

    fn rates(&self, area: Rect, cells: &mut Buffer) {
        let Snapshot { stat, received_per_second, sent_per_second, .. } = self.snapshot;
        let halves: [Rect; 2] = Layout::horizontal([Constraint::Fill(1); 2]).areas(area);
        let View { received, sent, .. } = self.view;
        let limits = stat.limits;
        let down = (*received_per_second, [limits.download, limits.download_per_peer]);
        let up = (*sent_per_second, [limits.upload, limits.upload_per_peer]);
        let curves = [("down", down, received, Color::Green), ("up", up, sent, Color::Cyan)];
        for (half, (name, (now, limits), curve, color)) in halves.into_iter().zip(curves) {
            curve_of(name, now, limits, (curve, color), half).render(half, cells);
        }
    }

    fn foot(&self) -> Line<'_> {
        let turned = if self.view.turned { ", smallest first" } else { "" };
        let pause = if self.view.paused { "go on" } else { "pause" };
        let keys = [("q", "quit"), ("p", pause), ("s", "sort"), ("r", "turn"), ("↑↓", "peers")];
        let keys = keys.into_iter().flat_map(|(key, does)| {
            [Span::from(format!(" {key} ")).reversed(), Span::from(format!(" {does}  "))]
        });
        let sorted = Span::from(format!("by {}{turned}", self.view.sort.name())).dim();
        keys.chain([sorted]).collect()
    }
}

/// A curve of rates, as wide as its frame, the newest at the right.
fn curve_of<'a>(
    name: &'a str,
    now: Option<f64>,
    [all, each]: [Option<u64>; 2],
    (curve, color): (&VecDeque<u64>, Color),
    area: Rect,
) -> Sparkline<'a> {
    let now = now.map_or_else(|| "-".to_owned(), per_second);
    let off = || "off".to_owned();
    let limit = |limit: Option<u64>| limit.map_or_else(off, |bytes| per_second(bytes as f64));
    let title =
        Line::from(vec![Span::from(format!(" {name} ")), Span::from(format!("{now} ")).bold()]);
    let limits = match each {
        None => format!(" limit {} ", limit(all)),
        Some(_) => format!(" limit {}, a peer {} ", limit(all), limit(each)),
    };
    let width = usize::from(area.width.saturating_sub(2));
    let missing = width.saturating_sub(curve.len());
    let latest = curve.iter().skip(curve.len().saturating_sub(width)).copied();
    let bars: Vec<u64> = std::iter::repeat_n(0, missing).chain(latest).collect();
    let frame = Block::bordered().title_top(title).title_bottom(Line::from(limits).dim());
    Sparkline::default().block(frame).style(Style::new().fg(color)).data(bars)
}

/// Counts and sizes, wrapped between them.
fn facts(snapshot: &Snapshot, columns: u16) -> Vec<Line<'static>> {
    let stat = &snapshot.stat;
    let counted =
        |Counts { blocks, bytes }| format!("{}, {}", plural::counted(blocks, "block"), size(bytes));
    let mut facts = vec![
        ("sessions", stat.sessions.to_string()),
        ("wants", wants_in_words(stat)),
        ("peers", stat.peers.to_string()),
        ("their wants", stat.requests.to_string()),
        ("queued", counted(stat.queued)),
        ("received", counted(stat.received)),
        ("duplicate", counted(stat.duplicate)),
        ("sent", counted(stat.sent)),
        ("store", store(snapshot)),
    ];
    facts.extend(stat.memory.resident_bytes.map(|bytes| ("memory", size(bytes))));
    let mut lines = wrapped(&facts, columns);
    let roles = stat.strategies.iter().filter(|strategy| strategy.in_use);
    let strategies: Vec<_> =
        roles.map(|strategy| (strategy.role.as_str(), printable(&strategy.strategy))).collect();
    lines.extend(wrapped(&strategies, columns));
    if let Some(why) = &stat.store.failing {
        lines.push(Line::from(format!("the store does not write: {}", printable(why))).bold());
    }
    lines
}

fn store(snapshot: &Snapshot) -> String {
    let store = &snapshot.stat.store;
    let known = [
        store.blocks.map(|blocks| plural::counted(blocks, "block")),
        store.bytes.map(size),
        store.free_bytes.map(|bytes| format!("{} free", size(bytes))),
    ];
    let known: Vec<_> = known.into_iter().flatten().collect();
    if known.is_empty() { "unknown".to_owned() } else { known.join(", ") }
}

/// Names and values, as many on a line as fit.
fn wrapped(facts: &[(&str, String)], columns: u16) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'static>> = Vec::new();
    for (name, value) in facts {
        let [name, value] =
            [Span::from(format!("{name} ")).dim(), Span::from(format!("{value}   "))];
        let needed = name.width() + value.width().saturating_sub(3);
        match lines.last_mut() {
            Some(line) if line.width() + needed <= usize::from(columns) => {
                line.extend([name, value]);
            }
            _ => lines.push(Line::from(vec![name, value])),
        }
    }
    lines
}

/// The oldest wants, under a head.
fn wanted_lines(wants: &[WantRow], rows: u16) -> Vec<Line<'static>> {
    let head = Line::from("oldest wants").bold();
    let line = |want: &WantRow| {
        let open = want.asked.iter().filter(|asked| asked.open).count();
        let WantRow { cid, age_seconds, state, asked, .. } = want;
        let asked = asked.len();
        let (cid, age) = (short(cid), age(*age_seconds));
        Line::from(format!("{cid}  {age:>8}  {state}: {asked} asked, {open} to answer"))
    };
    std::iter::once(head).chain(wants.iter().map(line)).take(rows.into()).collect()
}

/// Bytes in a second.
fn per_second(bytes: f64) -> String {
    rate(bytes as u64, 1.0)
}

/// The end of an identifier, which tells it from others.
fn short(id: &str) -> String {
    const SHOWN: usize = 10;

    let skipped = id.chars().count().saturating_sub(SHOWN);
    if skipped == 0 {
        return printable(id);
    }
    format!("…{}", printable(&id.chars().skip(skipped).collect::<String>()))
}
