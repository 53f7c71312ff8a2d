//! Hands libFuzzer's bytes to `bitswap_fuzz::cid_parse`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bitswap_fuzz::cid_parse(bytes));
