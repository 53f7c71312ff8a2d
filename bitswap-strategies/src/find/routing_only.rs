//! Asks content routing at once, one want after the other, and never the connected peers.

use std::time::Duration;

use bitswap_core::strategy::{Ctx, ProviderFinder, SearchView, SearchedWant, Source, Step};

parameters! {
    /// For gateways with a fast router (RFM16): no connected peer learns what is wanted but the
    /// providers that routing names. The want that waited longest is looked up first, one at a
    /// time.
    pub struct RoutingOnly {
        /// How long one look-up may take.
        lookup_timeout: Duration = Duration::from_secs(10),
            within Duration::from_secs(1)..=Duration::from_secs(60);
        /// How many providers are enough for one look-up.
        max_providers: u32 = 10, within 1..=1_000;
        /// How long after its look-up a want that nobody serves is looked up again.
        periodic: Duration = Duration::from_secs(60),
            within Duration::from_secs(1)..=Duration::from_secs(1_800);
    }
}

impl ProviderFinder for RoutingOnly {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        let Self { lookup_timeout: timeout, max_providers, periodic } = *self;
        let due_at = |want: &SearchedWant| {
            want.looked_up_at.map_or(want.wanted_since, |at| at.after(periodic))
        };
        let next = search.searched().min_by_key(|want| due_at(want));
        match next {
            Some(want) if due_at(want) <= ctx.now() && !search.lookup_running => {
                let (want, source) = (want.want, Source::Routing);
                Step::Ask { want, source, max_providers, timeout, reason: "routing alone" }
            }
            Some(want) if due_at(want) > ctx.now() => {
                Step::WaitUntil { at: due_at(want), reason: "looked up" }
            }
            Some(_) | None => {
                Step::WaitUntil { at: ctx.now().after(periodic), reason: "nothing to look up" }
            }
        }
    }
}

#[cfg(test)]
mod tests;
