//! Who may depend on a heavy crate, read from the manifests.

use std::collections::BTreeMap;

/// The packages of a table of a manifest, by the crate's folder; the root package is `.`.
fn dependencies(table: &str) -> BTreeMap<String, Vec<String>> {
    let root: toml::Table = read(".");
    let members = root["workspace"]["members"].as_array().expect("a list of members");
    let names = |folder: &str| match read(folder).get(table) {
        Some(table) => table.as_table().expect("a table").keys().cloned().collect(),
        None => Vec::new(),
    };
    members.iter().map(|m| m.as_str().expect("a folder")).map(|m| (m.to_owned(), names(m))).collect()
}

fn read(folder: &str) -> toml::Table {
    let path = format!("{folder}/Cargo.toml");
    std::fs::read_to_string(&path).expect("a manifest").parse().expect("TOML")
}

#[test]
fn heavy_crates_stay_where_they_belong() {
    let only = [
        ("dfdx", vec!["src/nn"]),
        ("polars", vec!["src/frame"]),
        ("polars-arrow", vec!["src/frame"]),
        ("polars-parquet", vec!["src/frame"]),
        ("plotters", vec!["src/report"]),
        ("minijinja", vec!["src/report"]),
        ("ureq", vec!["src/fetch"]),
        ("clap", vec!["."]),
    ];
    for (name, allowed) in only {
        for (member, dependencies) in dependencies("dependencies") {
            let found = dependencies.iter().any(|dependency| dependency == name);
            assert_eq!(found, allowed.contains(&&*member), "{name} in {member}");
        }
    }
}

#[test]
fn every_folder_with_a_manifest_is_a_default_member() {
    let root = read(".");
    let list = |key: &str| root["workspace"][key].as_array().expect("a list").clone();
    assert_eq!(list("members"), list("default-members"), "`cargo test` must reach every crate");
    let mut folders: Vec<String> = std::fs::read_dir("src")
        .expect("src")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("Cargo.toml").is_file())
        .map(|path| path.display().to_string())
        .collect();
    folders.push(".".into());
    folders.sort();
    assert_eq!(dependencies("dependencies").into_keys().collect::<Vec<_>>(), folders);
}

/// Crates that may run in any process with a store must not depend on figures.
#[test]
fn nothing_that_computes_depends_on_the_report() {
    for (member, dependencies) in dependencies("dependencies") {
        let reports = dependencies.iter().any(|dependency| dependency == "camlab-report");
        assert_eq!(reports, member == ".", "{member} depends on camlab-report");
    }
}
