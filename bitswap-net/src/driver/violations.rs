//! What peers do against the rules, as lines of the log: the first of each kind at once, then at
//! most one line a minute with the count of the others, whatever peers send.

use std::task::{Context, Poll};
use std::time::Duration;

use libp2p::PeerId;
use tokio::time::Instant;

use crate::timer::Timer;

/// A kind of violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// A frame that is no message.
    Malformed,
    /// Items beyond the budget of a message.
    OverBudget,
    /// Items that cannot be used.
    Unusable,
    /// More than the peer's share, so that it is not read for a while.
    Paused,
    /// A stream while all that a connection may have are busy.
    RefusedStream,
    /// So much that is of no use that the peer is disconnected.
    Wasteful,
    /// Nothing is taken, or little, of what was asked for, while many do the same.
    Unread,
}

impl Violation {
    const ALL: [Self; 7] = [
        Self::Malformed,
        Self::OverBudget,
        Self::Unusable,
        Self::Paused,
        Self::RefusedStream,
        Self::Wasteful,
        Self::Unread,
    ];

    /// As the metrics have it, where they count it.
    const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::OverBudget => "over_budget",
            Self::Unusable => "unusable",
            Self::Paused => "paused",
            Self::RefusedStream => "refused_stream",
            Self::Wasteful => "wasteful",
            Self::Unread => "unread",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Malformed => "a peer sent a frame that is no message",
            Self::OverBudget => "a peer sent a message with more items than are read",
            Self::Unusable => "a peer sent items that cannot be used",
            Self::Paused => "a peer sent more than its share, and is not read for a while",
            Self::RefusedStream => "a peer opened more streams than it may have",
            Self::Wasteful => "a peer went on sending what is of no use, and was disconnected",
            Self::Unread => {
                "a peer takes slowly, or not at all, what it asked for; its blocks are not held"
            }
        }
    }
}

/// What was told of each kind.
#[derive(Debug, Default)]
pub(super) struct Violations {
    kinds: [Told; Violation::ALL.len()],
    next: Timer,
}

#[derive(Debug, Default)]
struct Told {
    quiet_until: Option<Instant>,
    /// Those since the last line.
    suppressed: u64,
}

impl Violations {
    /// Between two lines of one kind.
    const EVERY: Duration = Duration::from_secs(60);

    /// So many of one kind happened; `peer` is who did it, if that is known.
    pub(super) fn note(&mut self, kind: Violation, peer: Option<&PeerId>, count: u64) {
        let Some(told) = self.kinds.get_mut(kind as usize) else { return };
        let now = Instant::now();
        if let Some(until) = told.quiet_until.filter(|until| *until > now) {
            told.suppressed += count;
            if !self.next.is_set() {
                self.next.set(Some(until));
            }
            return;
        }
        told.quiet_until = Some(now + Self::EVERY);
        let more = std::mem::take(&mut told.suppressed) + count.saturating_sub(1);
        let (kind, text) = (kind.name(), kind.text());
        let peer = peer.map(tracing::field::display);
        tracing::warn!(kind, peer, more, "{text}");
    }

    /// Tells how many of each kind there were since its last line; ready if a minute was over.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.next.poll(cx).map(|()| {
            let now = Instant::now();
            for (kind, told) in Violation::ALL.into_iter().zip(&mut self.kinds) {
                let is_due = told.quiet_until.is_none_or(|until| until <= now);
                if told.suppressed > 0 && is_due {
                    let (count, kind, text) = (told.suppressed, kind.name(), kind.text());
                    tracing::warn!(kind, count, "since the last line of this kind: {text}");
                    *told = Told { quiet_until: Some(now + Self::EVERY), suppressed: 0 };
                }
            }
            let waiting = self.kinds.iter().filter(|told| told.suppressed > 0);
            self.next.set(waiting.filter_map(|told| told.quiet_until).min());
        })
    }
}

#[cfg(test)]
mod tests;
