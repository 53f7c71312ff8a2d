//! Weights a peer 0.75 to 1.25 by its share of all exchanged bytes that it sent; serves everybody.

use bitswap_core::strategy::{Account, Admission, Ctx, LedgerPolicy, RequestView, Weight};

use crate::catalog::{Configured, NoParams};

/// The weight is ¾ + ½ · 1 / (1 + r), where r is what the peer got for each byte it gave. It
/// shifts the order, and refuses nobody. A newcomer weighs one: it owes nothing yet.
#[derive(Debug)]
pub struct DebtRatio;

impl DebtRatio {
    /// For who only takes, in 1/1024.
    const LEAST: u32 = 768;
    /// What who only gives has above that.
    const SPAN: u32 = 512;

    fn share_given(account: &Account) -> Option<u32> {
        let given = u128::from(account.received_from);
        let passed = given + u128::from(account.sent_to);
        let share = (given * u128::from(Self::SPAN)).checked_div(passed)?;
        u32::try_from(share).ok()
    }
}

impl Configured for DebtRatio {
    type Params = NoParams;

    fn new(_: NoParams) -> Self {
        Self
    }
}

impl LedgerPolicy for DebtRatio {
    fn weigh(&mut self, ctx: &mut Ctx<'_>, account: &Account) -> Weight {
        let Some(share) = Self::share_given(account) else {
            ctx.because("newcomer");
            return Weight::ONE;
        };
        ctx.because(match account.sent_to.cmp(&account.received_from) {
            std::cmp::Ordering::Less => "in credit",
            std::cmp::Ordering::Equal => "even",
            std::cmp::Ordering::Greater => "in debt",
        });
        Weight::parts(Self::LEAST + share)
    }

    fn admit(&mut self, _: &mut Ctx<'_>, _: &Account, _: &RequestView) -> Admission {
        Admission::Serve { reason: "serves everybody" }
    }
}

#[cfg(test)]
mod tests;
