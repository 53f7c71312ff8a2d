//! Known digests; `cargo test --workspace` has the feature `ring`, and `-p bitswap-core` has not.

use multihash_codetable::{Code, MultihashDigest as _};

use super::digest_of;

#[test]
fn the_digest_of_abc_is_that_of_fips_180_4() {
    let known = [
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22,
        0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00,
        0x15, 0xad,
    ];
    let hash = digest_of(Code::Sha2_256, b"abc");
    assert_eq!((hash.code(), hash.digest()), (0x12, known.as_slice()));
}

#[test]
fn bytes_of_any_length_have_the_digest_that_the_reference_code_has() {
    let bytes: Vec<u8> = (0..=255).cycle().take(5_000).collect();
    for length in (0..200).chain([4_095, 4_096, 4_097, 5_000]) {
        for function in [Code::Sha2_256, Code::Sha2_512, Code::Blake3_256] {
            assert_eq!(digest_of(function, &bytes[..length]), function.digest(&bytes[..length]));
        }
    }
}
