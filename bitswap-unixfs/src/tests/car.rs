//! Trees as CARs, out and in.

mod damaged;
mod version_2;

use cid::multihash::Multihash;

use super::super::{
    CarError, CarReader, CarSection, CarSummary, CarWriter, Export, car_header, car_section,
    import_car,
};
use super::*;

const DAG_CBOR: u64 = 0x71;

/// The CAR of all that `root` links to.
async fn export(store: &TestStore, root: Cid) -> Result<Vec<u8>, CarError> {
    let mut car = Vec::new();
    let mut writer = CarWriter::new(&mut car, &[root]).await?;
    Export::new(root).run(&mut store.reader(), &mut writer, &|_| {}).await?;
    let written = writer.finish().await?;
    assert_eq!(written, car.len() as u64);
    Ok(car)
}

async fn verify(car: &[u8]) -> Result<CarSummary, CarError> {
    import_car(None, car, &|_| {}).await
}

async fn sections(car: &[u8]) -> Vec<CarSection> {
    let mut reader = CarReader::open(car).await.unwrap();
    let mut sections = Vec::new();
    while let Some(section) = reader.next().await.unwrap() {
        sections.push(section);
    }
    sections
}

async fn names(car: &[u8]) -> Vec<Cid> {
    sections(car).await.into_iter().map(|section| section.cid).collect()
}

fn identity(codec: u64, bytes: &[u8]) -> Cid {
    Cid::new_v1(codec, Multihash::wrap(0, bytes).unwrap())
}

#[tokio::test]
async fn a_tree_crosses_in_a_car() {
    let (here, there) = (TestStore::new(), TestStore::new());
    let source = here.place.path().join("source");
    fs::create_dir_all(source.join("sub/empty")).unwrap();
    fs::write(source.join("sub/nothing"), "").unwrap();
    fs::write(source.join("large"), noise(700_000)).unwrap();
    let root = here.import(&source).await.unwrap().root;

    let car = export(&here, root).await.unwrap();
    let read = import_car(Some(there.store.as_ref()), car.as_slice(), &|_| {}).await.unwrap();

    assert_eq!((read.header.version, read.header.roots), (1, vec![root]));
    assert_eq!(read.missing_roots, []);
    assert_eq!(there.compare(root, &source).await, Comparison::Identical);
}

#[tokio::test]
async fn a_node_is_before_what_it_links_to_and_each_block_is_there_once() {
    let store = TestStore::new();
    let [a, b, c] =
        [store.put(RAW, "a").await, store.put(RAW, "b").await, store.put(RAW, "c").await];
    let left = store.node(DIRECTORY, &[("1", b), ("2", a)]).await;
    let right = store.node(DIRECTORY, &[("1", c), ("2", left), ("3", b)]).await;
    let root = store.node(DIRECTORY, &[("l", left), ("r", right), ("s", a)]).await;

    let car = export(&store, root).await.unwrap();

    assert_eq!(names(&car).await, [root, left, b, a, right, c]);
}

#[tokio::test]
async fn links_of_dag_cbor_are_followed() {
    let store = TestStore::new();
    let leaf = store.put(RAW, "leaf").await;
    let node = serde_ipld_dagcbor::to_vec(&vec![vec![leaf]]).unwrap();
    let root = store.put(DAG_CBOR, node).await;

    let car = export(&store, root).await.unwrap();

    assert_eq!(names(&car).await, [root, leaf]);
}

#[tokio::test]
async fn nodes_whose_links_cannot_be_known_are_named() {
    const DAG_JSON: u64 = 0x0129;
    let store = TestStore::new();
    let json = store.put(DAG_JSON, "{}").await;
    let deep = store.put(DAG_CBOR, vec![0x81; 1 << 20]).await;
    let garbage = store.put(DAG_PB, "garbage").await;

    let refused = export(&store, json).await;
    assert!(matches!(refused, Err(CarError::UnknownCodec { cid }) if cid == json), "{refused:?}");
    for bad in [deep, garbage] {
        let refused = export(&store, bad).await;
        assert!(matches!(refused, Err(CarError::BadNode { cid, .. }) if cid == bad), "{refused:?}");
    }
}

#[tokio::test]
async fn identity_cids_need_no_block() {
    let store = TestStore::new();
    let tiny = identity(RAW, b"tiny");
    let root = store.node(DIRECTORY, &[("tiny", tiny)]).await;

    let car = export(&store, root).await.unwrap();
    let alone = export(&store, tiny).await.unwrap();

    assert_eq!(names(&car).await, [root]);
    assert_eq!(names(&alone).await, []);
    assert_eq!(verify(&alone).await.unwrap().missing_roots, []);
}

#[tokio::test]
async fn blocks_of_identity_cids_are_checked_and_not_stored() {
    let mut car = Vec::new();
    let mut writer = CarWriter::new(&mut car, &[]).await.unwrap();
    writer.write(&identity(RAW, b"tiny"), b"tiny").await.unwrap();
    let right = writer.finish().await.unwrap() as usize;
    let mut writer = CarWriter::new(&mut car, &[]).await.unwrap();
    writer.write(&identity(RAW, b"tiny"), b"tidy").await.unwrap();

    let (right, wrong) = car.split_at(right);

    assert_eq!(verify(right).await.unwrap().blocks, 0);
    let refused = verify(wrong).await;
    assert!(matches!(refused, Err(CarError::BadBlock { .. })), "{refused:?}");
}

#[tokio::test]
async fn roots_that_are_not_in_it_are_told() {
    let store = TestStore::new();
    let [here, gone] = [store.put(RAW, "here").await, store.put(RAW, "gone").await];
    let mut car = Vec::new();
    let mut writer = CarWriter::new(&mut car, &[gone, here]).await.unwrap();
    writer.write(&here, b"here").await.unwrap();

    assert_eq!(verify(&car).await.unwrap().missing_roots, [gone]);
}

#[tokio::test]
async fn an_export_goes_on_after_a_block_was_missing() {
    let store = TestStore::new();
    let late = Block::sha2_256(Bytes::from("late")).unwrap();
    let [a, b] = [store.put(RAW, "a").await, Cid::new_v1(RAW, *late.multihash())];
    let root = store.node(DIRECTORY, &[("a", a), ("b", b)]).await;
    let mut car = Vec::new();
    let mut writer = CarWriter::new(&mut car, &[root]).await.unwrap();
    let (mut export, mut reader) = (Export::new(root), store.reader());

    let missing = export.run(&mut reader, &mut writer, &|_| {}).await;
    drop(store.store.put_many(vec![late], Durability::Relaxed).await.unwrap());
    let exported = export.run(&mut reader, &mut writer, &|_| {}).await.unwrap();

    assert!(
        matches!(&missing, Err(CarError::Dag(why)) if why.to_string().contains(&b.to_string())),
        "{missing:?}"
    );
    assert_eq!(exported.blocks, 3);
    assert_eq!(names(&car).await, [root, a, b]);
}

#[tokio::test]
async fn pieces_make_the_car_that_a_writer_writes_and_are_read_as_they_stand() {
    let (right, wrong) = (Bytes::from("right"), Bytes::from("wrong"));
    let cid = Cid::new_v1(RAW, *Block::sha2_256(right.clone()).unwrap().multihash());
    let mut car = Vec::new();
    let mut writer = CarWriter::new(&mut car, &[cid]).await.unwrap();
    writer.write(&cid, &right).await.unwrap();
    writer.write(&cid, &wrong).await.unwrap();

    let pieces = [car_section(&cid, &right), car_section(&cid, &wrong)];

    assert!(pieces[0][1].as_ptr() == right.as_ptr(), "not copied");
    assert_eq!([car_header(&[cid]).unwrap(), pieces.concat().concat().into()].concat(), car);
    let mut reader = CarReader::open_buffered(car.as_slice()).await.unwrap();
    for bytes in [right, wrong] {
        let raw = reader.next_raw().await.unwrap().unwrap();
        assert_eq!((raw.cid, raw.bytes), (cid, bytes));
    }
    assert_eq!(reader.next_raw().await.unwrap(), None);
}
