//! What is said of configurations.

use super::{ConfigErrors, Diagnostic};
use crate::error::{CliError, Exit, Faults};

impl From<ConfigErrors> for CliError {
    fn from(errors: ConfigErrors) -> Self {
        let all = errors.all();
        let first = all.first().cloned();
        let error = match (first, all.len()) {
            (Some(only), 0 | 1) => Self::new("bad-config", Exit::Usage, only.what)
                .because(format!("{}: {}", only.place, only.label))
                .remedy(only.remedy),
            (_, count) => {
                let what = format!("the configuration has {count} mistakes");
                let places: Vec<_> = all.iter().map(|fault| fault.place.to_string()).collect();
                Self::new("bad-config", Exit::Usage, what)
                    .because(format!("they are in {}", places.join(", ")))
                    .remedy("correct them, and see  bitswap config check")
            }
        };
        let json = all.iter().map(Diagnostic::json).collect();
        Self { faults: Some(Box::new(Faults { shown: errors.to_string(), json })), ..error }
    }
}
