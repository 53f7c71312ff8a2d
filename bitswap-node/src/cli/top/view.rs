//! How the picture of `top` is looked at: what keys change, and nothing of what it shows.

use std::cmp::Ordering;
use std::collections::VecDeque;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::snapshot::{PeerLine, Snapshot};

/// What keys have changed, and the rates of the looks before.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    pub(super) sort: Sort,
    /// Whether the smallest comes first.
    pub(super) turned: bool,
    /// Whether the picture stays as it is.
    pub(super) paused: bool,
    /// The peers that are above the first that is shown.
    pub(super) scroll: usize,
    /// The newest last: bytes in a second that came, and that went.
    pub(super) received: VecDeque<u64>,
    pub(super) sent: VecDeque<u64>,
}

/// What peers are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sort {
    /// What passes in either direction now, and then what passed so far.
    #[default]
    Traffic,
    Received,
    Sent,
    Latency,
    Queue,
    Wants,
}

/// What is to happen after a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    GoOn,
    End,
}

impl View {
    /// Rates that are kept; no terminal is wider.
    const LOOKS: usize = 512;
    /// What the keys for pages move by.
    const PAGE: usize = 10;

    /// A key was pressed.
    pub(super) fn press(&mut self, key: KeyEvent) -> Next {
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            let ends = matches!(key.code, KeyCode::Char('c' | 'd'));
            return if ends { Next::End } else { Next::GoOn };
        }
        if matches!(key.code, KeyCode::Char('q') | KeyCode::Esc) {
            return Next::End;
        }
        if let KeyCode::Char(letter) = key.code {
            self.letter(letter);
        } else {
            self.scroll(key.code);
        }
        Next::GoOn
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "most keys do nothing")]
    fn scroll(&mut self, key: KeyCode) {
        self.scroll = match key {
            KeyCode::Down => self.scroll.saturating_add(1),
            KeyCode::Up => self.scroll.saturating_sub(1),
            KeyCode::PageDown => self.scroll.saturating_add(Self::PAGE),
            KeyCode::PageUp => self.scroll.saturating_sub(Self::PAGE),
            KeyCode::Home => 0,
            _ => self.scroll,
        };
    }

    fn letter(&mut self, letter: char) {
        match letter {
            's' => self.sort = self.sort.step(1),
            'S' => self.sort = self.sort.step(Sort::ALL.len() - 1),
            'r' => self.turned = !self.turned,
            'p' | ' ' => self.paused = !self.paused,
            'j' => self.scroll = self.scroll.saturating_add(1),
            'k' => self.scroll = self.scroll.saturating_sub(1),
            _ => {}
        }
    }

    /// Adds the rates of a snapshot to the curves.
    pub(super) fn remember(&mut self, snapshot: &Snapshot) {
        let rates = [
            (&mut self.received, snapshot.received_per_second),
            (&mut self.sent, snapshot.sent_per_second),
        ];
        for (curve, rate) in rates {
            curve.extend(rate.map(|rate| rate as u64));
            while curve.len() > Self::LOOKS {
                curve.pop_front();
            }
        }
    }

    /// The peers in the order in which they are shown.
    pub(super) fn sorted<'a>(&self, peers: &'a [PeerLine]) -> Vec<&'a PeerLine> {
        let mut sorted: Vec<_> = peers.iter().collect();
        sorted.sort_by(|one, other| {
            let order = self.sort.compare(one, other);
            let order = if self.turned { order.reverse() } else { order };
            order.then_with(|| one.row.peer_id.cmp(&other.row.peer_id))
        });
        sorted
    }
}

impl Sort {
    const ALL: [Self; 6] =
        [Self::Traffic, Self::Received, Self::Sent, Self::Latency, Self::Queue, Self::Wants];

    /// What it is called in the picture.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Traffic => "traffic",
            Self::Received => "received",
            Self::Sent => "sent",
            Self::Latency => "latency",
            Self::Queue => "queue",
            Self::Wants => "wants",
        }
    }

    fn step(self, by: usize) -> Self {
        let place = Self::ALL.iter().position(|sort| *sort == self).unwrap_or_default();
        Self::ALL.get((place + by) % Self::ALL.len()).copied().unwrap_or_default()
    }

    /// The largest first; of latencies the smallest, and the unknown ones last.
    fn compare(self, one: &PeerLine, other: &PeerLine) -> Ordering {
        let largest = |key: fn(&PeerLine) -> u64| key(other).cmp(&key(one));
        match self {
            Self::Traffic => rate(other)
                .total_cmp(&rate(one))
                .then_with(|| largest(|peer| peer.row.received_bytes + peer.row.sent_bytes)),
            Self::Received => largest(|peer| peer.row.received_bytes),
            Self::Sent => largest(|peer| peer.row.sent_bytes),
            Self::Latency => {
                let latency =
                    |peer: &PeerLine| peer.row.round_trip_seconds.unwrap_or(f64::INFINITY);
                latency(one).total_cmp(&latency(other))
            }
            Self::Queue => largest(|peer| peer.row.queued_bytes + peer.row.in_flight_bytes),
            Self::Wants => largest(|peer| peer.row.wants),
        }
    }
}

fn rate(peer: &PeerLine) -> f64 {
    peer.received_per_second.unwrap_or(0.0) + peer.sent_per_second.unwrap_or(0.0)
}
