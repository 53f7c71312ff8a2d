//! Hands libFuzzer's bytes to `bitswap_fuzz::wire_diff`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bitswap_fuzz::wire_diff(bytes));
