use serde::{Deserialize, Serialize};

/// The build of camlab that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildInfo {
    /// Version of camlab.
    pub version: String,
    /// Commit of the sources; `unknown` for sources that come with neither git nor a package's record.
    pub commit: String,
    /// `true` if the sources differed from the commit; `None` if that is not known.
    pub dirty: Option<bool>,
    /// blake3 of Cargo.lock, hexadecimal: the versions of all dependencies; `unknown` without the file.
    pub lock: String,
    /// The compiler, as `rustc --version` names it.
    pub rustc: String,
    /// The target triple.
    pub target: String,
    /// `release` or `debug`.
    pub profile: String,
}

impl BuildInfo {
    /// Version and commit in words: `0.1.0 (commit 1594ddb0c2 with uncommitted changes)`.
    pub fn code(&self) -> String {
        format!("{} ({})", self.version, self.committed())
    }

    /// Commit, compiler, target and profile in words.
    pub fn words(&self) -> String {
        format!("{}, {}, {}, {}", self.committed(), self.rustc, self.target, self.profile)
    }

    fn committed(&self) -> String {
        let changes = match self.dirty {
            Some(true) => " with uncommitted changes",
            Some(false) | None => "",
        };
        format!("commit {}{changes}", self.commit)
    }
}
