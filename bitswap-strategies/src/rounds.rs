//! Rounds of broadcasts and look-ups with growing pauses, as boxo's sessions make them: what
//! several finders have in common.

use std::time::Duration;

use bitswap_core::Timestamp;
use bitswap_core::strategy::{Ctx, PeerSet, SearchView, SearchedWant, Source, Step, WantSet};

/// When a session broadcasts again, and when it looks up providers.
#[derive(Clone, Debug)]
pub(crate) struct Rounds {
    /// The part of a pause that is the same however fast peers answer.
    pub(crate) base_tick: Duration,
    /// How many answer times a pause has besides.
    pub(crate) latency_factor: u32,
    /// The pause while no answer time is known.
    pub(crate) search_delay: Duration,
    /// Look-ups, if there are any.
    pub(crate) lookups: Option<Lookups>,
    /// Whether the registry is asked before anybody else.
    pub(crate) ask_registry: bool,
    /// Whom a want is first broadcast to.
    pub(crate) first: PeerSet,
}

/// How providers are looked up.
#[derive(Clone, Debug)]
pub(crate) struct Lookups {
    /// Whether the first one starts with the first broadcast.
    pub(crate) at_once: bool,
    pub(crate) max_providers: u32,
    pub(crate) timeout: Duration,
    /// How long after a look-up a want is looked up and broadcast although nothing asks for it.
    pub(crate) periodic: Duration,
}

impl Default for Rounds {
    /// As boxo's sessions (`session.go`, `defaults.go`).
    fn default() -> Self {
        Self {
            base_tick: Duration::from_millis(500),
            latency_factor: 3,
            search_delay: Duration::from_secs(1),
            lookups: Some(Lookups::default()),
            ask_registry: true,
            first: PeerSet::All,
        }
    }
}

impl Default for Lookups {
    fn default() -> Self {
        Self {
            at_once: false,
            max_providers: 10,
            timeout: Duration::from_secs(10),
            periodic: Duration::from_secs(60),
        }
    }
}

impl Rounds {
    /// The next step of a search. Keeps no state: each call comes one step nearer to a wait.
    pub(crate) fn next_step(&self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        let now = ctx.now();
        if let Some(first) = search.searched().next()
            && self.ask_registry
            && search.members == 0
            && !search.candidates_asked
        {
            return Step::Candidates { want: first.want, limit: 10, reason: "known holders" };
        }
        if let Some(step) = self.past_relays(search) {
            return step;
        }
        let tick_at = self.tick_at(search);
        if now >= tick_at && !search.wants.is_empty() {
            return self
                .run_lookup(search)
                .unwrap_or_else(|| broadcast(WantSet::All, "still quiet"));
        }
        if search.searched().any(|want| want.broadcast_at.is_none()) {
            // Where nobody is connected, no answer is worth a wait.
            let nobody = search.peers_connected == 0;
            let at_once = self.lookups.as_ref().filter(|lookups| lookups.at_once || nobody);
            let first = at_once.and_then(|_| self.run_lookup(search));
            return first.unwrap_or_else(|| {
                Step::broadcast(WantSet::New, self.first.clone(), "first look")
            });
        }
        let rest_at = search.others_left.then(|| search.started_at.after(self.search_delay));
        let rest = || rest_at.filter(|at| *at <= now).and_then(|_| the_rest(now, search));
        let step = self.exhausted(search).or_else(rest);
        if let Some(step) = step.or_else(|| self.widen(ctx, search)) {
            return step;
        }
        let random_at = self.random_at(search).filter(|_| !search.lookup_running);
        let rest_at = rest_at.filter(|at| *at > now);
        let at = random_at.into_iter().chain(rest_at).fold(tick_at, Timestamp::min);
        if search.wants.is_empty() {
            return Step::WaitUntil { at: now.after(A_MINUTE), reason: "nothing is wanted" };
        }
        Step::WaitUntil { at, reason: "listening" }
    }

    /// When all wants are broadcast again: one tick longer after each round without a block. The
    /// broadcasts are counted and not the quiet waits, because those change while a pause runs, and
    /// a pause that grows as it runs never ends.
    fn tick_at(&self, search: &SearchView) -> Timestamp {
        let tick = search.answer_time.map_or(self.search_delay, |answer_time| {
            self.base_tick.saturating_add(answer_time.saturating_mul(self.latency_factor))
        });
        let last = search.last_broadcast_at.unwrap_or_default().max(search.last_progress_at());
        last.after(tick.saturating_mul(search.broadcasts.saturating_add(1)))
    }

    /// A relay knows who has something: that is looked up, once, so that the rest need not come the
    /// long way.
    fn past_relays(&self, search: &SearchView) -> Option<Step> {
        let first = search.wants.first().filter(|_| search.relayed_haves > 0)?;
        self.look_up(first, "relayed so far").filter(|_| search.lookups == 0)
    }

    /// The one look-up of a run of rounds without a block.
    fn run_lookup(&self, search: &SearchView) -> Option<Step> {
        if search.lookup_running || search.last_lookup_at >= Some(search.last_progress_at()) {
            return None;
        }
        self.look_up(search.wants.iter().min_by_key(|want| want.looked_up_at)?, "nobody nearby")
    }

    /// The members were asked for a want in vain: its providers are looked up, once.
    fn exhausted(&self, search: &SearchView) -> Option<Step> {
        let is_in_vain = |want: &&SearchedWant| want.failed_asks > 0 && want.looked_up_at.is_none();
        let first = search.searched().find(is_in_vain)?;
        if search.lookup_running || search.members == 0 {
            return None;
        }
        self.look_up(first, "no member has it")
    }

    /// From time to time a want is looked up and broadcast, one of those that were not for the
    /// longest time, also one that a member is asked for: other peers may be faster.
    fn widen(&self, ctx: &mut Ctx<'_>, search: &SearchView) -> Option<Step> {
        let now = ctx.now();
        let looked_up = search.wants.iter().find(|want| want.looked_up_at == Some(now));
        if let Some(want) = looked_up.filter(|want| want.broadcast_at != Some(now)) {
            return Some(broadcast(WantSet::One(want.want), "along with a look-up"));
        }
        if search.lookup_running || now < self.random_at(search)? {
            return None;
        }
        let longest = search.wants.iter().map(|want| want.looked_up_at).min()?;
        let all = search.wants.iter().filter(|want| want.looked_up_at == longest);
        let all: Vec<_> = all.collect();
        let place = usize::try_from(ctx.chance().below(all.len() as u64)).ok()?;
        self.look_up(all.get(place)?, "widen")
    }

    fn random_at(&self, search: &SearchView) -> Option<Timestamp> {
        let last = search.last_lookup_at.unwrap_or(search.started_at);
        Some(last.after(self.lookups.as_ref()?.periodic))
    }

    fn look_up(&self, want: &SearchedWant, reason: &'static str) -> Option<Step> {
        let Lookups { max_providers, timeout, .. } = *self.lookups.as_ref()?;
        let (want, source) = (want.want, Source::Routing);
        Some(Step::Ask { want, source, max_providers, timeout, reason })
    }
}

const A_MINUTE: Duration = Duration::from_secs(60);

/// The session goes on for long: those that its first broadcast left for later may have it, too.
fn the_rest(now: Timestamp, search: &SearchView) -> Option<Step> {
    let last = search.wants.last().filter(|last| last.broadcast_at != Some(now))?;
    Some(broadcast(WantSet::One(last.want), "who else has it"))
}

const fn broadcast(wants: WantSet, reason: &'static str) -> Step {
    Step::broadcast(wants, PeerSet::All, reason)
}
