//! What strategies do when nobody watches: whether a finder goes on, whether a policy serves.

use std::time::Duration;

use bitswap_core::strategy::{
    Account, Admission, Ctx, PeerSet, RequestView, SearchView, Step, StrategySet, WantSet,
};
use bitswap_core::wire::WantKind;
use bitswap_core::{Chance, CidKey, PeerKey, SessionId, Timestamp};
use bitswap_strategies::catalog::StrategyChoice;

/// Whether the finder of this name asks everybody again and again in an hour of silence, and does
/// not give up.
pub(in crate::campaign) fn searches(name: &str) -> bool {
    matches!(in_silence(name), Some(broadcasts) if broadcasts >= 3)
}

/// Whether the finder of this name neither asks everybody nor gives up: what it is to find where
/// nothing routes may be wanted without end.
pub(in crate::campaign) fn waits_for_ever(name: &str) -> bool {
    matches!(in_silence(name), Some(broadcasts) if broadcasts < 3)
}

/// How often a finder asks everybody in an hour of silence; `None` if it gives up.
fn in_silence(name: &str) -> Option<u32> {
    let mut finder = made("provider_finder", name)?.provider_finder;
    let (mut now, mut chance) = (Timestamp::ZERO, Chance::named(0, "probe"));
    let mut view = SearchView::new(SessionId(1), now).with_want(CidKey(1));
    view.peers_connected = 1;
    let at_last = now.after(Duration::from_secs(3_600));
    let mut broadcasts = 0;
    for _ in 0..STEPS {
        match finder.strategy.next_step(&mut Ctx::new(now, &mut chance), &view) {
            Step::Ask { .. } => {
                view.lookups += 1;
                view.last_lookup_at = Some(now);
                view.wants[0].looked_up_at = Some(now);
            }
            Step::Broadcast { wants, peers: PeerSet::All, .. } => {
                broadcasts += 1;
                view.wants[0].broadcast_at = Some(now);
                if wants == WantSet::All {
                    view.broadcasts += 1;
                    view.last_broadcast_at = Some(now);
                }
            }
            Step::Broadcast { .. } => view.wants[0].broadcast_at = Some(now),
            Step::Candidates { .. } => view.candidates_asked = true,
            Step::GiveUp { .. } => return None,
            Step::WaitUntil { at, .. } => {
                view.quiet_rounds += 1;
                now = at.clamp(now.after(LEAST), now.after(MOST));
            }
        }
        if now >= at_last {
            break;
        }
    }
    Some(broadcasts)
}

/// Whether the policy of this name serves newcomers, debtors and givers alike, many of them at
/// once.
pub(in crate::campaign) fn serves_all(name: &str) -> bool {
    let Some(mut policy) = made("ledger_policy", name).map(|set| set.ledger_policy) else {
        return false;
    };
    let mut chance = Chance::named(0, "probe");
    let request = RequestView {
        want: CidKey(1),
        kind: WantKind::Block,
        bytes: Some(1_000),
        priority: 0,
        ttl: 0,
        deferrals: 0,
    };
    (0..ACCOUNTS).all(|peer| {
        let new = Account::new(PeerKey(peer), Timestamp::ZERO);
        let debtor = Account { sent_to: 1 << 40, blocks_sent_to: 1 << 20, ..new };
        let giver = Account { received_from: 1 << 40, blocks_received_from: 1 << 20, ..new };
        let account = match peer % 3 {
            0 => new,
            1 => debtor,
            _ => giver,
        };
        let mut ctx = Ctx::new(Timestamp::ZERO, &mut chance);
        let answer = policy.strategy.admit(&mut ctx, &account, &request);
        matches!(answer, Admission::Serve { .. })
    })
}

/// Peers of which a policy is asked: more than take turns in any.
const ACCOUNTS: u64 = 96;
/// Steps in which a finder shows what it is like.
const STEPS: usize = 2_000;
/// What an engine makes of a wait.
const LEAST: Duration = Duration::from_millis(100);
const MOST: Duration = Duration::from_secs(60);

fn made(role: &str, name: &str) -> Option<StrategySet> {
    StrategyChoice::default().with_text(&format!("{role}={name}")).ok()?.build().ok()
}
