//! Look-ups of providers for searches, and what comes of them: dials and new members.

use std::time::Duration;

use libp2p_identity::PeerId;

use super::ClientRoom;
use crate::action::Action;
use crate::event::{Event, Reached};
use crate::ids::{CidKey, LookupId, PeerKey, SessionId};
use crate::limits::Limits;
use crate::strategy::{Source, StrategyEvent};

impl ClientRoom<'_> {
    pub(super) fn look_up(
        &mut self,
        (session, key): (SessionId, CidKey),
        source: Source,
        max_providers: u32,
        timeout: Duration,
    ) {
        let Some(want) = self.wants.get_mut(key) else {
            return;
        };
        want.looked_up_at = Some(self.now);
        let cid = want.cid;
        let lookup = LookupId(self.out.next_id());
        let timeout = timeout.min(Limits::LOOKUP);
        self.searches.lookup_begins(self.now, (session, key), lookup);
        self.out.stats.client.lookups += 1;
        self.out.act(Action::Lookup { lookup, cid, source, max_providers, timeout });
    }

    pub(crate) fn providers_found(&mut self, lookup: LookupId, peers: Vec<PeerId>) {
        let Some((session, key)) = self.searches.of_lookup(lookup) else {
            self.out.stats.stray_inputs += 1;
            return;
        };
        let count = u32::try_from(peers.len()).unwrap_or(u32::MAX);
        if let Some(search) = self.searches.get_mut(session) {
            search.providers_found = search.providers_found.saturating_add(count);
            if let Some(running) = &mut search.lookup {
                running.found = running.found.saturating_add(count);
            }
        }
        self.searches.heard(session);
        self.out.stats.client.providers += peers.len() as u64;
        for id in peers.into_iter().take(Limits::PROVIDERS_PER_ANSWER) {
            let peer = self.config.keys().peer(&id);
            let event = StrategyEvent::ProviderFound { session, peer, want: key };
            self.strategies.notify(self.now, &event);
            self.note_provider(key, peer);
            let reached = if self.peers.contains(peer) {
                self.join_session(session, peer);
                self.decide_again(key);
                Reached::Connected
            } else if self.searches.dial(peer, session) {
                self.out.act(Action::Connect { peer: id });
                Reached::Dialled
            } else {
                Reached::NotDialled
            };
            self.out.report(Event::ProviderFound { session, want: key, peer, id, reached });
        }
    }

    fn note_provider(&mut self, key: CidKey, peer: PeerKey) {
        if let Some(want) = self.wants.get_mut(key)
            && want.providers.len() < Limits::PROVIDERS_PER_WANT
            && !want.providers.contains(&peer)
        {
            want.providers.push(peer);
        }
    }

    pub(crate) fn lookup_ended(&mut self, lookup: LookupId) {
        let search = self.searches.of_lookup(lookup);
        let running = search.and_then(|(session, _)| self.searches.get(session)?.lookup);
        if !self.searches.lookup_ends(lookup) {
            self.out.stats.stray_inputs += 1;
        }
        if let Some((session, want)) = search {
            let found = running.map_or(0, |running| running.found);
            self.strategies.notify(self.now, &StrategyEvent::LookupEnded { session, want, found });
            self.out.report(Event::LookupEnded { session, want, found });
            self.searches.wake_up(session);
        }
    }

    pub(crate) fn dial_failed(&mut self, id: &PeerId) {
        let peer = self.config.keys().peer(id);
        for session in self.searches.dial_ended(peer) {
            if let Some(search) = self.searches.get_mut(session) {
                search.unreachable = search.unreachable.saturating_add(1);
            }
        }
    }
}
