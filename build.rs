//! Records the sources and the compiler that camlab is built from, for the provenance of reports.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The files that are compiled: a change of one of them makes the sources differ from their commit.
const COMPILED: [&str; 4] = ["src", "Cargo.toml", "Cargo.lock", "build.rs"];

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    for path in COMPILED {
        rerun_if_changed(&root.join(path));
    }
    let (commit, dirty) = packaged(&root).or_else(|| checked_out(&root)).unwrap_or_default();
    tell("COMMIT", if commit.is_empty() { "unknown" } else { &commit });
    tell(
        "TREE",
        match dirty {
            Some(true) => "dirty",
            Some(false) => "clean",
            None => "unknown",
        },
    );
    let compiler = Command::new(variable("RUSTC")).arg("--version").output();
    let compiler = compiler.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    tell("RUSTC", &compiler.unwrap_or_else(|_| "unknown".to_owned()));
    tell("TARGET", &variable("TARGET"));
    tell("PROFILE", &variable("PROFILE"));
    // The program hashes the text itself, so that no hash function is built twice; empty without the file.
    let lock = std::fs::read(root.join("Cargo.lock")).unwrap_or_default();
    let copy = PathBuf::from(variable("OUT_DIR")).join("Cargo.lock");
    if let Err(error) = std::fs::write(&copy, lock) {
        println!("cargo::error=cannot write {}: {error}", copy.display());
    }
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn tell(name: &str, value: &str) {
    println!("cargo::rustc-env=CAMLAB_BUILD_{name}={value}");
}

/// A path that does not exist would count as changed at every build.
fn rerun_if_changed(path: &Path) {
    if path.exists() {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}

/// Commit and state that `cargo package` recorded in a packaged crate.
fn packaged(root: &Path) -> Option<(String, Option<bool>)> {
    let path = root.join(".cargo_vcs_info.json");
    rerun_if_changed(&path);
    let text = std::fs::read_to_string(path).ok()?;
    let (_, rest) = text.split_once("\"sha1\"")?;
    let commit = rest.split('"').nth(1)?.to_owned();
    // `dirty` is written only where it is true.
    Some((commit, Some(text.contains("\"dirty\": true"))))
}

/// Commit and state of a checkout; `None` for a source archive, even one that lies in another repository.
fn checked_out(root: &Path) -> Option<(String, Option<bool>)> {
    git(root, &["ls-files", "--error-unmatch", "Cargo.toml"])?;
    let place = |name: &str| Some(root.join(git(root, &["rev-parse", "--git-path", name])?));
    // A commit moves HEAD or the branch that it names, and every move is a line of the log. The index need not be watched:
    // adding a file to it makes no compiled file equal to or different from the commit.
    for name in ["HEAD", "logs/HEAD", "packed-refs"] {
        rerun_if_changed(&place(name)?);
    }
    if let Some(branch) = git(root, &["symbolic-ref", "--quiet", "HEAD"]) {
        let mut path = place(&branch)?;
        // A packed branch becomes a file of its own at the next commit.
        while !path.exists() && path.pop() {}
        rerun_if_changed(&path);
    }
    let commit = git(root, &["rev-parse", "HEAD"])?;
    let arguments = ["status", "--porcelain", "--untracked-files=all", "--"];
    let changes = git(root, &[&arguments[..], &COMPILED[..]].concat());
    Some((commit, changes.map(|changes| !changes.is_empty())))
}

/// Output of `git`, without spaces around it; `None` if it fails.
fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    // Reading the status must not write the index: the next build would take it for a change.
    command.arg("--no-optional-locks").arg("-C").arg(root).args(arguments);
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(variable);
    }
    let output = command.output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
