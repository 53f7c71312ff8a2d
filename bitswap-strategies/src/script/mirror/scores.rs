//! `score(ctx, peer)`: a script says what each member is worth, and the draws are native.

use bitswap_core::strategy::{Asks, Ctx, PeerView, SessionView};
use bitswap_core::{PeerKey, SessionId};

use super::selector::PeerRow;
use crate::broken_haves::BrokenHaves;
use crate::draw::{self, Probes};
use crate::script::budget::CALL;
use crate::script::convert::number;
use crate::script::runner::Runner;
use crate::select::probabilistic;
use crate::tools::Recent;

/// What a script said of members. It is asked again about one when what is known of it has changed,
/// and about all when it was told something.
pub(super) struct Scores {
    known: Recent<(SessionId, PeerKey), (PeerView, u64)>,
    /// How much the script had been told then.
    told: u64,
    /// How many of the other members are asked whether they have a want.
    probes: usize,
    broken: BrokenHaves,
}

impl Scores {
    /// Members of all sessions whose scores are kept.
    const MEMBERS: usize = 4_096;

    /// `runner` may have parameters of `probabilistic`; the others are as there.
    pub(super) fn new(runner: &Runner) -> Self {
        let usual = probabilistic::Probabilistic::default();
        let told = |name, usual| {
            let told = runner.parameter(name);
            told.map_or(usual, |told| u32::try_from(told).unwrap_or(u32::MAX))
        };
        let hedges = told("hedges_per_broken_have", usual.hedges_per_broken_have);
        Self {
            known: Recent::new(Self::MEMBERS),
            told: 0,
            probes: runner.parameter("have_peers_max").unwrap_or(usize::MAX),
            broken: BrokenHaves::new(hedges),
        }
    }

    /// Draws a member for each want by the scores, and asks more holders after a broken HAVE, as
    /// `probabilistic` does; false if the script failed, and nobody was asked.
    pub(super) fn ask(
        &mut self,
        runner: &mut Runner,
        ctx: &mut Ctx<'_>,
        session: &SessionView<'_>,
        asks: &mut Asks,
    ) -> bool {
        if !session.wants.is_empty() && !self.draw(runner, ctx, session, asks) {
            return false;
        }
        self.broken.hedge(ctx, session, asks);
        true
    }

    fn draw(
        &mut self,
        runner: &mut Runner,
        ctx: &mut Ctx<'_>,
        session: &SessionView<'_>,
        asks: &mut Asks,
    ) -> bool {
        if self.told != runner.told() {
            self.told = runner.told();
            self.known = Recent::new(Self::MEMBERS);
        }
        let mut scores = Vec::with_capacity(session.peers.len());
        for (column, view) in session.peers.iter().enumerate() {
            let Some(score) = self.score(runner, ctx, session.session, (column, view)) else {
                return false;
            };
            scores.push(score);
        }
        let score = |column: usize, _: &PeerView| scores.get(column).copied().unwrap_or_default();
        draw::ask(ctx, session, asks, Probes::Useful(self.probes), score);
        true
    }

    fn score(
        &mut self,
        runner: &mut Runner,
        ctx: &mut Ctx<'_>,
        session: SessionId,
        (column, view): (usize, &PeerView),
    ) -> Option<u64> {
        let key = (session, view.peer);
        if let Some((seen, score)) = self.known.get(key)
            && seen == view
        {
            return Some(*score);
        }
        let arguments = (runner.ctx(), PeerRow { view: view.clone(), column });
        let score = runner.ask(ctx, ("score", CALL), arguments, |value, _| {
            let score = number("a score", &value)?;
            // Weights are summed: the most that may be said leaves room for all members.
            Ok(score.clamp(0, i64::from(u32::MAX)).cast_unsigned())
        })?;
        self.known.insert(key, (view.clone(), score));
        Some(score)
    }
}
