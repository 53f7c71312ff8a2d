//! `ctx` and `asks`: what scripts reach the outside of a call by.
//!
//! rhai passes values, so whatever a call collects lies behind a handle; it is obeyed after the
//! call, as a whole, or not at all.
#![expect(
    clippy::disallowed_types,
    reason = "rhai's values are shared, and this is their only cell"
)]

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bitswap_core::strategy::{Ask, Ctx, Reason};
use bitswap_core::{Chance, CidKey, Keys, Limits, PeerKey, Timestamp};
use rhai::{Array, Dynamic, Engine, EvalAltResult, INT, ImmutableString, Map, NativeCallContext};

use super::connected::Connected;
use super::convert::{Fields, key, kind, maybe_ms, maybe_span, ms};
use super::reasons::Reasons;
use super::runner::line_and_column;
use super::undo::Scene;
use crate::catalog::peer_id;

/// What a call sees and collects besides its question.
pub(super) struct Call {
    pub(super) now: Timestamp,
    /// A copy of the role's dice, which count as rolled only if the call succeeds.
    pub(super) dice: Chance,
    pub(super) reason: Reason,
    pub(super) reasons: Reasons,
    /// The asks, and where in the script each was made.
    pub(super) asks: Vec<(Ask, Place)>,
    pub(super) connected: Connected,
    pub(super) wake_at: Option<Timestamp>,
    params: Map,
    keys: Keys,
}

/// The cell of one script's calls.
#[derive(Clone)]
pub(super) struct Handle(Arc<Mutex<Call>>);

/// `ctx`.
#[derive(Clone)]
pub(super) struct CtxHandle(Handle);

/// `asks`.
#[derive(Clone)]
pub(super) struct AsksHandle(Handle);

/// Line and column, if they are known.
type Place = Option<(usize, usize)>;

type Outcome<T> = Result<T, Box<EvalAltResult>>;

impl Handle {
    pub(super) fn new(params: Map) -> Self {
        Self(Arc::new(Mutex::new(Call {
            now: Timestamp::ZERO,
            dice: Chance::named(0, "unused"),
            reason: Ctx::UNSAID,
            reasons: Reasons::default(),
            asks: Vec::new(),
            connected: Connected::default(),
            wake_at: None,
            params,
            keys: Keys::new(0),
        })))
    }

    /// A new call.
    pub(super) fn begin(&self, scene: &Scene) {
        let Scene { now, dice, keys } = scene;
        let mut call = self.open();
        call.now = *now;
        call.dice.clone_from(dice);
        call.reason = Ctx::UNSAID;
        call.keys.clone_from(keys);
        call.asks.clear();
        call.wake_at = None;
    }

    pub(super) fn open(&self) -> MutexGuard<'_, Call> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn ctx(&self) -> CtxHandle {
        CtxHandle(self.clone())
    }

    pub(super) fn asks(&self) -> AsksHandle {
        AsksHandle(self.clone())
    }
}

impl CtxHandle {
    /// Rolls the call's dice.
    pub(super) fn roll<R>(&self, roll: impl FnOnce(&mut Chance) -> R) -> R {
        roll(&mut self.0.open().dice)
    }
}

/// For tests of scripts, which do by themselves what a call is given.
impl CtxHandle {
    /// An empty list of asks.
    pub(super) fn new_asks(&self) -> AsksHandle {
        self.0.open().asks.clear();
        self.0.asks()
    }

    pub(super) fn reason(&self) -> Reason {
        self.0.open().reason
    }

    pub(super) fn set_connected(&self, peers: &[PeerKey]) {
        self.0.open().connected = peers.iter().copied().collect();
    }

    pub(super) fn set_now(&self, millis: u64) {
        self.0.open().now = Timestamp::ZERO.after(Duration::from_millis(millis));
    }
}

impl AsksHandle {
    /// All asks so far, as maps.
    pub(super) fn list(&self) -> Array {
        self.0.open().asks.iter().map(|(ask, _)| written(ask)).collect()
    }

    /// The moment at which it is to be asked again.
    pub(super) fn wakes_at(&self) -> Dynamic {
        maybe_ms(self.0.open().wake_at)
    }

    fn wake_at(&self, millis: INT) {
        let moment = Timestamp::ZERO.after(Duration::from_millis(millis.max(0).cast_unsigned()));
        let mut call = self.0.open();
        call.wake_at = Some(call.wake_at.map_or(moment, |earlier| earlier.min(moment)));
    }
}

fn written(ask: &Ask) -> Dynamic {
    let fields: [(&str, Dynamic); 7] = [
        ("delay_ms", maybe_span(Some(ask.delay))),
        ("hedge", ask.hedge.into()),
        ("kind", kind(ask.kind).into()),
        ("peer", key(ask.peer.0).into()),
        ("reason", ask.reason.into()),
        ("timeout_ms", maybe_span(ask.timeout)),
        ("want", key(ask.want.0).into()),
    ];
    Dynamic::from(Map::from_iter(fields.map(|(name, value)| (name.into(), value))))
}

impl Call {
    /// A parameter that is a number of at least 0.
    pub(super) fn parameter(&self, name: &str) -> Option<usize> {
        self.params.get(name).and_then(|value| usize::try_from(value.as_int().ok()?).ok())
    }

    /// The lasting form of a reason.
    pub(super) fn lasting(&mut self, text: &str) -> Outcome<Reason> {
        Ok(self.reasons.lasting(text)?)
    }

    fn push(&mut self, mut ask: Ask, options: Map, place: Place) -> Outcome<()> {
        if self.asks.len() >= Limits::default().asks_per_answer {
            return Err("too many asks in one answer".into());
        }
        let mut fields = Fields::of(options, &["delay_ms", "hedge", "timeout_ms"])?;
        ask.delay = fields.millis("delay_ms")?.unwrap_or_default();
        ask.timeout = fields.millis("timeout_ms")?;
        ask.hedge = fields.truth("hedge")?.unwrap_or_default();
        self.asks.push((ask, place));
        Ok(())
    }
}

/// Registers both types with all that they can do.
pub(super) fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<CtxHandle>("Ctx")
        .register_get("now_ms", |ctx: &mut CtxHandle| ms(ctx.0.open().now))
        .register_get("params", |ctx: &mut CtxHandle| ctx.0.open().params.clone())
        .register_fn("key_of", |ctx: &mut CtxHandle, id: &str| {
            let peer = peer_id(id).ok_or_else(|| format!("\"{id}\" is not a peer id"))?;
            Outcome::Ok(key(ctx.0.open().keys.peer(&peer).0))
        })
        .register_fn("is_connected", |ctx: &mut CtxHandle, peer: INT| {
            ctx.0.open().connected.contains(PeerKey(peer.cast_unsigned()))
        })
        .register_fn("below", |ctx: &mut CtxHandle, bound: INT| {
            ctx.0.open().dice.below(u64::try_from(bound).unwrap_or(0)) as INT
        })
        .register_fn("one_in", |ctx: &mut CtxHandle, parts: INT, whole: INT| {
            let count = |number| u64::try_from(number).unwrap_or(0);
            ctx.0.open().dice.one_in(count(parts), count(whole))
        })
        .register_fn("because", |ctx: &mut CtxHandle, reason: ImmutableString| {
            let mut call = ctx.0.open();
            let lasting = call.lasting(&reason)?;
            call.reason = lasting;
            Outcome::Ok(())
        });
    engine
        .register_type_with_name::<AsksHandle>("Asks")
        .register_fn("wake_at", |asks: &mut AsksHandle, millis: INT| asks.wake_at(millis));
    register_ask(engine, "block", Ask::block);
    register_ask(engine, "have", Ask::have);
}

type Make = fn(CidKey, PeerKey, Reason) -> Ask;

/// `asks.block(want, peer)`, with a reason, with options.
fn register_ask(engine: &mut Engine, name: &str, make: Make) {
    let ask = move |context: NativeCallContext<'_>,
                    asks: &AsksHandle,
                    (want, peer): (INT, INT),
                    reason: Option<&str>,
                    options| {
        let mut call = asks.0.open();
        let reason = match reason {
            Some(text) => call.lasting(text)?,
            None => call.reason,
        };
        let ask = make(CidKey(want.cast_unsigned()), PeerKey(peer.cast_unsigned()), reason);
        call.push(ask, options, line_and_column(context.call_position()))
    };
    engine
        .register_fn(
            name,
            move |context: NativeCallContext<'_>, asks: &mut AsksHandle, want: INT, peer: INT| {
                ask(context, asks, (want, peer), None, Map::new())
            },
        )
        .register_fn(
            name,
            move |context: NativeCallContext<'_>,
                  asks: &mut AsksHandle,
                  want: INT,
                  peer: INT,
                  reason: &str| {
                ask(context, asks, (want, peer), Some(reason), Map::new())
            },
        )
        .register_fn(
            name,
            move |context: NativeCallContext<'_>,
                  asks: &mut AsksHandle,
                  want: INT,
                  peer: INT,
                  reason: &str,
                  options: Map| {
                ask(context, asks, (want, peer), Some(reason), options)
            },
        );
}
