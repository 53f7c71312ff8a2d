//! Values of ours as values of scripts, and back.

use std::time::Duration;

use bitswap_core::wire::WantKind;
use bitswap_core::{PeerKey, Timestamp};
use rhai::{Array, Dynamic, INT, ImmutableString, Map};

/// A key of a peer or CID: the same bits.
pub(super) const fn key(key: u64) -> INT {
    key.cast_signed()
}

/// A count; the most that a script can count if it is more.
pub(super) fn count(count: u64) -> INT {
    INT::try_from(count).unwrap_or(INT::MAX)
}

/// A count that may be unknown.
pub(super) fn maybe_count(number: Option<u64>) -> Dynamic {
    number.map_or(Dynamic::UNIT, |number| Dynamic::from(count(number)))
}

/// A moment, in whole milliseconds since the start.
pub(super) const fn ms(moment: Timestamp) -> INT {
    (moment.as_nanos() / 1_000_000) as INT
}

/// A moment that may be unknown.
pub(super) fn maybe_ms(moment: Option<Timestamp>) -> Dynamic {
    moment.map_or(Dynamic::UNIT, |moment| Dynamic::from(ms(moment)))
}

/// A span that may be unknown, in whole milliseconds.
pub(super) fn maybe_span(span: Option<Duration>) -> Dynamic {
    let millis = |span: Duration| INT::try_from(span.as_millis()).unwrap_or(INT::MAX);
    span.map_or(Dynamic::UNIT, |span| Dynamic::from(millis(span)))
}

/// What is wanted of a block.
pub(super) const fn kind(kind: WantKind) -> &'static str {
    match kind {
        WantKind::Block => "block",
        WantKind::Have => "have",
    }
}

/// An integer of an answer.
///
/// # Errors
/// It is something else.
pub(super) fn number(what: &str, value: &Dynamic) -> Result<INT, String> {
    value.as_int().map_err(|given| format!("{what} is not an integer but of type {given}"))
}

/// A list of peers of an answer.
///
/// # Errors
/// It is not an array, or not of integers.
pub(super) fn peers(what: &str, value: Dynamic) -> Result<Vec<PeerKey>, String> {
    let array = array(what, value)?;
    array.iter().map(|peer| Ok(PeerKey(number(what, peer)?.cast_unsigned()))).collect()
}

/// An array of an answer.
///
/// # Errors
/// It is something else.
pub(super) fn array(what: &str, value: Dynamic) -> Result<Array, String> {
    value.into_array().map_err(|given| format!("{what} is not an array but of type {given}"))
}

/// An answer that is a map, taken apart field by field.
pub(super) struct Fields(Map);

impl Fields {
    /// `map`, which may have `known` fields only: a slip of the pen must not be silent.
    ///
    /// # Errors
    /// Another field is in it.
    pub(super) fn of(map: Map, known: &[&str]) -> Result<Self, String> {
        match map.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(format!("there is no `{name}` here; there are {}", known.join(", "))),
            None => Ok(Self(map)),
        }
    }

    /// `map`, whatever is in it; [`nothing_left`](Self::nothing_left) finds what has no place.
    pub(super) const fn any(map: Map) -> Self {
        Self(map)
    }

    /// The map that `value` is.
    ///
    /// # Errors
    /// It is something else, or has another field than `known`.
    pub(super) fn read(what: &str, value: Dynamic, known: &[&str]) -> Result<Self, String> {
        let given = value.type_name();
        let map = value
            .try_cast::<Map>()
            .ok_or_else(|| format!("{what} is not a map but of type {given}"))?;
        Self::of(map, known)
    }

    /// Takes a field; `None` if it is not there or `()`.
    pub(super) fn take(&mut self, name: &str) -> Option<Dynamic> {
        self.0.remove(name).filter(|value| !value.is_unit())
    }

    /// Nothing that the answer is not about.
    ///
    /// # Errors
    /// The first field that was not taken.
    pub(super) fn nothing_left(self) -> Result<(), String> {
        match self.0.into_keys().next() {
            Some(name) => Err(format!("`{name}` has no place in it")),
            None => Ok(()),
        }
    }

    /// An integer of at least 0.
    ///
    /// # Errors
    /// It is something else.
    pub(super) fn count(&mut self, name: &str) -> Result<Option<u64>, String> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let given = number(name, &value)?;
        u64::try_from(given).map(Some).map_err(|_| format!("{name} is {given}, below 0"))
    }

    /// A field that must be there.
    ///
    /// # Errors
    /// It is not.
    pub(super) fn needed<T>(name: &str, value: Option<T>) -> Result<T, String> {
        value.ok_or_else(|| format!("`{name}` is missing"))
    }

    /// A span in `…_ms`.
    ///
    /// # Errors
    /// It is no integer of at least 0.
    pub(super) fn millis(&mut self, name: &str) -> Result<Option<Duration>, String> {
        Ok(self.count(name)?.map(Duration::from_millis))
    }

    /// A moment in `…_ms`.
    ///
    /// # Errors
    /// It is no integer of at least 0.
    pub(super) fn moment(&mut self, name: &str) -> Result<Option<Timestamp>, String> {
        Ok(self.millis(name)?.map(|since| Timestamp::ZERO.after(since)))
    }

    /// Text.
    ///
    /// # Errors
    /// It is something else.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<ImmutableString>, String> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let wrong = |given| format!("{name} is not text but of type {given}");
        value.into_immutable_string().map(Some).map_err(wrong)
    }

    /// Yes or no.
    ///
    /// # Errors
    /// It is something else.
    pub(super) fn truth(&mut self, name: &str) -> Result<Option<bool>, String> {
        let Some(value) = self.take(name) else { return Ok(None) };
        value
            .as_bool()
            .map(Some)
            .map_err(|given| format!("{name} is not a bool but of type {given}"))
    }
}
