//! CIDs that Kubo 0.42.0 gives, for the same bytes and settings.

use cid::Version::{V0, V1};
use multihash_codetable::Code;

use super::*;

const KIB_256: usize = 256 * 1024;

/// Length, length of chunks, version, raw leaves, and the CID.
const FILES: &[(usize, usize, cid::Version, bool, &str)] = &[
    (0, KIB_256, V0, false, "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH"),
    (0, KIB_256, V0, true, "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"),
    (0, KIB_256, V1, true, "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"),
    (0, KIB_256, V1, false, "bafybeif7ztnhq65lumvvtr4ekcwd2ifwgm3awq4zfr3srh462rwyinlb4y"),
    (1, KIB_256, V0, false, "QmdeoacqroE1mWhJSYwXtEHfzZQ2AbKXadXxA6E261BSJS"),
    (1, KIB_256, V0, true, "bafkreidivixc5zo77fxdgvpgy7xdopr5njhbp527sumnqq3qtqgjxq7d2q"),
    (1, KIB_256, V1, true, "bafkreidivixc5zo77fxdgvpgy7xdopr5njhbp527sumnqq3qtqgjxq7d2q"),
    (1, KIB_256, V1, false, "bafybeihdqxe67xdbhkebysxaeopkgv2u5bkdcjv5rp6i6n3stgvc7gvh44"),
    (KIB_256 - 1, KIB_256, V0, false, "QmYVxuavbgR2bNwJy53bSxdPdQUhRCCDEVuqSuzKt9LSUW"),
    (KIB_256 - 1, KIB_256, V0, true, "bafkreidlcszj6ftuettbzqfi3bkwoendc4aneqonpun3wo2tglqmqi7fjq"),
    (KIB_256 - 1, KIB_256, V1, true, "bafkreidlcszj6ftuettbzqfi3bkwoendc4aneqonpun3wo2tglqmqi7fjq"),
    (
        KIB_256 - 1,
        KIB_256,
        V1,
        false,
        "bafybeiew66wesszvmn2sam53hm6zchknj5kgorwyeywhipwj4yxqek34c4",
    ),
    (KIB_256, KIB_256, V0, false, "QmcoFpbzFHvX6tRNmsgEHqv2C1SvRKz1EgxhDtTmRdGdva"),
    (KIB_256, KIB_256, V0, true, "bafkreib4o5rkgxqzovgxhx7fh325skofdf2mgi3ixvm2nvzf7jo2k5334m"),
    (KIB_256, KIB_256, V1, true, "bafkreib4o5rkgxqzovgxhx7fh325skofdf2mgi3ixvm2nvzf7jo2k5334m"),
    (KIB_256, KIB_256, V1, false, "bafybeigw2rvvodxlan4fjy4pgjo7vmofa4dn5rtu5depoor3lwqqh77bzm"),
    (KIB_256 + 1, KIB_256, V0, false, "QmRbhFhcLKBDBEvAEfzPVa2tESoHczsb51ADsCsrBE5jWQ"),
    (KIB_256 + 1, KIB_256, V0, true, "QmY9yuHmaizQxSFZ7ALVLg9SUooNEDs54bpFKPd8TydVqm"),
    (KIB_256 + 1, KIB_256, V1, true, "bafybeier3exiohnul5qi4hfulpi6qs2btgy7u7ylirvsipis5ydwrc5wdq"),
    (
        KIB_256 + 1,
        KIB_256,
        V1,
        false,
        "bafybeihi4q6h4lzllqkrvfojuqf6b2oqlwwzeusutxkg535psuvsdcwoq4",
    ),
    (3 * KIB_256, KIB_256, V0, false, "QmPmgQKMJ14PZzFAoxCPgkGggMszUbMmgERSQPKgXNYDpA"),
    (3 * KIB_256, KIB_256, V0, true, "QmV2L6dcLgzTXwWHcq94w57Jxb9fDfR3kZWELv3nUYMYCz"),
    (3 * KIB_256, KIB_256, V1, true, "bafybeiddkbhuovp2hrafp7cvko4j7s6scfhlzbs4igb3saabqib653dpim"),
    (
        3 * KIB_256,
        KIB_256,
        V1,
        false,
        "bafybeia5w4garpj4ogxebzvnx34o73oigmtkx3mapk5adyo5wtaduudwua",
    ),
    (174 * 1024, 1024, V0, false, "Qma6P3iWnzx7MJuBA7QqSPydFLsgY1VcXbN5cZWFS5DjXX"),
    (174 * 1024, 1024, V0, true, "QmWZCvY2MvsLmAgvJ31ptca92bzLrZcwpXuWZ4hUrTjyEf"),
    (174 * 1024, 1024, V1, true, "bafybeid2ctr5f7xrnehnpwiakeypwferqpf7hw5dn7m3obywqgib634ira"),
    (174 * 1024, 1024, V1, false, "bafybeieoxshzk437cexgc3hyvnjd24m3livjzuq63vlxxvnjwrrn6ckruy"),
    (174 * 1024 + 1, 1024, V0, false, "QmeF1foAhu8beUamHNKJw1qu6QMBRK1T74enRRtdRArNB4"),
    (174 * 1024 + 1, 1024, V0, true, "QmaahEKeXzzSYEZZkUmSC9STv4CE57qtmMT7qu3o9RzmDG"),
    (174 * 1024 + 1, 1024, V1, true, "bafybeic7no72m3qizm7goxqwubqoyamz6lhh2mqf26wnup4yfut5gyyvl4"),
    (
        174 * 1024 + 1,
        1024,
        V1,
        false,
        "bafybeihepvym3wjdo2hpplxqkrtvhpa4r2cdi4f5tpbxgeohmzdd3olofe",
    ),
    (175 * 1024, 1024, V0, false, "QmeEnXMZ7EEowPzs6JVrqE8SbrS114vteiGqa6PvqDYiUZ"),
    (175 * 1024, 1024, V0, true, "QmX3chQCgQXuXLrpjk63Dd8PmADzuPvXErpjBvyX1ucGZK"),
    (175 * 1024, 1024, V1, true, "bafybeiatb6uwyeiwnug2vnrvko57tcl7cgn3p3m444hoexrb6ngwmp4mpu"),
    (175 * 1024, 1024, V1, false, "bafybeihny5stmqqy4d4l7ionjwpbnwwe7yp53vsdgkwumgjwllbgfolbmi"),
    (3000, 1, V0, false, "QmPB5DX1b97kvde7dxhsxbwge49c2qaSCVkN5xGg3TBgdx"),
    (3000, 1, V0, true, "QmVMTyvjR4QdctEJQBe9zeDTQnc9ZWFBvagWtMLkvhvar4"),
    (3000, 1, V1, true, "bafybeihe3fs4pttjw4nsa4n6gqkiv3j4ln7k5c4cfgev4wubnvs33st7ja"),
    (3000, 1, V1, false, "bafybeiekf6c7bqwqv4l5suvhms4kpeulyyheseybbjx5cuh52zeudju6gu"),
    (700_000, 500_000, V0, false, "QmQKveDgouWnvBFsXKVZDYiTVwPX5uDF2aNT7AWa153EiD"),
    (700_000, 500_000, V0, true, "QmR5NXBfLvn3nzJzTZnSZRiHyCr8Yvbbfwge5nm9cyXqb2"),
    (700_000, 500_000, V1, true, "bafybeibivefwdwo3xr73fvvimq2z2h7l5c6x62bo5t7a6hozy77wjzraqu"),
    (700_000, 500_000, V1, false, "bafybeidc7qwlj3pt7mcqcojpqv3a3iu6lbmyuvv7ggxowuj4v5buzn77hi"),
    (400_000, 10, V0, false, "QmdhCQxdUZRfRGhHom5hiZruXdfvWP4gXqUStM7Poyoi1k"),
    (400_000, 10, V1, true, "bafybeigngagaprvgjjfmtb4yrxunlpcme2p3xxn7w6jg7ndatnz25ibqhq"),
];

#[tokio::test]
async fn a_file_has_the_cid_that_kubo_gives_it() {
    let store = TestStore::new();
    let source = store.place.path().join("source");
    for &(length, chunk_bytes, version, raw_leaves, cid) in FILES {
        fs::write(&source, noise(length)).unwrap();
        let settings = ImportSettings { version, raw_leaves, chunk_bytes, ..Default::default() };

        let imported = store.import_as(&source, &settings).await.unwrap();

        assert_eq!(imported.root.to_string(), cid, "{length} {settings:?}");
        assert_eq!(imported.bytes, length as u64);
    }
}

#[tokio::test]
async fn other_hashes_make_the_cids_that_kubo_makes_of_them() {
    let store = TestStore::new();
    let source = store.place.path().join("source");
    fs::write(&source, noise(3000)).unwrap();
    for (hash, cid) in [
        (
            Code::Sha2_512,
            "bafybgqdcahttevzv6krqsguq4576pe3rigumqij6xa73qplamvqamyfetw3\
             urgyfxyouofrbhniwnx2qzzidarv2qn3gfxoki6njzcovqwito",
        ),
        (Code::Sha3_256, "bafybmidxdqtlj4s4kwxhxjbnclop2i2d6kf24ihycdwdwdqnpflig72lqm"),
        (
            Code::Sha3_512,
            "bafybiqgmfsuqg66hgdfvhhxf64bmmoan4blhgdlbzrs3nhxcb4hu2y6cgff\
             vo2gbgytkfpdjccis36vldvaphbitpqurhobyfrjf7ekjlwccw",
        ),
        (Code::Blake2b256, "bafykbzacebh3dcjd25rt4cotrzfadmmigb4yafn2sbdldk4mmzdcfa77o3brc"),
        (Code::Blake3_256, "bafyb4igzxritrsuey6j2rbw3jnbdtvxg32zdgqxwsrjgjbo3xxpgsfpavm"),
    ] {
        let settings = ImportSettings { hash, chunk_bytes: 1024, ..ImportSettings::whole() };

        let imported = store.import_as(&source, &settings).await.unwrap();

        assert_eq!(imported.root.to_string(), cid);
        assert_eq!(store.compare(imported.root, &source).await, Comparison::Identical);
    }
}

/// Version, raw leaves, hidden entries too, and the CID of [`tree`].
#[cfg(unix)]
const TREES: &[(cid::Version, bool, bool, &str)] = &[
    (V0, false, false, "QmRsnu5fLS1oB75vvi2eD6GWBhL37FcrBuatHp134hDnaK"),
    (V0, false, true, "Qmc9Kf5FArnkvKe8a26y2Nz5TeMhYJY1tmdoTqBsYMcnZA"),
    (V0, true, false, "QmWfH868aw4WF18449woGr7HYn4cLCChLg7bMF2ri36eCJ"),
    (V0, true, true, "QmVDMfJMjU1P31bxABQr6GtykKLXhxzjsD8KtTJPyHimdG"),
    (V1, true, false, "bafybeifvwmud2hwvmdu45ddblifszoclovh6y3hzlz3vikwttxev5m5nra"),
    (V1, true, true, "bafybeidfadmmdwzpduesgwhnw746ax4miiqytl3qeldk5akbmimssuvahq"),
    (V1, false, false, "bafybeib5ukvhvyhfytf6e5szeahszfvaqjjbntfbhlxrnuc7j7pqh5vk2q"),
    (V1, false, true, "bafybeigbchbltybevgr6faa5avoeebjjjbgrpe22s5ehnm5bcoasbtcsoy"),
];

#[cfg(unix)]
#[tokio::test]
async fn a_tree_has_the_cid_that_kubo_gives_it() {
    let store = TestStore::new();
    let source = tree(&store);
    for &(version, raw_leaves, hidden, cid) in TREES {
        let settings = ImportSettings { version, raw_leaves, hidden, ..Default::default() };

        let imported = store.import_as(&source, &settings).await.unwrap();

        assert_eq!(imported.root.to_string(), cid, "{settings:?}");
        assert_eq!(imported.hidden, if hidden { 0 } else { 2 });
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_by_itself_is_kept_or_followed_as_told() {
    let store = TestStore::new();
    let source = tree(&store);
    let kept = ImportSettings::default();
    let followed = ImportSettings { dereference: true, ..kept };
    let link = source.join("link");

    let kept = store.import_as(&link, &kept).await.unwrap();
    let followed = store.import_as(&link, &followed).await.unwrap();

    assert_eq!(kept.root.to_string(), "QmQGdvJc5i8i3wPbkBgwtn91eoNg9cDxMBqaH4RBJVGX8S");
    assert_eq!((kept.files, followed.files), (0, 1));
    assert_eq!(followed.bytes, 1);
}

#[tokio::test]
async fn a_directory_is_sharded_when_kubo_shards_it() {
    let store = TestStore::new();
    let source = store.place.path().join("source");
    let below = source.join("below");
    fs::create_dir_all(&below).unwrap();
    for number in 0..4096 {
        fs::write(below.join(format!("{number:030}")), "x").unwrap();
    }
    let plain = store.import_as(&source, &ImportSettings::default()).await.unwrap();
    fs::write(below.join(format!("{:030}", 4096)), "x").unwrap();
    let sharded = store.import_as(&source, &ImportSettings::default()).await.unwrap();

    assert_eq!(plain.root.to_string(), "QmWKAoP2QRAkEnDURYGB27KqjUdGVCimPnxXeCSMJvqsKd");
    assert_eq!(sharded.root.to_string(), "QmS9UoRoGtcDJQhfQdfuJgmqNk46GBnr37hPsQ9BruHEiR");
    assert_eq!(store.compare(sharded.root, &source).await, Comparison::Identical);
}

#[tokio::test]
async fn what_is_only_hashed_has_the_same_cid() {
    let store = TestStore::new();
    let source = store.place.path().join("source");
    fs::write(&source, noise(3000)).unwrap();
    let settings = ImportSettings { chunk_bytes: 1024, ..ImportSettings::whole() };

    let hashed = import(None, &source, &settings, &|_| {}).await.unwrap();
    let stored = store.import_as(&source, &settings).await.unwrap();

    assert_eq!(hashed, stored);
}

#[tokio::test]
async fn a_directory_around_entries_has_the_cid_that_kubo_gives_it() {
    let store = TestStore::new();
    let settings = ImportSettings::default();
    let content: &[u8] = b"wrapped";
    let file = import_stream(None, content, &settings, &|_| {}).await.unwrap();

    let entries = [("name".to_owned(), file)];
    let wrapper = import_wrapper(Some(store.store.as_ref()), &entries, &settings).await.unwrap();

    assert_eq!(wrapper.root.to_string(), "QmSDn4kgc5gGM3Kiuj8UWeBK8DpWqEfiS4GD8EuZm6BNfu");
}

/// Files, directories and links with names in many scripts.
#[cfg(unix)]
fn tree(store: &TestStore) -> std::path::PathBuf {
    let top = store.place.path().join("tree");
    fs::create_dir_all(top.join("sub/deeper/deepest")).unwrap();
    fs::create_dir(top.join("empty")).unwrap();
    for (name, content) in [
        ("a", "a"),
        ("B", "b"),
        ("ab", ""),
        ("a b", "space"),
        ("ünïcode", "u"),
        ("日本語.txt", "j"),
        ("русский", "r"),
        ("عربى", "arab"),
        ("emoji 🦀", "crab"),
        ("e\u{301}", "decomposed"),
        ("é", "composed"),
        (".hidden", "h"),
        ("sub/.also", "x"),
        ("sub/z", "z"),
    ] {
        fs::write(top.join(name), content).unwrap();
    }
    fs::write(top.join("sub/deeper/big"), noise(600_000)).unwrap();
    for (target, link) in
        [("a", "link"), ("../../日本語.txt", "sub/deeper/up"), ("nowhere", "sub/dangling")]
    {
        std::os::unix::fs::symlink(target, top.join(link)).unwrap();
    }
    top
}
