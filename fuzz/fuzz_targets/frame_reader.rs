//! Hands libFuzzer's bytes to `bitswap_fuzz::frame_reader`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bitswap_fuzz::frame_reader(bytes));
