//! What is said of configurations.

use super::CliError;
use crate::config::ConfigFaults;
use crate::exit::Exit;

impl From<ConfigFaults> for CliError {
    fn from(faults: ConfigFaults) -> Self {
        let all = faults.all();
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
        Self { faults: Some(Box::new(faults)), ..error }
    }
}
