//! One name means one thing, and a doc comment says what a thing is.

use std::collections::{BTreeMap, BTreeSet};

use crate::sources::sources;

/// The names of the types that stand at the top level of a file, those that a registry or a frame declares included.
fn types(text: &str) -> BTreeSet<&str> {
    let declares = |line: &str| {
        line.starts_with("registry! {") || line.starts_with("cams! {") || line.starts_with("frame! {")
    };
    let (mut names, mut inside) = (BTreeSet::new(), false);
    for line in text.lines() {
        match line {
            _ if declares(line) => inside = true,
            "}" => inside = false,
            _ => {}
        }
        let line = if inside { line.strip_prefix("    ").unwrap_or(line) } else { line };
        let line = line.strip_prefix("pub ").unwrap_or_else(|| match line.strip_prefix("pub(") {
            Some(rest) => rest.split_once(") ").map_or(line, |(_, rest)| rest),
            None => line,
        });
        let line = line.strip_prefix("unsafe ").unwrap_or(line);
        for keyword in ["struct ", "enum ", "trait ", "type ", "union "] {
            if let Some(rest) = line.strip_prefix(keyword) {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                names.insert(&rest[..end]);
            }
        }
    }
    names
}

#[test]
fn hardly_any_type_name_stands_at_the_top_level_of_two_files() {
    let sources = sources();
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, text) in &sources {
        for name in types(text) {
            places.entry(name).or_default().push(path);
        }
    }
    assert!(places.len() > 500, "only {} names found", places.len());
    let twice: Vec<_> = places.iter().filter(|(_, files)| files.len() > 1).collect();
    assert!(twice.len() * 50 < places.len(), "{} of {} names: {twice:#?}", twice.len(), places.len());
}

#[test]
fn no_doc_line_begins_with_what_how_or_whether() {
    for (path, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            let line = line.trim_start();
            let doc = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")).unwrap_or_default();
            let first = doc.split_whitespace().next().unwrap_or_default();
            assert!(!["What", "How", "Whether"].contains(&first), "{path}:{}: {line}", number + 1);
        }
    }
}
