//! CARs that are cut, changed or made to hurt.

use proptest::prelude::*;

use super::*;

/// A small CAR, and where its sections begin.
async fn small() -> (Vec<u8>, Vec<u64>) {
    let store = TestStore::new();
    let [a, b] = [store.put(RAW, "apple").await, store.put(RAW, "berry").await];
    let root = store.node(DIRECTORY, &[("a", a), ("b", b)]).await;
    let car = export(&store, root).await.unwrap();
    let begins = sections(&car).await.iter().map(|section| section.at).collect();
    (car, begins)
}

#[tokio::test]
async fn wherever_it_is_cut_the_byte_is_told() {
    let (car, begins) = small().await;
    for cut in 0..car.len() {
        let read = verify(&car[..cut]).await;

        if begins.contains(&(cut as u64)) {
            let blocks = begins.iter().filter(|begins| **begins < cut as u64).count() as u64;
            assert_eq!(read.unwrap().blocks, blocks, "cut at {cut}");
        } else {
            let told = matches!(read, Err(CarError::Truncated { at, .. }) if at == cut as u64);
            assert!(told, "cut at {cut}: {read:?}");
        }
    }
}

#[tokio::test]
async fn a_changed_byte_of_a_block_is_told_with_the_place_of_the_block() {
    let (car, begins) = small().await;
    let apple = car.windows(5).position(|bytes| bytes == b"apple").unwrap();
    let mut changed = car;
    changed[apple] ^= 1;

    let refused = verify(&changed).await;

    let told = matches!(refused, Err(CarError::BadBlock { at, .. }) if at == begins[1]);
    assert!(told, "{refused:?}");
}

#[tokio::test]
async fn what_is_before_the_damage_is_kept() {
    let (mut car, begins) = small().await;
    car.truncate(begins[2] as usize + 3);
    let store = TestStore::new();

    let cut = import_car(Some(store.store.as_ref()), car.as_slice(), &|_| {}).await;

    assert!(matches!(cut, Err(CarError::Truncated { .. })), "{cut:?}");
    let apple = Block::sha2_256(Bytes::from("apple")).unwrap();
    let kept = store.store.get_many(&[*apple.multihash()]).await.remove(0).unwrap();
    assert_eq!(kept, Some(apple));
}

#[tokio::test]
async fn lengths_are_bounded_before_room_is_made() {
    /// 2^63 - 1 as a varint.
    const ENDLESS: [u8; 9] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    let (mut car, begins) = small().await;
    car.truncate(begins[0] as usize);

    let header = verify(&ENDLESS).await;
    let section = verify(&[car.as_slice(), &ENDLESS].concat()).await;

    assert!(matches!(header, Err(CarError::TooLarge { at: 0, .. })), "{header:?}");
    let told = matches!(section, Err(CarError::TooLarge { at, .. }) if at == begins[0]);
    assert!(told, "{section:?}");
}

#[tokio::test]
async fn what_no_car_has_is_told() {
    let (mut car, begins) = small().await;
    car.truncate(begins[0] as usize);
    let and = |more: &[u8]| [car.as_slice(), more].concat();
    let empty_section = and(&[0]);
    let no_cid = and(&[3, 1, 2, 3]);
    let padded_length = and(&[0x81, 0x00]);
    let no_header = b"\x05hello".to_vec();

    for bytes in [empty_section, no_cid, padded_length, no_header] {
        let refused = verify(&bytes).await;
        assert!(matches!(refused, Err(CarError::Malformed { .. })), "{bytes:x?}: {refused:?}");
    }
    let version_3 = serde_ipld_dagcbor::to_vec(&std::collections::BTreeMap::from([("version", 3)]));
    let version_3 = version_3.unwrap();
    let refused = verify(&[&[version_3.len() as u8], version_3.as_slice()].concat()).await;
    assert!(matches!(refused, Err(CarError::UnknownVersion { version: 3 })), "{refused:?}");
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        drop(futures::executor::block_on(verify(&bytes)));
    }

    #[test]
    fn no_damage_makes_the_reader_panic(place: prop::sample::Index, byte: u8) {
        let (mut car, _) = futures::executor::block_on(small());
        let place = place.index(car.len());
        car[place] = byte;
        drop(futures::executor::block_on(verify(&car)));
    }
}
