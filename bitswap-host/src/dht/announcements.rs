//! Announcing that this node has something: each announcement goes to all DHTs at once.

use libp2p::kad::{Event, QueryId, QueryResult};
use tokio::sync::oneshot;

use super::{Dhts, Scope};
use crate::handle::{Announce, DhtError};

/// All announcements that go on.
#[derive(Debug, Default)]
pub(crate) struct Announcements(Vec<Announcement>);

#[derive(Debug)]
struct Announcement {
    queries: Vec<(Scope, QueryId)>,
    done: oneshot::Sender<Result<(), DhtError>>,
    is_heard: bool,
}

impl Announcements {
    /// Announcements at once; a DHT is asked by ten requests at a time for each.
    const AT_ONCE: usize = 32;

    /// Begins an announcement, or says at once why not.
    pub(crate) fn start(&mut self, dhts: &mut Dhts, wanted: Announce) {
        let Announce { key, done } = wanted;
        let outcome = if self.0.len() >= Self::AT_ONCE {
            Err(DhtError::Busy(Self::AT_ONCE))
        } else {
            dhts.announce(&key)
        };
        match outcome {
            Ok(queries) => self.0.push(Announcement { queries, done, is_heard: false }),
            Err(why) => drop(done.send(Err(why))),
        }
    }

    /// Something happened in a DHT.
    pub(crate) fn progressed(&mut self, scope: Scope, event: &Event) {
        let Event::OutboundQueryProgressed {
            id,
            result: QueryResult::StartProviding(_),
            stats,
            ..
        } = event
        else {
            return;
        };
        let of = |it: &Announcement| it.queries.contains(&(scope, *id));
        let Some(place) = self.0.iter().position(of) else { return };
        let Some(announcement) = self.0.get_mut(place) else { return };
        announcement.is_heard |= stats.num_successes() > 0;
        announcement.queries.retain(|query| *query != (scope, *id));
        if announcement.queries.is_empty() {
            let Announcement { done, is_heard, .. } = self.0.swap_remove(place);
            let outcome = if is_heard { Ok(()) } else { Err(DhtError::NobodyAnswered) };
            drop(done.send(outcome));
        }
    }
}
