//! Whole-engine tests through the public contract only.

mod cast;
mod chaos;
mod fetch;
mod judged;
mod model;
mod pair;
mod peers;
mod random;
mod serve;
mod wants;
