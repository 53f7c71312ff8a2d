//! The peer selector or the registry was replaced: what the old one decided is decided again.

use super::ClientRoom;

impl ClientRoom<'_> {
    /// Drops scheduled asks, and shows the new peer selector all wants without an ask in flight,
    /// also those that are held back or, in sessions with members, searched for. Asks in flight
    /// stay: what was sent cannot be unsent.
    pub(crate) fn selector_replaced(&mut self) {
        for (key, peer) in self.wants.scheduled() {
            self.wants.take_planned(self.peers, key, peer);
            self.decide_again(key);
        }
        let sessions: Vec<_> = self.sessions.ids().collect();
        for id in sessions {
            let open = self.sessions.get(id).filter(|open| !open.members().is_empty());
            let searched: Vec<_> =
                open.into_iter().flat_map(|open| open.searched_wants(usize::MAX)).collect();
            for key in searched {
                self.decide_again(key);
            }
            self.sessions.wake(id, None);
        }
    }

    /// Lets the searches of sessions without members ask the new registry for candidates.
    pub(crate) fn registry_replaced(&mut self) {
        let sessions: Vec<_> = self.sessions.ids().collect();
        for id in sessions {
            if let Some(open) = self.sessions.get_mut(id).filter(|open| open.members().is_empty()) {
                open.registry_asked = false;
                self.searches.wake_up(id);
            }
        }
    }
}
