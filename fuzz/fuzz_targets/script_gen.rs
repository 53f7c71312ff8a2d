//! Hands libFuzzer's bytes to `bitswap_fuzz::script_gen`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bitswap_fuzz::script_gen(bytes));
