use std::io::{ErrorKind, Write as _};
use std::path::Path;

use anyhow::Context as _;
use camlab::base::file;

/// Prints a text to standard output. A closed pipe (`| head`) is not an error; a full disk is one.
pub fn show(text: &str) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(()),
    }
}

/// Fails before any work where the file of an option could not be written.
pub fn check_file(option: &str, path: &Path) -> anyhow::Result<()> {
    anyhow::ensure!(!path.is_dir(), "{option} {} is a folder; name a file", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    anyhow::ensure!(
        folder.is_dir(),
        "{option} {}: the folder {} does not exist; create it or name another file",
        path.display(),
        folder.display()
    );
    file::check_writable(folder)
        .with_context(|| format!("cannot write {}; name another file with {option}", path.display()))
}

/// Formats a number with a space between thousands: `50 000`.
pub fn thousands(number: u64) -> String {
    match number / 1000 {
        0 => number.to_string(),
        whole => format!("{} {:03}", thousands(whole), number % 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn thousands_are_apart() {
        assert_eq!(thousands(50_000), "50 000");
        assert_eq!(thousands(7), "7");
    }
}
