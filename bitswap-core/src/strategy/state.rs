//! What a replaced strategy leaves to its successor.

use std::any::Any;
use std::fmt;

/// What a strategy leaves to the one that replaces it: a value of any type that both know, or, if
/// it is a wrapper, what each of the strategies in it leaves, by the place at which it stands.
///
/// ```
/// use bitswap_core::strategy::State;
///
/// let arms = || vec![("a", Some(State::new(7_u32))), ("b", Some(State::new(8_u32)))];
///
/// // A wrapper with these places takes over each.
/// let left = State::of_parts(arms()).unwrap().into_parts(&["a", "b"]).unwrap();
/// let left = left.into_iter().flatten().map(|arm| *arm.downcast::<u32>().unwrap());
/// assert_eq!(left.collect::<Vec<_>>(), [7, 8]);
/// // Any other strategy sees what the first one left.
/// assert_eq!(*State::of_parts(arms()).unwrap().downcast::<u32>().unwrap(), 7);
/// ```
pub struct State(Left);

enum Left {
    Parts(Vec<(&'static str, Option<State>)>),
    Value(Box<dyn Any + Send>),
}

impl State {
    /// The state of one strategy.
    pub fn new(value: impl Any + Send) -> Self {
        Self(Left::Value(Box::new(value)))
    }

    /// What the strategies in a wrapper left, each with its place, the one that is most in charge
    /// first; `None` if none of them left anything.
    pub fn of_parts(parts: Vec<(&'static str, Option<Self>)>) -> Option<Self> {
        let is_anything = parts.iter().any(|(_, state)| state.is_some());
        is_anything.then_some(Self(Left::Parts(parts)))
    }

    /// The value, if it is of this type. Of a wrapper's state, that of the first strategy in it.
    ///
    /// # Errors
    /// The state itself, if it is of another type.
    pub fn downcast<T: Any>(self) -> Result<Box<T>, Self> {
        match self.0 {
            Left::Value(value) => value.downcast().map_err(|value| Self(Left::Value(value))),
            Left::Parts(mut parts) => {
                let Some(first) = parts.first_mut().and_then(|(_, state)| state.take()) else {
                    return Err(Self(Left::Parts(parts)));
                };
                first.downcast().map_err(|first| {
                    if let Some((_, place)) = parts.first_mut() {
                        *place = Some(first);
                    }
                    Self(Left::Parts(parts))
                })
            }
        }
    }

    /// What the strategies at these places left, in their order, if it is the state of a wrapper
    /// that has these places. Of a wrapper with others, that of the first strategy in it is looked
    /// at.
    ///
    /// # Errors
    /// The state itself, if it is of no such wrapper.
    pub fn into_parts(self, places: &[&'static str]) -> Result<Vec<Option<Self>>, Self> {
        if !self.has_parts(places) {
            return Err(self);
        }
        let mut state = self;
        loop {
            let Left::Parts(mut parts) = state.0 else { return Err(state) };
            if has_places(&parts, places) {
                return Ok(parts.into_iter().map(|(_, state)| state).collect());
            }
            match parts.first_mut().and_then(|(_, first)| first.take()) {
                Some(first) => state = first,
                None => return Err(Self(Left::Parts(parts))),
            }
        }
    }

    fn has_parts(&self, places: &[&'static str]) -> bool {
        match &self.0 {
            Left::Value(_) => false,
            Left::Parts(parts) => {
                let first = parts.first().and_then(|(_, first)| first.as_ref());
                has_places(parts, places) || first.is_some_and(|first| first.has_parts(places))
            }
        }
    }
}

fn has_places(parts: &[(&'static str, Option<State>)], places: &[&'static str]) -> bool {
    parts.iter().map(|(place, _)| place).eq(places)
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Left::Value(_) => f.write_str("State"),
            Left::Parts(parts) => f.debug_map().entries(parts.iter().map(|(a, b)| (a, b))).finish(),
        }
    }
}
