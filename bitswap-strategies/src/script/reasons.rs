//! Reasons that a script gives, made to last.

use bitswap_core::strategy::{Ctx, Reason};

/// What a script said so far. Reasons are labels that live as long as the program, so there is a
/// bound on how many one loaded script may bring.
#[derive(Debug, Default)]
pub(super) struct Reasons(Vec<Reason>);

/// How many different reasons one script may give; the others become [`TOO_MANY`].
const MOST: usize = 64;

/// How long one may be, in bytes.
const LONGEST: usize = 64;

const TOO_MANY: Reason = "too many reasons";

impl Reasons {
    /// The lasting form of `text`.
    ///
    /// # Errors
    /// It is not one to four words, or too long; what was known stays known.
    pub(super) fn lasting(&mut self, text: &str) -> Result<Reason, String> {
        if let Some(known) = self.0.iter().find(|known| **known == text) {
            return Ok(known);
        }
        let words = text.split_whitespace().count();
        if !(1..=4).contains(&words) || text.len() > LONGEST || text == Ctx::UNSAID {
            return Err(format!("the reason {text:?} is not one to four words; shorten it"));
        }
        if self.0.len() >= MOST {
            return Ok(TOO_MANY);
        }
        let lasting: Reason = Box::leak(text.to_owned().into_boxed_str());
        self.0.push(lasting);
        Ok(lasting)
    }
}

#[cfg(test)]
mod tests;
