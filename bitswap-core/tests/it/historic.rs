//! Bugs that other implementations had, each as a story of what is right; `mutants/historic.toml`
//! puts them back, to show that these tests would see them.

mod asking;
mod serving;
