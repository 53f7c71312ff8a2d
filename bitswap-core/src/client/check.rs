//! Invariants of all wants between two inputs; for simulators and tests.

use super::Client;
use super::wants::{Phase, Want};
use crate::ids::{CidKey, SessionId};

impl Client {
    /// A description of the first violated invariant.
    pub(crate) fn violation(&self) -> Option<String> {
        let broken = self.wants.iter().find_map(|(key, want)| self.want_violation(key, want));
        broken.or_else(|| self.miscount()).or_else(|| {
            let wants =
                |id: &SessionId| self.sessions.get(*id).is_some_and(|open| open.pending > 0);
            let outlived = self.searches.sessions().find(|id| !wants(id))?;
            Some(format!("the search of {outlived:?} outlived its wants"))
        })
    }

    /// A phase of which not as many wants are counted as are in it.
    fn miscount(&self) -> Option<String> {
        let phases = [Phase::Asked, Phase::HeldBack, Phase::Searching];
        phases.into_iter().find_map(|phase| {
            let there = self.wants.iter().filter(|(_, want)| want.phase() == phase).count();
            let counted = self.wants.in_phase(phase);
            (counted != there).then(|| format!("{there} wants are {phase:?}, {counted} are told"))
        })
    }

    /// Every open want is being asked for, searched, held back or read, so that it ends.
    fn want_violation(&self, key: CidKey, want: &Want) -> Option<String> {
        let Some(session) = want.session() else {
            return Some(format!("{key:?} is wanted by nobody"));
        };
        for interest in &want.interest {
            if self.calls.get(interest.call).is_none() {
                return Some(format!("{key:?} is wanted by a call that is over"));
            }
        }
        let phase = want.phase();
        if !self.sessions.get(session).is_some_and(|open| open.lists(want.order, phase)) {
            return Some(format!("{key:?} is {phase:?}, and its session does not list it"));
        }
        if want.is_asked() != (phase == Phase::Asked) {
            return Some(format!("{key:?} is {phase:?}: somebody is asked, or nobody"));
        }
        if matches!(phase, Phase::OwnStore | Phase::Asked) {
            return None;
        }
        let armed = self.searches.is_armed(session) || self.sessions.is_armed(session);
        (!armed).then(|| format!("nothing will happen to {key:?}"))
    }
}
