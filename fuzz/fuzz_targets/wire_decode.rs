//! Hands libFuzzer's bytes to `bitswap_fuzz::wire_decode`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bitswap_fuzz::wire_decode(bytes));
