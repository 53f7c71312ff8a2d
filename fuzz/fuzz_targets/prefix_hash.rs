//! Hands libFuzzer's bytes to `bitswap_fuzz::prefix_hash`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bitswap_fuzz::prefix_hash(bytes));
