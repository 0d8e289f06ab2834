use std::path::Path;
use std::process::Command;

use super::machine::processor;
use camlab_kernel::Isa;

/// Version, commit and machine, needed to reproduce the results, as (name, value) pairs.
pub(super) fn gather(experiment_file: &Path) -> Vec<(String, String)> {
    let folder = experiment_file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_string())
    };
    // Uncommitted changes are always reported: results of such code cannot be reproduced from the commit.
    let commit = match (git(&["rev-parse", "HEAD"]), git(&["status", "--porcelain", "--untracked-files=no"]))
    {
        (Some(commit), Some(changes)) if changes.is_empty() => commit,
        (Some(commit), _) => format!("{commit} with uncommitted changes"),
        (None, _) => "not in a git repository".into(),
    };
    vec![
        ("camlab".into(), env!("CARGO_PKG_VERSION").into()),
        ("commit".into(), commit),
        ("processor".into(), processor()),
        ("instructions".into(), Isa::current().name().into()),
        ("threads".into(), rayon::current_num_threads().to_string()),
        ("system".into(), format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
    ]
}
