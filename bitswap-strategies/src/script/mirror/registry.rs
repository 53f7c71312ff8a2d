//! `candidates(ctx, want, limit)` and `relay(ctx, want, view)`.

use bitswap_core::strategy::{
    Ctx, EventMask, Registry, RelayPlan, RelayRequestView, RelayView, Report, State, StrategyEvent,
};
use bitswap_core::{CidKey, PeerKey};
use rhai::{Dynamic, Engine, INT};

use super::list::List;
use super::{Left, ears, reason};
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
        let answer = self.runner.ask(ctx, ("candidates", CALL), arguments, |value, _| {
            let answer = peers("candidates", value)?;
            if answer.len() > limit {
                return Err(format!("{} candidates, of at most {limit}", answer.len()));
            }
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
        let answer = self.runner.ask(ctx, ("relay", budget), arguments, plan);
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

pub(super) fn register(engine: &mut Engine) {
    view!(engine, RelayRequestView as "RelayRequest" {
        "want" => |want| key(want.want.0),
        "requester" => |want| key(want.requester.0),
        "ttl" => |want| INT::from(want.ttl),
        "seen_at_ms" => |want| ms(want.seen_at),
    });
    view!(engine, Relay as "RelayView" {
        "eligible" => |view| view.eligible.clone(),
        "degree_left" => |view| INT::from(view.degree_left),
        "held_for_requester" => |view| INT::from(view.held_for_requester),
        "held_for_requester_max" => |view| INT::from(view.held_for_requester_max),
    });
}
