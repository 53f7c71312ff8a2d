//! Trees as CAR files, out of one store and into another.

use std::fs;

use crate::support::Place;

#[test]
fn a_tree_goes_by_file_to_another_store() {
    let (here, there) = (Place::new(), Place::new());
    here.tree("tree");
    let cid = here.run(&["add", "tree", "-q"]).word();
    let car = there.path("tree.car");
    let car = car.to_str().unwrap();

    let exported = here.run(&["car", "export", &cid, "-o", car, "--json"]);
    let imported = there.run(&["car", "import", car, "--json"]);
    let copied = there.run(&["get", &cid, "-o", "copy", "--offline"]);

    assert_eq!(exported.code, 0, "{}", exported.stderr);
    let (exported, imported) = (exported.json(), imported.json());
    assert_eq!(exported["root"], cid);
    assert_eq!(exported["car_bytes"], fs::metadata(car).unwrap().len());
    assert_eq!(imported["roots"][0], cid);
    assert_eq!(imported["blocks"], exported["blocks"]);
    assert_eq!(copied.code, 0, "{}", copied.stderr);
    let large = "sub/deeper/large";
    assert!(
        fs::read(there.path("copy").join(large)).unwrap()
            == fs::read(here.path("tree").join(large)).unwrap()
    );
    assert_eq!(there.names(), ["copy", "tree.car"]);
}

#[cfg(unix)]
#[test]
fn a_daemon_exports_and_imports_the_same() {
    let (here, there) = (Place::new(), Place::new());
    here.tree("tree");
    let cid = here.run(&["add", "tree", "-q"]).word();
    let alone = here.run(&["car", "export", &cid]);
    let _daemons = (here.daemon(&[]), there.daemon(&[]));

    let exported = here.run(&["car", "export", &cid, "-o", "-"]);
    let imported = there.run_with(&["car", "import", "-", "-q"], &exported.stdout);

    assert!(exported.stdout == alone.stdout, "{}", exported.stderr);
    assert_eq!(imported.word(), cid, "{}", imported.stderr);
    assert_eq!(there.run(&["get", &cid, "-o", "copy", "--offline"]).code, 0);
}

#[test]
fn what_the_store_lacks_is_fetched_into_the_car() {
    let place = Place::new();
    place.tree("tree");
    let serving = place.serve(&["tree"]);
    let (cid, peer) = (serving.text_at("/root"), serving.text_at("/servers/0/addresses/0"));

    let exported = place.run(&["car", "export", &cid, "--peer", &peer, "-o", "tree.car"]);

    assert_eq!(exported.code, 0, "{}", exported.stderr);
    let verified = place.run(&["car", "verify", "tree.car", "--json"]).json();
    // That of the empty file is known by its CID, so it was not fetched.
    let fetched = serving.report["blocks"].as_u64().unwrap();
    assert_eq!(verified["blocks"], fetched + 1);
}

#[test]
fn a_damaged_file_is_told_with_the_byte() {
    let place = Place::new();
    place.file("file", 1_000);
    let cid = place.run(&["add", "file", "-q"]).word();
    assert_eq!(place.run(&["car", "export", &cid, "-o", "whole.car"]).code, 0);
    let whole = fs::read(place.path("whole.car")).unwrap();
    fs::write(place.path("cut.car"), &whole[..whole.len() - 1]).unwrap();

    for verb in ["verify", "import"] {
        let ran = place.run(&["car", verb, "cut.car", "--json"]);

        assert_eq!(ran.code, 5, "{}", ran.stderr);
        let error = &ran.json()["error"];
        assert_eq!(error["code"], "bad-car");
        let byte = format!("at byte {}", whole.len() - 1);
        assert!(error["why"].as_str().unwrap().contains(&byte), "{error}");
    }
}

#[test]
fn a_file_is_only_replaced_if_told_and_nothing_is_left_of_an_export_that_fails() {
    let place = Place::new();
    place.file("file", 1_000);
    let cid = place.run(&["add", "file", "-q"]).word();
    let export = ["car", "export", &cid, "-o", "file"];

    assert_eq!(place.run(&export).code, 6);
    assert_eq!(place.run(&[&export[..], &["--force"]].concat()).code, 0);

    let nobody_has = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4";
    assert_eq!(place.run(&["car", "export", nobody_has, "-o", "new", "--offline"]).code, 3);
    assert_eq!(place.names(), ["file"]);
}
