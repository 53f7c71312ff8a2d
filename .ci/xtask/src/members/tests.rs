//! Who is concerned by which file.

use std::collections::BTreeSet;

use serde_json::json;

use super::Members;

fn members() -> Members {
    let package = |name: &str, folder: &str, uses: &[&str]| {
        let uses: Vec<_> = uses.iter().map(|name| json!({ "name": name })).collect();
        let manifest = format!("/r/{folder}/Cargo.toml");
        json!({ "name": name, "manifest_path": manifest, "dependencies": uses })
    };
    Members::of(&json!({ "workspace_root": "/r", "packages": [
        package("core", "core", &["bytes"]),
        package("net", "net", &["core", "tokio"]),
        package("node", "node", &["net"]),
        package("benches", "benches", &["core"]),
        package("instructions", "benches/instructions", &["core"]),
    ]}))
}

fn touched(file: &str) -> Vec<String> {
    members().touched_by(&[file.to_owned()]).into_iter().collect()
}

#[test]
fn a_file_belongs_to_the_innermost_member_around_it() {
    assert_eq!(touched("core/src/lib.rs"), ["core"]);
    assert_eq!(touched("benches/instructions/src/main.rs"), ["instructions"]);
    assert_eq!(touched("benches/benches/wire.rs"), ["benches"]);
    assert_eq!(touched("core.md"), [""; 0]);
    assert_eq!(touched("docs/speed.md"), [""; 0]);
    assert_eq!(touched("Cargo.lock").len(), 5);
}

#[test]
fn who_is_built_with_what_changed_is_concerned_however_far() {
    let of = |name: &str| {
        let found = members().with_dependents(&BTreeSet::from([name.to_owned()]));
        found.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(of("core"), ["benches", "core", "instructions", "net", "node"]);
    assert_eq!(of("net"), ["net", "node"]);
    assert_eq!(of("node"), ["node"]);
}
