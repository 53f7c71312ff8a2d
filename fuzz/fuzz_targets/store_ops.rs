//! Hands libFuzzer's bytes to `bitswap_fuzz::store_ops`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bitswap_fuzz::store_ops(bytes));
