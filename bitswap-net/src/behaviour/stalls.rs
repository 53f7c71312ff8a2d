//! Connections that may be dead although nobody said so. A peer that was sending what it was asked
//! for, and falls silent, is asked for a sign of life; if none comes it is dialled beside, and if
//! it answers there, the old connection is closed. Who is only slow, or stopped, keeps it.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::ready;
use libp2p::PeerId;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{CloseConnection, ConnectionId, ToSwarm};
use tokio::time::Instant;

use super::{Behaviour, notify};
use crate::handler::HandlerCommand;
use crate::timer::Timer;

/// How long a peer may send nothing, and how long its sign of life may take, at the least.
const SILENCE: Duration = Duration::from_secs(1);
/// The longest pause that is taken for the usual one.
const LONGEST: Duration = Duration::from_secs(60);
/// A peer that was looked at closely is not looked at so again before this.
const AGAIN: Duration = Duration::from_secs(10);
/// How often those that are watched are looked at.
const LOOK: Duration = Duration::from_millis(250);

/// Peers that sent something of what they owe, each on the connection that it came on.
#[derive(Debug, Default)]
pub(super) struct Stalls {
    watched: HashMap<PeerId, Watched>,
    timer: Timer,
}

#[derive(Debug)]
struct Watched {
    id: ConnectionId,
    heard_at: Instant,
    /// The longest time between two pieces that came: slow lines show theirs seldom.
    longest: Duration,
    /// Not looked at closely before then, whatever it sends: a remote does not make us dial often.
    not_before: Instant,
    /// When it was asked for a sign of life, if it has given none since.
    probed_at: Option<Instant>,
    /// It is dialled beside.
    dial: Option<ConnectionId>,
}

/// What is to be done about a silent peer.
enum Step {
    Probe(ConnectionId),
    Dial,
}

/// What becomes of a connection that was dialled beside another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    /// It takes the place of that one.
    Replaces(ConnectionId),
    /// That one has turned out to carry.
    Surplus,
}

impl Stalls {
    /// Something came from a peer; only those that owe something begin to be watched.
    pub(super) fn heard(&mut self, (peer, id): (PeerId, ConnectionId), owes: bool) {
        let now = Instant::now();
        if owes && !self.timer.is_set() {
            self.timer.set(Some(now + LOOK));
        }
        if let Some(watched) = self.watched.get_mut(&peer) {
            watched.longest =
                watched.longest.max(now.duration_since(watched.heard_at)).min(LONGEST);
            (watched.id, watched.heard_at, watched.probed_at) = (id, now, None);
        } else if owes {
            let (longest, not_before) = (Duration::ZERO, now);
            let (probed_at, dial) = (None, None);
            let watched = Watched { id, heard_at: now, longest, not_before, probed_at, dial };
            self.watched.insert(peer, watched);
        }
    }

    /// A peer gave a sign of life on a connection.
    pub(super) fn lives(&mut self, peer: PeerId, id: ConnectionId) {
        if let Some(watched) = self.watched.get_mut(&peer).filter(|it| it.id == id) {
            watched.probed_at = None;
        }
    }

    /// A dial came to nothing of use; true if it was one of these.
    pub(super) fn not_reached(&mut self, dial: ConnectionId) -> bool {
        let watched = self.watched.values_mut().find(|it| it.dial == Some(dial));
        watched.map(|watched| (watched.dial, watched.probed_at) = (None, None)).is_some()
    }

    /// A connection stands; `None` if it was not dialled beside another.
    pub(super) fn connected(&mut self, peer: PeerId, id: ConnectionId) -> Option<Beside> {
        let watched = self.watched.get_mut(&peer).filter(|it| it.dial == Some(id))?;
        watched.dial = None;
        if watched.probed_at.take().is_none() {
            return Some(Beside::Surplus);
        }
        let now = Instant::now();
        watched.longest = watched.longest.max(now.duration_since(watched.heard_at)).min(LONGEST);
        watched.heard_at = now;
        Some(Beside::Replaces(std::mem::replace(&mut watched.id, id)))
    }

    /// A connection is gone, the last one of its peer or not.
    pub(super) fn closed(&mut self, peer: PeerId, id: ConnectionId, is_last: bool) {
        if is_last || self.watched.get(&peer).is_some_and(|it| it.id == id && it.dial.is_none()) {
            self.watched.remove(&peer);
        }
    }

    /// The peers to do something about, of those that owe something.
    fn look(&mut self, owes: impl Fn(&PeerId) -> bool) -> Vec<(PeerId, Step)> {
        let now = Instant::now();
        let mut any_owes = false;
        let step = |(peer, watched): (&PeerId, &mut Watched)| {
            if watched.dial.is_some() || !owes(peer) {
                return None;
            }
            any_owes = true;
            let patience = SILENCE.max(2 * watched.longest);
            match watched.probed_at {
                None if now >= watched.not_before.max(watched.heard_at + patience) => {
                    (watched.probed_at, watched.not_before) = (Some(now), now + AGAIN);
                    Some((*peer, Step::Probe(watched.id)))
                }
                Some(since) if now >= since + patience => Some((*peer, Step::Dial)),
                None | Some(_) => None,
            }
        };
        let steps = self.watched.iter_mut().filter_map(step).collect();
        self.timer.set(any_owes.then(|| now + LOOK));
        steps
    }
}

impl Behaviour {
    /// Looks at the connections that are watched, when it is time.
    pub(super) fn poll_stalls(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        ready!(self.stalls.timer.poll(cx));
        let Self { stalls, driver, .. } = self;
        for (peer, step) in stalls.look(|peer| driver.owes_blocks(peer)) {
            match step {
                Step::Probe(id) => self.outbox.push_back(notify(peer, id, HandlerCommand::Probe)),
                Step::Dial => self.dial_beside(peer),
            }
        }
        Poll::Ready(())
    }

    /// Where it was reached before, if we reached it: others of its addresses may lead elsewhere.
    fn dial_beside(&mut self, peer: PeerId) {
        let dialled = self.connections.dialled(peer);
        let opts = DialOpts::peer_id(peer).condition(PeerCondition::NotDialing);
        let opts = if dialled.is_empty() {
            opts.allocate_new_port().build()
        } else {
            opts.addresses(dialled).allocate_new_port().build()
        };
        tracing::debug!(%peer, "it is silent, and dialled beside its connection");
        if let Some(watched) = self.stalls.watched.get_mut(&peer) {
            watched.dial = Some(opts.connection_id());
        }
        self.outbox.push_back(ToSwarm::Dial { opts });
    }

    /// A connection stands that may have been dialled beside another: one of the two is closed.
    pub(super) fn settle_beside(&mut self, peer_id: PeerId, id: ConnectionId) {
        let closed = match self.stalls.connected(peer_id, id) {
            None => return,
            Some(Beside::Replaces(old)) => {
                self.connections.let_take_over(peer_id, id);
                old
            }
            Some(Beside::Surplus) => id,
        };
        let connection = CloseConnection::One(closed);
        self.outbox.push_back(ToSwarm::CloseConnection { peer_id, connection });
    }

    /// Writes to a peer on the connection that is to take over, if that is so far; what waits on
    /// the one before is dropped there, since the engine says it again.
    pub(super) fn take_over(&mut self, peer: PeerId, id: ConnectionId) {
        if let Some((left, inputs)) = self.connections.take_over(peer, id) {
            self.outbox.push_back(notify(peer, left, HandlerCommand::Drop));
            self.feed(inputs);
        }
    }
}
