//! `candidates(ctx, want, limit)` and `relay(ctx, want, view)`.

use bitswap_core::strategy::{
    Ctx, EventMask, Registry, RelayPlan, RelayRequestView, RelayView, Report, State, StrategyEvent,
};
use bitswap_core::{CidKey, PeerKey};
use rhai::{Dynamic, Engine, INT};

use super::list::List;
use super::view::{self, view};
use super::{Left, ears, gate, reason};
use crate::script::budget::{self, CALL};
use crate::script::convert::{Fields, key, ms, peers};
use crate::script::handle::Call;
use crate::script::runner::Runner;

/// A registry that asks a script.
pub(super) struct Remembers {
    pub(super) runner: Runner,
    pub(super) native: Box<dyn Registry>,
    /// Whether the script has `relay`.
    pub(super) relays: bool,
}

impl Registry for Remembers {
    fn candidates(&mut self, ctx: &mut Ctx<'_>, want: CidKey, limit: usize) -> Vec<PeerKey> {
        let arguments = (self.runner.ctx(), key(want.0), limit as INT);
        let answer = self.runner.ask(ctx, ("candidates", CALL), arguments, |value, call| {
            let answer = peers("candidates", value)?;
            if answer.len() > limit {
                return Err(format!("{} candidates, of at most {limit}", answer.len()).into());
            }
            gate::all_connected(&answer, &call.connected)?;
            Ok(answer)
        });
        answer.unwrap_or_else(|| self.native.candidates(ctx, want, limit))
    }

    fn relay(
        &mut self,
        ctx: &mut Ctx<'_>,
        want: &RelayRequestView,
        view: &RelayView<'_>,
    ) -> RelayPlan {
        if !self.relays {
            return RelayPlan::keep("passes nothing on");
        }
        let budget = budget::for_rows(view.eligible.len());
        let rows = Relay::new(view);
        let arguments = (self.runner.ctx(), want.clone(), rows);
        let answer = self.runner.ask(ctx, ("relay", budget), arguments, |value, call| {
            let plan = plan(value, call)?;
            gate::plan(&plan, want, view)?;
            Ok(plan)
        });
        answer.unwrap_or_else(|| self.native.relay(ctx, want, view))
    }

    ears!();
}

/// A [`RelayView`] that owns its rows.
#[derive(Clone)]
pub(in crate::script) struct Relay {
    eligible: List<INT>,
    degree_left: u32,
    held_for_requester: u32,
    held_for_requester_max: u32,
}

impl Relay {
    pub(in crate::script) fn new(view: &RelayView<'_>) -> Self {
        Self {
            eligible: view.eligible.iter().map(|peer| key(peer.0)).collect(),
            degree_left: view.degree_left,
            held_for_requester: view.held_for_requester,
            held_for_requester_max: view.held_for_requester_max,
        }
    }
}

fn plan(value: Dynamic, call: &mut Call) -> Result<RelayPlan, String> {
    let mut fields = Fields::read("a plan", value, &["reason", "to", "ttl"])?;
    let reason = reason(&mut fields, call)?;
    let ttl = Fields::needed("ttl", fields.count("ttl")?)?;
    let ttl = u8::try_from(ttl).map_err(|_| format!("ttl is {ttl}, above 255"))?;
    let to = peers("to", Fields::needed("to", fields.take("to"))?)?;
    Ok(RelayPlan { ttl, to, reason })
}

view! {
    /// A want of another peer that we cannot serve: `relay(ctx, want, view)`.
    RelayRequestView as "RelayRequest" {
        /// The want.
        "want" => |want| key(want.want.0),
        /// The peer that sent the want.
        "requester" => |want| key(want.requester.0),
        /// Hops that the want may still be forwarded; at least 1, at most one more than the TTL
        /// that this node may send.
        "ttl" => |want| INT::from(want.ttl),
        /// When the want was received.
        "seen_at_ms" => |want| ms(want.seen_at),
    }
}

view! {
    /// The peers that a relayed want may be forwarded to, and what is left of its budgets:
    /// `relay(ctx, want, view)`.
    Relay as "RelayView" {
        /// Connected peers that can be asked: none that wants the block itself, and none that was
        /// asked already. A peer that does not speak the relay protocol gets an ordinary want,
        /// which goes no further.
        "eligible" => |view| view.eligible.clone(),
        /// Number of eligible peers that may still be asked for this CID.
        "degree_left" => |view| INT::from(view.degree_left),
        /// Relayed wants held for this requester.
        "held_for_requester" => |view| INT::from(view.held_for_requester),
        /// Limit of the relayed wants held for one requester.
        "held_for_requester_max" => |view| INT::from(view.held_for_requester_max),
    }
}

pub(super) fn register(engine: &mut Engine) {
    view::register::<RelayRequestView>(engine);
    view::register::<Relay>(engine);
}
