//! Header of an NPY array.

use std::io::{ErrorKind, Read};

use npyz::{NpyHeader, Order};

use super::number::StoredType;
use crate::error::MapFault;

/// Shape and type of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ArrayLayout {
    /// Sides, slowest first in NumPy's indexing.
    pub(super) shape: Vec<u64>,
    /// `true` if the first index is the fastest in the file.
    pub(super) fortran: bool,
    /// Type of the values.
    pub(super) number: StoredType,
    /// Bytes before the first value.
    pub(super) start: u64,
    /// Number of values.
    pub(super) values: u64,
}

/// Longest accepted header. NumPy's own limit is 10,000.
const MAX_HEADER: usize = 1 << 16;
/// Most brackets in a header. A plain array has two; more stand in that of a structure, which is an error anyway.
const MAX_BRACKETS: usize = 256;

impl ArrayLayout {
    /// Reads the header of NPY 1.0, 2.0 or 3.0, up to the first value.
    ///
    /// # Errors
    /// No header, or that of an array of something other than real numbers.
    pub(super) fn read(reader: &mut impl Read) -> Result<Self, MapFault> {
        let mut header = vec![0; 8];
        fill(reader, &mut header)?;
        if !header.starts_with(b"\x93NUMPY") {
            return Err(MapFault::Header("it does not begin with NUMPY".to_owned()));
        }
        // The library believes any length and recurses as deep as brackets are nested, so that both are bounded here.
        let length_bytes = if header[6] == 1 { 2 } else { 4 };
        header.resize(8 + length_bytes, 0);
        fill(reader, &mut header[8..])?;
        let length = header[8..].iter().rev().fold(0, |length, byte| length << 8 | usize::from(*byte));
        if length > MAX_HEADER {
            return Err(MapFault::Header(format!("it declares a length of {length} bytes")));
        }
        let start = header.len();
        header.resize(start + length, 0);
        fill(reader, &mut header[start..])?;
        check_text(&header[start..])?;
        let parsed = NpyHeader::from_reader(&header[..]).map_err(|error| MapFault::Header(reason(&error)))?;
        Ok(Self {
            shape: parsed.shape().to_vec(),
            fortran: parsed.order() == Order::Fortran,
            number: StoredType::new(&parsed.dtype())?,
            start: header.len() as u64,
            values: parsed.len(),
        })
    }
}

fn fill(reader: &mut impl Read, bytes: &mut [u8]) -> Result<(), MapFault> {
    reader.read_exact(bytes).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => MapFault::Header("it is cut off".to_owned()),
        _ => MapFault::Unreadable(error.to_string()),
    })
}

/// Checks the text for what the library does not withstand: nesting, and sides whose product exceeds 64 bits.
fn check_text(text: &[u8]) -> Result<(), MapFault> {
    let brackets = text.iter().filter(|byte| b"([{".contains(byte)).count();
    if brackets > MAX_BRACKETS || text.contains(&b'\\') {
        return Err(MapFault::Header("it is no header of a plain array".to_owned()));
    }
    // All numbers of a plain array's header are sides.
    let words = text.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
    let mut product: u64 = 1;
    for word in words.filter(|word| word.first().is_some_and(u8::is_ascii_digit)) {
        let number = std::str::from_utf8(word).ok().and_then(|word| word.parse::<u64>().ok());
        let number = number.ok_or_else(|| {
            MapFault::Header(format!("`{}` is no length of an axis", String::from_utf8_lossy(word)))
        })?;
        product = product
            .checked_mul(number.max(1))
            .ok_or_else(|| MapFault::Header("its shape has more values than can be counted".to_owned()))?;
    }
    Ok(())
}

/// The library's reason; that of a text which is no Python expression quotes the text over several lines.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.contains("Python") {
        true => "it is no Python dictionary".to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(version: u8, dictionary: &str) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY".to_vec();
        bytes.extend([version, 0]);
        match version {
            1 => bytes.extend((dictionary.len() as u16).to_le_bytes()),
            _ => bytes.extend((dictionary.len() as u32).to_le_bytes()),
        }
        bytes.extend(dictionary.as_bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> Result<ArrayLayout, MapFault> {
        ArrayLayout::read(&mut &bytes[..])
    }

    #[test]
    fn headers_of_all_versions_are_read() {
        for version in [1, 2, 3] {
            let bytes = npy(version, "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 4), }\n");
            let layout = read(&bytes).unwrap();
            assert_eq!((layout.shape, layout.fortran, layout.values), (vec![3, 4], true, 12));
            assert_eq!(layout.start as usize, bytes.len());
        }
    }

    #[test]
    fn what_is_no_header_is_an_error() {
        let deep = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {}", "(".repeat(30_000));
        let cases = [
            ("", "no Python dictionary"),
            ("{'descr': '<f4', 'shape': (3,)}", "missing key 'fortran_order'"),
            ("{'descr': '<f4', 'fortran_order': 1, 'shape': (3,)}", "not a bool"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (3.5,)}", "must be an integer"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}", "cannot be negative"),
            (
                "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
                "no length of an axis",
            ),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", "can be counted"),
            ("{'descr': 'x', 'fortran_order': False, 'shape': (3,)}", "invalid type string"),
            (&deep, "no header of a plain array"),
        ];
        for (text, expected) in cases {
            let message = read(&npy(2, text)).unwrap_err().to_string();
            assert!(message.contains(expected), "{text:.60}: {message}");
            assert!(message.contains("numpy.save"), "{message}");
        }
        assert!(read(&npy(4, "{}")).is_err());
        let mut endless = npy(2, "{}");
        endless[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(read(&endless).unwrap_err().to_string().contains("4294967295 bytes"));
        let objects = npy(1, "{'descr': '|O', 'fortran_order': False, 'shape': (3, 4), }");
        assert_eq!(read(&objects), Err(MapFault::Pickled));
        let records =
            npy(1, "{'descr': [('a', '<f4'), ('b', '<f4')], 'fortran_order': False, 'shape': (3, 4), }");
        assert_eq!(read(&records), Err(MapFault::Type("of a structure".to_owned())));
    }
}
