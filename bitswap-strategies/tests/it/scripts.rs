//! Strategies written as scripts.

mod examples;
