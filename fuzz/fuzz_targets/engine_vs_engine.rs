//! Hands libFuzzer's bytes to `bitswap_fuzz::engine_vs_engine`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bitswap_fuzz::engine_vs_engine(bytes));
