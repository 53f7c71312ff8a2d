//! The length prefix of a frame.

use super::varint;
use crate::error::WireError;
use crate::limits::MAX_FRAME_BYTES;
use crate::wire::frame_length;

#[test]
fn a_length_is_read_as_soon_as_it_is_complete() {
    let long = varint(300_000);

    assert_eq!(frame_length(&[]), Ok(None));
    assert_eq!(frame_length(&long[..1]), Ok(None));
    assert_eq!(frame_length(&long[..2]), Ok(None));
    assert_eq!(frame_length(&long), Ok(Some((300_000, 3))));
    assert_eq!(frame_length(&[5, 0xff, 0xff]), Ok(Some((5, 1))));
}

#[test]
fn a_frame_may_be_empty() {
    assert_eq!(frame_length(&[0]), Ok(Some((0, 1))));
}

#[test]
fn the_largest_frame_is_4_mib() {
    let over = WireError::TooLarge { bytes: 4_194_305, limit: MAX_FRAME_BYTES };

    assert_eq!(frame_length(&varint(4_194_304)), Ok(Some((MAX_FRAME_BYTES, 4))));
    assert_eq!(frame_length(&varint(4_194_305)), Err(over));
}

#[test]
fn a_length_of_five_bytes_is_refused_before_its_end() {
    let hundred_gigabytes = varint(100_000_000_000);

    assert_eq!(frame_length(&hundred_gigabytes), Err(WireError::BadLength));
    assert_eq!(frame_length(&hundred_gigabytes[..4]), Err(WireError::BadLength));
}

#[test]
fn a_length_must_be_minimal() {
    assert_eq!(frame_length(&[0x80, 0x00]), Err(WireError::BadLength));
    assert_eq!(frame_length(&[0x85, 0x80, 0x00]), Err(WireError::BadLength));
}
