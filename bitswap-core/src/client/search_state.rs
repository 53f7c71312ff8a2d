//! The wants of a session that a search is about, and the report of what it does for them.

use super::ClientRoom;
use super::wants::{Phase, SentWant, Want};
use crate::event::{Event, SearchStep};
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::limits::Limits;
use crate::peers::Peer;
use crate::strategy::{Reason, SearchView, SearchedWant, WantPhase, WantSet};

impl ClientRoom<'_> {
    /// Reports a step as far as it is about one want.
    pub(super) fn step_taken(
        &mut self,
        (session, want): (SessionId, CidKey),
        step: SearchStep,
        reason: Reason,
    ) {
        self.out.report(Event::SearchStep { session, want, step, reason });
    }

    /// Asks those that the last broadcast of a want left for later, once none of the others may
    /// have it; true if they are asked.
    pub(super) fn ask_the_others(&mut self, session: SessionId, key: CidKey) -> bool {
        let Some(want) = self.wants.get_mut(key) else {
            return false;
        };
        let may_have = |asked: &SentWant| {
            let waits = asked.open && self.now < asked.at.after(Limits::SILENCE);
            asked.has == Some(true) || waits
        };
        // Who is left is looked at first: of most wants nobody is, and many may have been asked.
        if want.for_others.is_none() || want.asked_of().any(|(_, asked)| may_have(&asked)) {
            return false;
        }
        let Some(params) = want.for_others.take() else {
            return false;
        };
        // Who came later was asked for some wants then.
        let is_left = |row: &(PeerKey, &Peer)| {
            Some(row.1.connected_since) <= want.broadcast_at && want.asked(row.0).is_none()
        };
        let others: Vec<_> = self.peers.iter().filter(is_left).map(|(peer, _)| peer).collect();
        let step = SearchStep::Broadcast { peers: others.len() as u32 };
        self.step_taken((session, key), step, "those asked first lack it");
        self.searches.broadcast(key, &others, params);
        true
    }

    /// The wants of a session that lack their block: first those that are searched for, then the
    /// others, each oldest first.
    pub(super) fn wants_to_search(&self, id: SessionId, limit: usize) -> Vec<SearchedWant> {
        let Some(session) = self.sessions.get(id) else {
            return Vec::new();
        };
        let searched = session.searched_wants(limit);
        let mut found: Vec<_> =
            searched.filter_map(|key| self.wants.get(key).map(|want| row(key, want))).collect();
        if found.len() == limit || found.len() == session.pending as usize {
            return found;
        }
        let others = self.calls.started_in(id).filter_map(|key| Some((key, self.wants.get(key)?)));
        let is_other = |(_, want): &(CidKey, &Want)| {
            let phase = want.phase();
            let is_listed = matches!(phase, Phase::OwnStore | Phase::Searching);
            !is_listed && want.session() == Some(id)
        };
        let mut others: Vec<_> = others.filter(is_other).collect();
        others.sort_unstable_by_key(|(_, want)| want.order);
        others.dedup_by_key(|(_, want)| want.order);
        let room = limit - found.len();
        found.extend(others.into_iter().take(room).map(|(key, want)| row(key, want)));
        found
    }
}

fn row(key: CidKey, want: &Want) -> SearchedWant {
    let phase = match want.phase() {
        Phase::Searching => WantPhase::Searching,
        Phase::OwnStore | Phase::Undecided | Phase::HeldBack => WantPhase::Undecided,
        Phase::Asked => WantPhase::Asked,
    };
    SearchedWant {
        want: key,
        wanted_since: want.since,
        phase,
        failed_asks: want.failed_asks,
        broadcast_at: want.broadcast_at,
        looked_up_at: want.looked_up_at,
    }
}

/// The wants of a view that a step is about.
pub(super) fn chosen(view: &SearchView, wants: &WantSet) -> Vec<CidKey> {
    let is_chosen = |row: &&SearchedWant| match wants {
        WantSet::All => true,
        WantSet::New => row.phase == WantPhase::Searching && row.broadcast_at.is_none(),
        WantSet::One(want) => row.want == *want,
        WantSet::List(listed) => listed.contains(&row.want),
    };
    view.wants.iter().filter(is_chosen).map(|row| row.want).collect()
}
