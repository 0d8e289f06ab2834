//! The checksum inside a report's frame: a damaged file is found before it is decoded, and never gives other numbers.

use std::fs::File;
use std::io::{Read as _, Result, Seek as _, SeekFrom, Write as _};

/// Key of the checksum in the file's metadata.
pub(super) const KEY: &str = "camlab.blake3";
/// Hexadecimal digits of a checksum.
const DIGITS: usize = 64;
/// Bytes at the end of a file that the key is searched in: the metadata follow the list of row groups.
const TAIL: u64 = 1 << 20;
const BUFFER: usize = 1 << 18;

/// The value of the key before the checksum is known, and while it is computed.
pub(super) fn blank() -> String {
    "0".repeat(DIGITS)
}

/// Writes the checksum of a finished file into it.
pub(super) fn seal(file: &mut File) -> Result<()> {
    let Some(place) = place(file)? else {
        return Err(std::io::Error::other("the frame has no place for its checksum"));
    };
    let sum = checksum(file, place)?;
    file.seek(SeekFrom::Start(place))?;
    file.write_all(sum.as_bytes())
}

/// Compares a file with its checksum; `true` for a file without one, which another program or an earlier version wrote.
pub(super) fn is_intact(file: &mut File) -> Result<bool> {
    let Some(place) = place(file)? else { return Ok(true) };
    let mut known = [0; DIGITS];
    file.seek(SeekFrom::Start(place))?;
    file.read_exact(&mut known)?;
    Ok(checksum(file, place)?.as_bytes() == known)
}

/// `true` if a file has a checksum.
pub(super) fn is_there(file: &mut File) -> Result<bool> {
    place(file).map(|place| place.is_some())
}

/// Position of the checksum in the file.
fn place(file: &mut File) -> Result<Option<u64>> {
    let size = file.seek(SeekFrom::End(0))?;
    let start = size.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let key = KEY.as_bytes();
    let Some(found) = tail.windows(key.len()).rposition(|bytes| bytes == key) else { return Ok(None) };
    // Between key and value stand the value's type and length, in Thrift's compact encoding: two bytes.
    let place = found + key.len() + 2;
    Ok((place + DIGITS <= tail.len()).then_some(start + place as u64))
}

/// The checksum of the file with the checksum at `place` blank.
fn checksum(file: &mut File, place: u64) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    file.seek(SeekFrom::Start(0))?;
    let mut buffer = vec![0; BUFFER];
    let mut copy = |file: &mut File, length: u64| -> Result<()> {
        let mut left = length;
        while left > 0 {
            let wanted = left.min(BUFFER as u64) as usize;
            let read = file.read(&mut buffer[..wanted])?;
            if read == 0 {
                break;
            }
            hasher.update(&buffer[..read]);
            left -= read as u64;
        }
        Ok(())
    };
    copy(file, place)?;
    file.seek(SeekFrom::Current(DIGITS as i64))?;
    copy(file, u64::MAX)?;
    Ok(hasher.finalize().to_hex().to_string())
}
