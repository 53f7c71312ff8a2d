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
/// A peer that is alive, or was not reached, is looked at again after this.
const AGAIN: Duration = Duration::from_secs(10);
/// How often those that are watched are looked at.
const LOOK: Duration = Duration::from_millis(250);

/// Peers that sent something lately, each on the connection that it came on.
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
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Not looked at before then.
    Sends { until: Instant },
    /// It was asked for a sign of life.
    Probed { since: Instant },
    /// It is dialled beside.
    Dialled(ConnectionId),
}

/// What is to be done about a silent peer.
enum Step {
    Probe(ConnectionId),
    Dial,
}

impl Stalls {
    /// Something came from a peer.
    pub(super) fn heard(&mut self, peer: PeerId, id: ConnectionId) {
        let now = Instant::now();
        let stage = Stage::Sends { until: now };
        let new = || Watched { id, heard_at: now, longest: Duration::ZERO, stage };
        let watched = self.watched.entry(peer).or_insert_with(new);
        if watched.id != id {
            *watched = new();
        }
        watched.longest = watched.longest.max(now.duration_since(watched.heard_at)).min(AGAIN);
        (watched.heard_at, watched.stage) = (now, stage);
        if !self.timer.is_set() {
            self.timer.set(Some(now + LOOK));
        }
    }

    /// A peer gave a sign of life on a connection.
    pub(super) fn lives(&mut self, peer: PeerId, id: ConnectionId) {
        if let Some(watched) = self.watched.get_mut(&peer).filter(|it| it.id == id) {
            watched.stage = Stage::Sends { until: Instant::now() + AGAIN };
        }
    }

    /// A dial failed; true if it was one of these.
    pub(super) fn not_reached(&mut self, dial: ConnectionId) -> bool {
        let dialled = |it: &&mut Watched| it.stage == Stage::Dialled(dial);
        let watched = self.watched.values_mut().find(dialled);
        let until = Instant::now() + AGAIN;
        watched.map(|watched| watched.stage = Stage::Sends { until }).is_some()
    }

    /// A connection stands: the old one of its peer, if this one was dialled in place of it.
    pub(super) fn replaced(&mut self, peer: PeerId, id: ConnectionId) -> Option<ConnectionId> {
        let watched = self.watched.get(&peer).filter(|it| it.stage == Stage::Dialled(id))?;
        let old = watched.id;
        self.watched.remove(&peer);
        Some(old)
    }

    /// A connection is gone.
    pub(super) fn closed(&mut self, peer: PeerId, id: ConnectionId) {
        if self.watched.get(&peer).is_some_and(|it| it.id == id) {
            self.watched.remove(&peer);
        }
    }

    /// The peers to do something about, of those that owe something; others are forgotten.
    fn look(&mut self, owes: impl Fn(&PeerId) -> bool) -> Vec<(PeerId, Step)> {
        let is_dialled = |watched: &Watched| matches!(watched.stage, Stage::Dialled(_));
        self.watched.retain(|peer, watched| owes(peer) || is_dialled(watched));
        let now = Instant::now();
        self.timer.set((!self.watched.is_empty()).then(|| now + LOOK));
        let step = |(peer, watched): (&PeerId, &mut Watched)| {
            let patience = SILENCE.max(2 * watched.longest);
            match watched.stage {
                Stage::Sends { until } if now >= until.max(watched.heard_at + patience) => {
                    watched.stage = Stage::Probed { since: now };
                    Some((*peer, Step::Probe(watched.id)))
                }
                Stage::Probed { since } if now >= since + patience => Some((*peer, Step::Dial)),
                Stage::Sends { .. } | Stage::Probed { .. } | Stage::Dialled(_) => None,
            }
        };
        self.watched.iter_mut().filter_map(step).collect()
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
            watched.stage = Stage::Dialled(opts.connection_id());
        }
        self.outbox.push_back(ToSwarm::Dial { opts });
    }

    /// A connection stands that may have been dialled in place of another, which is closed then.
    pub(super) fn close_replaced(&mut self, peer_id: PeerId, id: ConnectionId) {
        if let Some(old) = self.stalls.replaced(peer_id, id) {
            let connection = CloseConnection::One(old);
            self.outbox.push_back(ToSwarm::CloseConnection { peer_id, connection });
        }
    }
}
