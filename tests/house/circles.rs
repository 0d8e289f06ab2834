//! No two files of a crate import each other, however long the way round. (Between crates the compiler sees to it.)

use std::collections::{BTreeMap, BTreeSet};

use crate::sources::{code, room, sources};

/// The module that a file is, from its crate's root.
fn module(path: &str) -> Vec<String> {
    let inside = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut parts: Vec<String> = inside.split('/').skip(1).map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod" || last == "lib") {
        parts.pop();
    }
    parts
}

/// Every path that a `use` tree names.
fn flatten(tree: &str, prefix: &[&str], found: &mut Vec<Vec<String>>) {
    let tree = tree.trim();
    let Some((head, inner)) = tree.split_once('{') else {
        let segments = tree.split(" as ").next().unwrap_or(tree).split("::").map(str::trim);
        found.push(prefix.iter().copied().chain(segments).map(str::to_owned).collect());
        return;
    };
    let longer: Vec<&str> = prefix
        .iter()
        .copied()
        .chain(head.split("::").map(str::trim).filter(|part| !part.is_empty()))
        .collect();
    let inner = inner.trim().strip_suffix('}').unwrap_or(inner);
    let (mut depth, mut start) = (0, 0);
    for (at, letter) in inner.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                flatten(&inner[start..at], &longer, found);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !inner[start..].trim().is_empty() {
        flatten(&inner[start..], &longer, found);
    }
}

/// Every path that the code of a file names by `use`, `crate::` or `super::`.
fn paths(text: &str) -> Vec<Vec<String>> {
    let plain: String =
        code(text).lines().map(|line| line.split("//").next().unwrap_or(line)).collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    for statement in plain.split(';') {
        let Some(at) =
            statement.rfind("use ").filter(|at| statement[..*at].ends_with(['\n', ' ', ')']) || *at == 0)
        else {
            continue;
        };
        // A re-export is no import.
        if !statement[..at].trim_end().ends_with("pub") && !statement[..at].trim_end().ends_with(')') {
            flatten(&statement[at + 4..], &[], &mut found);
        }
    }
    for start in ["crate::", "super::"] {
        for (at, _) in plain.match_indices(start) {
            let path = plain[at..].split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').next();
            found.push(path.unwrap_or_default().split("::").map(str::to_owned).collect());
        }
    }
    found
}

/// The module of the crate that a path of a file leads to.
fn target(own: &[String], path: &[String], modules: &BTreeSet<Vec<String>>) -> Option<Vec<String>> {
    let mut at = own.to_vec();
    let mut rest = path;
    match path.first().map(String::as_str) {
        Some("crate") => {
            at.clear();
            rest = &path[1..];
        }
        Some("super") => {
            while rest.first().is_some_and(|part| part == "super") {
                at.pop()?;
                rest = &rest[1..];
            }
        }
        Some("self") => rest = &path[1..],
        _ => {}
    }
    let full: Vec<String> = at.into_iter().chain(rest.iter().cloned()).collect();
    (1..=full.len()).rev().map(|length| full[..length].to_vec()).find(|module| modules.contains(module))
}

#[test]
fn no_files_import_each_other() {
    let sources = sources();
    let mut rooms: BTreeMap<&str, Vec<(&String, &String)>> = BTreeMap::new();
    for (path, text) in &sources {
        if path.matches('/').count() > 1 && !path.contains("/tests/") {
            rooms.entry(room(path)).or_default().push((path, text));
        }
    }
    let mut edges_seen = 0;
    for (name, files) in rooms {
        let modules: BTreeSet<Vec<String>> = files.iter().map(|(path, _)| module(path)).collect();
        let mut edges: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = BTreeMap::new();
        for (path, text) in files {
            let own = module(path);
            for path in paths(text) {
                // A folder's module and what lies in it are one unit.
                if let Some(other) = target(&own, &path, &modules)
                    && !own.starts_with(&other)
                    && !other.starts_with(&own)
                {
                    edges.entry(own.clone()).or_default().insert(other);
                }
            }
        }
        edges_seen += edges.values().map(BTreeSet::len).sum::<usize>();
        // Whoever imports nothing that is left cannot stand in a circle.
        loop {
            let left: BTreeSet<Vec<String>> = edges.keys().cloned().collect();
            edges.values_mut().for_each(|others| others.retain(|other| left.contains(other)));
            edges.retain(|_, others| !others.is_empty());
            if edges.len() == left.len() {
                break;
            }
        }
        assert!(edges.is_empty(), "a circle of imports among these files of src/{name}: {edges:#?}");
    }
    assert!(edges_seen > 300, "only {edges_seen} imports were found");
}
