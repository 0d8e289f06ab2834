//! Every source file of the workspace, and rules that a file can break by itself.

use std::collections::BTreeMap;

use walkdir::WalkDir;

/// The text of every source file under `src/`, by path.
pub fn sources() -> BTreeMap<String, String> {
    WalkDir::new("src")
        .into_iter()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().extension().is_some_and(|e| e == "rs"))
        .map(|entry| (entry.path().display().to_string(), std::fs::read_to_string(entry.path()).unwrap()))
        .collect()
}

/// The code of a file up to its tests.
pub fn code(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

/// The crate that a file belongs to: the folder under `src/`, or the file itself for the binary's own.
pub fn room(path: &str) -> &str {
    let inner = path.trim_start_matches("src/");
    inner.split('/').next().unwrap_or(inner).trim_end_matches(".rs")
}

#[test]
fn config_and_plan_do_no_io() {
    for (path, text) in sources() {
        if ["config", "plan"].contains(&room(&path)) {
            for forbidden in ["std::fs", "File::", "std::env", "println!", "eprintln!"] {
                assert!(!code(&text).contains(forbidden), "{path} uses {forbidden}");
            }
        }
    }
}

#[test]
fn only_fetch_opens_connections() {
    for (path, text) in sources() {
        for forbidden in ["ureq", "TcpStream", "std::net"] {
            // Tests may be the server.
            let allowed = room(&path) == "fetch" || path.contains("/tests/");
            assert!(allowed || !code(&text).contains(forbidden), "{path} uses {forbidden}");
        }
    }
}

#[test]
fn unsafe_code_stays_in_the_kernels() {
    for (path, text) in sources() {
        let found = code(&text)
            .lines()
            .any(|line| line.trim_start().starts_with("unsafe ") || line.contains("= unsafe {"));
        assert!(room(&path) == "kernel" || !found, "{path} has unsafe code outside src/kernel");
    }
}

#[test]
fn no_file_is_longer_than_400_lines() {
    for (path, text) in sources() {
        assert!(text.lines().count() <= 400, "{path} has {} lines; split it", text.lines().count());
    }
}

#[test]
fn nothing_unfinished_is_shipped() {
    for (path, text) in sources() {
        for mark in ["todo!(", "unimplemented!(", "dbg!("] {
            assert!(!text.contains(mark), "{path} has {mark}");
        }
    }
}
