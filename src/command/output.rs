use std::io::{ErrorKind, Write as _};

use anyhow::Context as _;

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
