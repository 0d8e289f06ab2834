//! Text files of data sets.

use std::path::Path;

use super::error::DatasetError;
use super::files;

/// Reads a list or an annotation: UTF-8, with or without a byte order mark.
///
/// # Errors
/// A file that cannot be read, or text in another encoding, with the line of its first odd byte.
pub(super) fn read(path: &Path) -> Result<String, DatasetError> {
    let bytes = files::read(path).map_err(|error| DatasetError::unreadable(path, error))?;
    decoded(path, bytes)
}

/// The text of bytes; `path` names them in errors.
///
/// # Errors
/// As [`read`].
pub(super) fn decoded(path: &Path, bytes: Vec<u8>) -> Result<String, DatasetError> {
    let row = |line: usize, problem: String| DatasetError::Row {
        path: path.to_path_buf(),
        line: line as u64,
        problem,
    };
    let wide = match bytes.as_slice() {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        // UTF-16 without a mark: every other byte of plain text is 0.
        [0, second, 0, fourth, ..] => *second != 0 && *fourth != 0,
        [first, 0, third, 0, ..] => *first != 0 && *third != 0,
        _ => false,
    };
    if wide {
        return Err(row(1, "the text is UTF-16, not UTF-8; save the file as UTF-8".to_owned()));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        }),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let bytes = error.as_bytes();
            let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
            let odd = bytes.get(at).copied().unwrap_or_default();
            let start = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            let before = String::from_utf8_lossy(&bytes[start..at]).into_owned();
            let remedy = "save the file as UTF-8 (it may be Latin-1 or Windows-1252)";
            Err(row(line, format!("the byte {odd:#04x} after `{before}` is not UTF-8; {remedy}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Result<String, String> {
        decoded(Path::new("list.csv"), bytes.to_vec()).map_err(|error| error.to_string())
    }

    #[test]
    fn other_encodings_are_named_with_their_line() {
        assert_eq!(text(b"\xef\xbb\xbfa,1\n"), Ok("a,1\n".to_owned()));
        assert_eq!(text("é\n".as_bytes()), Ok("é\n".to_owned()));
        let utf16: Vec<u8> = "a,1".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let wide = Err("list.csv:1: the text is UTF-16, not UTF-8; save the file as UTF-8".to_owned());
        assert_eq!(text(&utf16), wide);
        assert_eq!(text(&[&[0xff, 0xfe][..], &utf16].concat()), wide);
        let latin = text(b"a,1\ncaf\xe9,2\n").unwrap_err();
        assert!(latin.starts_with("list.csv:2: the byte 0xe9 after `caf` is not UTF-8"), "{latin}");
    }
}
