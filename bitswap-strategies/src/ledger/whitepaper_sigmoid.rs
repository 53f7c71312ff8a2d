//! Serves a peer by chance, the less likely the more it owes; a lost draw counts for a while.

use std::time::Duration;

use bitswap_core::strategy::{Account, Admission, Ctx, LedgerPolicy, RequestView, Weight};
use bitswap_core::{PeerKey, Timestamp};

use crate::catalog::{Bytes, Configured};
use crate::order;
use crate::tools::Recent;
use crate::tools::curves::sigmoid_1024;

parameters! {
    /// What `whitepaper-sigmoid` can be told.
    pub struct Params {
        /// How fast the probability falls around the midpoint.
        steepness: u32 = 3, within 1..=100;
        /// The debt ratio at which every second draw is lost.
        midpoint: u32 = 2, within 0..=1_000;
        /// What counts as received before anything was; the paper says 1 B, with which the first
        /// block decides.
        credit: Bytes = Bytes::mib(1), within Bytes(1)..=Bytes::mib(1_024);
        /// How long one draw counts: so long a peer that loses is ignored, and asking more does not
        /// bring more draws.
        cooldown: Duration = Duration::from_secs(10),
            within Duration::from_millis(100)..=Duration::from_secs(60);
    }
}

/// P(send | r) = 1 − 1 / (1 + e^(6 − 3 r)), where r = sent / (received + credit) (Benet 2014):
/// 0.998 at r = 0, ½ at 2, 0.0025 at 4. The weight is P, too. A newcomer has r = 0; one that takes
/// and never gives is cut off after a few times the credit.
#[derive(Debug)]
pub struct WhitepaperSigmoid {
    params: Params,
    /// The last draw of each peer: whether it won, and how long that counts.
    draws: Recent<PeerKey, (bool, Timestamp)>,
}

impl WhitepaperSigmoid {
    /// A peer whose draw is forgotten draws once more.
    const PEERS: usize = 4_096;

    /// The probability of sending, in 1/1024.
    fn probability(&self, account: &Account) -> u32 {
        let debt = account.received_from.saturating_add(self.params.credit.0);
        let ratio = order::part(order::ratio_1024(account.sent_to, debt));
        let left = i64::from(self.params.midpoint) * 1_024;
        let x = left.saturating_sub(ratio).saturating_mul(i64::from(self.params.steepness));
        sigmoid_1024(x) as u32
    }
}

impl Configured for WhitepaperSigmoid {
    type Params = Params;

    fn new(params: Params) -> Self {
        Self { params, draws: Recent::new(Self::PEERS) }
    }
}

impl LedgerPolicy for WhitepaperSigmoid {
    fn weigh(&mut self, ctx: &mut Ctx<'_>, account: &Account) -> Weight {
        ctx.because("probability of sending");
        Weight::parts(self.probability(account))
    }

    fn admit(&mut self, ctx: &mut Ctx<'_>, account: &Account, _: &RequestView) -> Admission {
        let known = self.draws.get(account.peer).copied();
        let (won, until) = known.filter(|(_, until)| ctx.now() < *until).unwrap_or_else(|| {
            let won = ctx.chance().one_in(u64::from(self.probability(account)), 1_024);
            let draw = (won, ctx.now().after(self.params.cooldown));
            self.draws.insert(account.peer, draw);
            draw
        });
        if won {
            return Admission::Serve { reason: "won the draw" };
        }
        Admission::Defer { until, reason: "lost the draw" }
    }
}

#[cfg(test)]
mod tests;
