//! The git repository of an experiment, as the `git` command tells.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

/// Size from which a difference is not kept, bytes.
const MOST_DIFFERENCE: u64 = 1 << 20;

/// The git repository of an experiment file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryRecord {
    /// Its top folder.
    pub root: String,
    /// The commit; `None` before the first one.
    pub commit: Option<String>,
    /// `true` if tracked files differ from the commit, or if it lacks a file of the experiment.
    pub dirty: bool,
    /// Files of the experiment that the commit does not hold: not tracked, or outside the repository.
    pub untracked: Vec<String>,
}

impl RepositoryRecord {
    /// The repository of a folder; `None` if it is in none, or there is no `git`. `sources` are the experiment's files.
    pub(super) fn of<'a>(folder: &Path, sources: impl Iterator<Item = &'a Path>) -> Option<Self> {
        let root = git(folder, &["rev-parse", "--show-toplevel"])?;
        let commit = git(folder, &["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
        let is_tracked = |path: &Path| {
            let mut command = command(folder);
            command.args(["ls-files", "--error-unmatch", "--"]).arg(path);
            command.output().is_ok_and(|output| output.status.success())
        };
        let untracked: Vec<String> =
            sources.filter(|path| !is_tracked(path)).map(|path| path.display().to_string()).collect();
        // Of the other files that are not tracked none is read: the report and the store are among them.
        let changes = git(folder, &["status", "--porcelain", "--untracked-files=no"]);
        let dirty = !untracked.is_empty() || changes.is_none_or(|changes| !changes.is_empty());
        Some(Self { root, commit, dirty, untracked })
    }

    /// The commit in words.
    pub(super) fn words(&self) -> String {
        let commit = self.commit.as_deref().unwrap_or("none yet");
        format!("{commit}{}", if self.dirty { " with uncommitted changes" } else { "" })
    }

    /// The difference of the tracked files from the commit; `None` without one. A text that says so in place of a large
    /// one.
    pub(super) fn difference(&self) -> Option<Vec<u8>> {
        if !self.dirty || self.commit.is_none() {
            return None;
        }
        let mut command = command(Path::new(&self.root));
        command.args(["diff", "--no-ext-diff", "--no-textconv", "--no-color", "--no-relative", "HEAD"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let mut text = Vec::new();
        let read = child.stdout.take()?.take(MOST_DIFFERENCE + 1).read_to_end(&mut text);
        // The pipe is closed: a `git` that has more to say ends.
        let status = child.wait().ok()?;
        read.ok()?;
        if text.len() as u64 > MOST_DIFFERENCE {
            let commit = self.commit.as_deref().unwrap_or_default();
            let told = format!(
                "The difference from commit {commit} is larger than {MOST_DIFFERENCE} bytes and is not kept.\n"
            );
            return Some(told.into_bytes());
        }
        (status.success() && !text.is_empty()).then_some(text)
    }
}

/// `git` in a folder, whatever repository a calling process is at work in.
fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    // Reading the status must not write the index of a repository that is in use.
    command.arg("--no-optional-locks").arg("-C").arg(folder);
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(variable);
    }
    command
}

/// Output of `git`, without spaces around it; `None` if it fails.
fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = command(folder).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
