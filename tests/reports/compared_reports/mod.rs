//! `camlab compare`: differences of reports against SciPy and by identities, pairs of names, forms, errors.

mod errors;
mod fixture;
mod numbers;
mod pages;

use std::path::Path;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use serde_json::Value;

use fixture::Fabricated;

/// `camlab compare ARGUMENTS...` in a folder.
fn compare(folder: &Path, arguments: &[&str]) -> Assert {
    let mut command = Command::new(env!("CARGO_BIN_EXE_camlab"));
    command.current_dir(folder).arg("compare").args(arguments).assert()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The JSON document of a comparison.
fn json(folder: &Path, arguments: &[&str]) -> Value {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    let found = compare(folder, &arguments).success();
    serde_json::from_slice(&found.get_output().stdout).unwrap()
}

/// Standard output of a comparison.
fn printed(folder: &Path, arguments: &[&str]) -> String {
    text(&compare(folder, arguments).success().get_output().stdout)
}

/// The error of a comparison that fails.
fn error(folder: &Path, arguments: &[&str]) -> String {
    text(&compare(folder, arguments).failure().get_output().stderr)
}

/// A folder with reports under `reports/`, by their names.
fn written(reports: &[&Fabricated]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for report in reports {
        report.write(&folder.path().join("reports").join(&report.name));
    }
    folder
}

fn list<'a>(document: &'a Value, key: &str) -> &'a Vec<Value> {
    document[key].as_array().unwrap_or_else(|| panic!("no list `{key}`"))
}

/// The result of a map and metric.
fn result<'a>(document: &'a Value, method: &str, metric: &str) -> &'a Value {
    let is = |row: &&Value| row["method"] == method && row["metric"] == metric;
    list(document, "results").iter().find(is).unwrap_or_else(|| panic!("no {metric} of {method}"))
}
