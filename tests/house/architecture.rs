//! The house's rules, read from the sources: who may import whom, and what nobody may do.

use std::collections::BTreeMap;
use std::path::Path;

use walkdir::WalkDir;

/// Which modules a module may name with `crate::`; see ARCHITECTURE.md.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("engine", &["kernel", "nn"]),
    ("raster", &[]),
    ("frame", &[]),
    ("fetch", &[]),
    ("registry", &[]),
    ("random", &[]),
    ("stamp", &[]),
    ("nn", &["kernel", "registry", "random"]),
    ("parts", &["nn", "engine", "raster", "registry", "random", "stamp"]),
    ("spec", &["engine", "parts", "nn", "raster", "registry"]),
    ("plan", &["spec", "engine", "parts", "nn", "registry"]),
    (
        "stage",
        &[
            "plan", "spec", "engine", "kernel", "parts", "nn", "frame", "fetch", "raster", "registry",
            "random", "report", "stamp",
        ],
    ),
    ("report", &["frame", "raster"]),
];

fn sources() -> BTreeMap<String, String> {
    WalkDir::new("src")
        .into_iter()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().extension().is_some_and(|e| e == "rs"))
        .map(|entry| (entry.path().display().to_string(), std::fs::read_to_string(entry.path()).unwrap()))
        .collect()
}

/// The code of a file up to its tests.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

fn module(path: &str) -> &str {
    let inner = path.trim_start_matches("src/");
    inner.split('/').next().unwrap_or(inner).trim_end_matches(".rs")
}

#[test]
fn imports_only_go_down() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module(&path)) else { continue };
        for (number, line) in code(&text).lines().enumerate() {
            let line = line.split("//").next().unwrap_or(line);
            for import in line.split("crate::").skip(1) {
                let name: String = import.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let known = MAY_IMPORT.iter().any(|(module, _)| *module == name);
                if known && name != module(&path) && !allowed.contains(&name.as_str()) {
                    wrong.push(format!("{path}:{}: {} imports {name}", number + 1, module(&path)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_stands_in_the_table() {
    for path in sources().keys() {
        let name = module(path);
        let outside = ["lib", "main", "cli", "command"].contains(&name);
        assert!(
            outside || MAY_IMPORT.iter().any(|(module, _)| *module == name),
            "{name} is not in MAY_IMPORT"
        );
    }
}

#[test]
fn spec_and_plan_do_no_io() {
    for (path, text) in sources() {
        if ["spec", "plan"].contains(&module(&path)) {
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
            assert!(module(&path) == "fetch" || !code(&text).contains(forbidden), "{path} uses {forbidden}");
        }
    }
}

#[test]
fn dfdx_stops_at_the_seam() {
    for (path, text) in sources() {
        assert!(module(&path) == "nn" || !code(&text).contains("dfdx::"), "{path} names dfdx outside src/nn");
    }
}

#[test]
fn unsafe_stays_in_the_kernels() {
    for (path, text) in sources() {
        let found = code(&text)
            .lines()
            .any(|line| line.trim_start().starts_with("unsafe ") || line.contains("= unsafe {"));
        assert!(module(&path) == "kernel" || !found, "{path} has unsafe code outside src/kernel");
    }
}

#[test]
fn no_file_is_a_giant() {
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
    assert!(Path::new("ARCHITECTURE.md").is_file());
}
