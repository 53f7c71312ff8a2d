//! `weigh(ctx, account)` and `admit(ctx, account, request)`.

use bitswap_core::strategy::{
    Account, Admission, Ctx, EventMask, LedgerPolicy, Report, RequestView, State, StrategyEvent,
    Weight,
};
use rhai::{Dynamic, Engine, INT};

use super::{Left, ears, prioritizer, reason};
use crate::script::budget::CALL;
use crate::script::convert::{Fields, count, key, kind, maybe_ms, ms, number};
use crate::script::handle::Call;
use crate::script::runner::Runner;

/// A policy that asks a script.
pub(super) struct Policy {
    pub(super) runner: Runner,
    pub(super) native: Box<dyn LedgerPolicy>,
    /// Whether the script has `admit`.
    pub(super) admits: bool,
}

impl LedgerPolicy for Policy {
    fn weigh(&mut self, ctx: &mut Ctx<'_>, account: &Account) -> Weight {
        let arguments = (self.runner.ctx(), account.clone());
        let answer = self.runner.ask(ctx, ("weigh", CALL), arguments, |value, _| {
            let parts = number("a weight", &value)?;
            Ok(Weight::parts(parts.clamp(0, INT::from(u32::MAX)) as u32))
        });
        answer.unwrap_or_else(|| self.native.weigh(ctx, account))
    }

    fn admit(&mut self, ctx: &mut Ctx<'_>, account: &Account, request: &RequestView) -> Admission {
        if !self.admits {
            return Admission::Serve { reason: "open to all" };
        }
        let arguments = (self.runner.ctx(), account.clone(), request.clone());
        let answer = self.runner.ask(ctx, ("admit", CALL), arguments, admission);
        answer.unwrap_or_else(|| self.native.admit(ctx, account, request))
    }

    ears!();
}

fn admission(value: Dynamic, call: &mut Call) -> Result<Admission, String> {
    let mut fields = Fields::read("an admission", value, &["kind", "reason", "until_ms"])?;
    let reason = reason(&mut fields, call)?;
    let until = fields.moment("until_ms")?;
    let kind = Fields::needed("kind", fields.text("kind")?)?;
    match (kind.as_str(), until) {
        ("defer", until) => {
            let until = Fields::needed("until_ms", until)?;
            prioritizer::later("until_ms", until, call.now)?;
            Ok(Admission::Defer { until, reason })
        }
        ("refuse", None) => Ok(Admission::Refuse { reason }),
        ("serve", None) => Ok(Admission::Serve { reason }),
        ("refuse" | "serve", Some(_)) => Err(format!("`{kind}` has no until_ms")),
        _ => Err(format!("there is no kind `{kind}`; there are defer, refuse, serve")),
    }
}

pub(super) fn register(engine: &mut Engine) {
    view!(engine, Account as "Account" {
        "peer" => |account| key(account.peer.0),
        "class" => |account| account.class.name(),
        "is_local" => |account| account.is_local,
        "connected_since_ms" => |account| maybe_ms(account.connected_since),
        "wants_from_us" => |account| INT::from(account.wants_from_us),
        "asked_of" => |account| INT::from(account.asked_of),
        "pending_bytes" => |account| count(account.pending_bytes),
        "in_flight_bytes_to" => |account| count(account.in_flight_bytes_to),
        "first_seen_at_ms" => |account| ms(account.first_seen_at),
        "last_exchange_at_ms" => |account| maybe_ms(account.last_exchange_at),
        "sent_to" => |account| count(account.sent_to),
        "blocks_sent_to" => |account| count(account.blocks_sent_to),
        "received_from" => |account| count(account.received_from),
        "blocks_received_from" => |account| count(account.blocks_received_from),
        "duplicate_received_from" => |account| count(account.duplicate_received_from),
        "unasked_received_from" => |account| count(account.unasked_received_from),
        "relayed_sent_to" => |account| count(account.relayed_sent_to),
        "relayed_received_from" => |account| count(account.relayed_received_from),
        "refusals" => |account| INT::from(account.refusals),
        "debt_owed_to_us" => |account| count(account.debt_owed_to_us()),
        "debt_we_owe" => |account| count(account.debt_we_owe()),
    });
    view!(engine, RequestView as "Request" {
        "want" => |request| key(request.want.0),
        "kind" => |request| kind(request.kind),
        "bytes" => |request| request.bytes.map_or(Dynamic::UNIT, |bytes| INT::from(bytes).into()),
        "priority" => |request| INT::from(request.priority),
        "ttl" => |request| INT::from(request.ttl),
        "deferrals" => |request| INT::from(request.deferrals),
    });
}
