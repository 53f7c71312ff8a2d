//! Strategies written as scripts.

mod examples;
mod faults;
mod hostile;
mod loading;
