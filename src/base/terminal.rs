//! Output to standard error, and the size of the terminal. Write errors (a closed pipe, a full disk) are ignored, so
//! that they stop no work.

use std::io::{IsTerminal, Write as _};

/// Writes a line to standard error; one that cannot be written is dropped.
pub fn note(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// `true` if standard error is a terminal that can move its cursor, for progress bars.
pub fn is_interactive() -> bool {
    std::io::stderr().is_terminal() && !is_dumb()
}

/// `true` if output to a stream may be coloured: a terminal, unless `NO_COLOR` is set and not empty, or
/// `TERM` is `dumb`.
pub fn is_coloured(stream: &impl IsTerminal) -> bool {
    let set = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    stream.is_terminal() && !is_dumb() && !set
}

/// Number of characters in a line of standard output if it is a terminal.
pub fn width() -> Option<usize> {
    let (terminal_size::Width(width), _) = terminal_size::terminal_size_of(std::io::stdout())?;
    Some(usize::from(width)).filter(|width| *width > 0)
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}
