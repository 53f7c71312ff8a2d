//! Many small worlds, each drawn from a seed and broken in its own way; what must be true of them;
//! and the smallest plan that shows what was not.

mod outcome;
mod plan;
mod pool;
mod regressions;
mod run;
mod shrink;

pub use outcome::{Failure, Healing, Outcome};
pub use plan::{BadPlan, Bulk, Call, Content, Fault, FaultKind, Plan, PlannedLink, Player, Routes};
pub use pool::Pool;
pub use regressions::{Regression, regressions};
pub use run::{run, run_handed_over, run_judged_by, watch};
pub use shrink::{shrink, shrink_by};
