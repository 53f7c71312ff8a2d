//! What events add to the engine's own counts.

use std::ops::Deref;

use bitswap_core::{Event, Reached, RelayOutcome, SearchStep, Stats};

/// Counts of events since the start.
#[derive(Clone, Debug, Default)]
pub(super) struct EventCounts {
    /// Look-ups of providers that ended with one or more, and without any.
    pub(super) lookups_ended: [u64; 2],
    /// Providers by what was done to reach them, in the order of [`Reached`].
    pub(super) reached: [u64; 3],
    /// Steps of searches, in the order of [`SearchStep`].
    pub(super) search_steps: [u64; 4],
    /// Peers that broadcasts were sent to, summed over all wants.
    pub(super) broadcast_peers: u64,
    /// Questions to the registry that named somebody, and that named nobody.
    pub(super) candidates: [u64; 2],
    /// Members of sessions that left for a peer that has a want.
    pub(super) members_replaced: u64,
    /// Wanted blocks that came from a peer whose ask had ended.
    pub(super) blocks_unawaited: u64,
    /// Requests that were dropped for others.
    pub(super) requests_evicted: u64,
    /// Relayed wants that ended, in the order of [`RelayOutcome`].
    pub(super) relay_ended: [u64; 4],
    /// Unix time of the last change of strategies, in seconds; 0 = there was none.
    pub(super) strategies_changed_at: u64,
    /// Unix time when the engine last told its counts, in seconds.
    pub(super) engine_alive_at: u64,
}

impl EventCounts {
    /// Adds one event.
    #[expect(clippy::wildcard_enum_match_arm, reason = "of most events there is nothing to add")]
    pub(super) fn add(&mut self, event: &Event) {
        match event {
            Event::BlockUnawaited { .. } => self.blocks_unawaited += 1,
            Event::CandidatesNamed { named, .. } => {
                count(&mut self.candidates, usize::from(*named == 0));
            }
            Event::LookupEnded { found, .. } => {
                count(&mut self.lookups_ended, usize::from(*found == 0));
            }
            Event::MemberReplaced { .. } => self.members_replaced += 1,
            Event::ProviderFound { reached, .. } => {
                let place = match reached {
                    Reached::Connected => 0,
                    Reached::Dialled => 1,
                    Reached::NotDialled => 2,
                };
                count(&mut self.reached, place);
            }
            Event::RelayEnded { outcome, .. } => {
                let place = match outcome {
                    RelayOutcome::Disconnected => 0,
                    RelayOutcome::DontHave => 1,
                    RelayOutcome::Expired => 2,
                    RelayOutcome::RequestEnded => 3,
                };
                count(&mut self.relay_ended, place);
            }
            Event::RequestEvicted { .. } => self.requests_evicted += 1,
            Event::SearchStep { step, .. } => self.step(*step),
            _ => {}
        }
    }

    fn step(&mut self, step: SearchStep) {
        let place = match step {
            SearchStep::Broadcast { peers } => {
                self.broadcast_peers += u64::from(peers);
                0
            }
            SearchStep::Candidates => 1,
            SearchStep::GiveUp => 2,
            SearchStep::LookUp => 3,
        };
        count(&mut self.search_steps, place);
    }
}

fn count(counts: &mut [u64], place: usize) {
    if let Some(count) = counts.get_mut(place) {
        *count += 1;
    }
}

/// All that series are read from: the engine's counts, and what events add.
pub(super) struct Facts<'a> {
    pub(super) stats: &'a Stats,
    pub(super) events: &'a EventCounts,
}

/// Most series are the engine's.
impl Deref for Facts<'_> {
    type Target = Stats;

    fn deref(&self) -> &Stats {
        self.stats
    }
}
