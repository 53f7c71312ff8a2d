//! `weigh(ctx, account)` and `admit(ctx, account, request)`.

use bitswap_core::strategy::{
    Account, Admission, Ctx, EventMask, LedgerPolicy, Report, RequestView, State, StrategyEvent,
    Weight,
};
use rhai::{Dynamic, Engine, INT};

use super::view::{self, view};
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
        let answer = self
            .runner
            .ask(ctx, ("admit", CALL), arguments, |value, call| Ok(admission(value, call)?));
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

view! {
    /// What was exchanged with a peer; kept when it disconnects: `weigh(ctx, account)` and
    /// `admit(ctx, account, request)`.
    Account as "Account" {
        /// Key of the peer.
        "peer" => |account| key(account.peer.0),
        /// Who the peer is to this node; `Other` while it is not connected.
        "class" => |account| account.class.name(),
        /// Whether the peer is connected from the same local network.
        "is_local" => |account| account.is_local,
        /// Since when the peer is connected; `()` = it is not.
        "connected_since_ms" => |account| maybe_ms(account.connected_since),
        /// Wants of the peer that we hold, served or not: whether it is interested in us.
        "wants_from_us" => |account| INT::from(account.wants_from_us),
        /// Wants that the peer is asked for, or about to be: whether we are interested in it.
        "asked_of" => |account| INT::from(account.asked_of),
        /// Bytes of the blocks queued for the peer.
        "pending_bytes" => |account| count(account.pending_bytes),
        /// Block bytes taken from the peer's queue and not yet sent.
        "in_flight_bytes_to" => |account| count(account.in_flight_bytes_to),
        /// When the peer first connected.
        "first_seen_at_ms" => |account| ms(account.first_seen_at),
        /// When a block was last exchanged, in either direction.
        "last_exchange_at_ms" => |account| maybe_ms(account.last_exchange_at),
        /// Block bytes sent to the peer.
        "sent_to" => |account| count(account.sent_to),
        /// Blocks sent to the peer.
        "blocks_sent_to" => |account| count(account.blocks_sent_to),
        /// Bytes of wanted blocks that the peer was the first to send.
        "received_from" => |account| count(account.received_from),
        /// Wanted blocks that the peer was the first to send.
        "blocks_received_from" => |account| count(account.blocks_received_from),
        /// Bytes of duplicate blocks received from the peer.
        "duplicate_received_from" => |account| count(account.duplicate_received_from),
        /// Bytes of blocks received from the peer that nobody here asked for.
        "unasked_received_from" => |account| count(account.unasked_received_from),
        /// Block bytes sent to the peer that another peer gave us for it; not in `sent_to`.
        "relayed_sent_to" => |account| count(account.relayed_sent_to),
        /// Block bytes that the peer was the first to send and that we wanted for another peer
        /// only; not in `received_from`.
        "relayed_received_from" => |account| count(account.relayed_received_from),
        /// Requests of the peer that were refused.
        "refusals" => |account| INT::from(account.refusals),
        /// Bytes sent to the peer beyond those received from it; 0 if there are none.
        "debt_owed_to_us" => |account| count(account.debt_owed_to_us()),
        /// Bytes received from the peer beyond those sent to it; 0 if there are none.
        "debt_we_owe" => |account| count(account.debt_we_owe()),
    }
}

view! {
    /// A request that needs admission: `admit(ctx, account, request)`.
    RequestView as "Request" {
        /// The want.
        "want" => |request| key(request.want.0),
        /// Whether the requester wants the block or only its presence.
        "kind" => |request| kind(request.kind),
        /// Size of the block in bytes; `()` before the store was asked.
        "bytes" => |request| request.bytes.map_or(Dynamic::UNIT, |bytes| INT::from(bytes).into()),
        /// The requester's priority.
        "priority" => |request| INT::from(request.priority),
        /// How many hops the want may be forwarded if we lack the block; 0 = it is for us alone.
        "ttl" => |request| INT::from(request.ttl),
        /// How often this request was deferred before.
        "deferrals" => |request| INT::from(request.deferrals),
    }
}

pub(super) fn register(engine: &mut Engine) {
    view::register::<Account>(engine);
    view::register::<RequestView>(engine);
}
