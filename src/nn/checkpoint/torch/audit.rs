//! Checks the names in a PyTorch file before it is parsed.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

use zip::ZipArchive;

use super::known::is_known;
use super::walk;

/// The largest pickle of a zip, which may be compressed: the reader's own limit.
const LARGEST_PICKLE: u64 = pytorch_reader::MAX_PICKLE_SIZE;

/// The magic number of the legacy format, `0x1950a86a20f9469cfc6c`, as written by pickle protocols from 2 on,
/// and by earlier ones.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const MAGIC_TEXT: &[u8] = b"119547037146038801333356";

/// Pickles of a legacy file: magic number, protocol, machine, object, storage keys.
const LEGACY_PICKLES: usize = 5;

/// Returns an error if a PyTorch file names anything that a checkpoint of weights does not need, or holds no
/// valid pickle.
pub(super) fn file(file: &mut File) -> Result<(), String> {
    let mut header = Vec::new();
    file.by_ref().take(512).read_to_end(&mut header).map_err(|error| error.to_string())?;
    file.seek(SeekFrom::Start(0)).map_err(|error| error.to_string())?;
    if header.get(257..262) == Some(b"ustar") {
        return Err(
            "it is a tar file, which PyTorch wrote before 0.1.10; load it there and save it again".into()
        );
    }
    if header.starts_with(b"PK") {
        return archive(file);
    }
    let magic = &header[..header.len().min(64)];
    let legacy = magic.windows(MAGIC.len()).any(|bytes| bytes == MAGIC)
        || magic.windows(MAGIC_TEXT.len()).any(|bytes| bytes == MAGIC_TEXT);
    let mut reader = BufReader::new(file);
    for _ in 0..if legacy { LEGACY_PICKLES } else { 1 } {
        pickle(&mut reader)?;
    }
    Ok(())
}

fn pickle(reader: &mut impl BufRead) -> Result<(), String> {
    walk::names(reader, &mut |module, name| match is_known(module, name) {
        true => Ok(()),
        false => Err(format!(
            "it asks to load and call `{module}.{name}`, which no checkpoint of weights needs; nothing was executed. \
             If you trust the file, load it with PyTorch and save `model.state_dict()` alone"
        )),
    })
}

fn archive(file: &mut File) -> Result<(), String> {
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| match error {
        zip::result::ZipError::InvalidArchive(_) => format!("{error}: the zip file is damaged or truncated"),
        error => error.to_string(),
    })?;
    if archive.has_duplicate_names() {
        return Err("its zip file has two entries of the same name".into());
    }
    let mut pickles = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|error| error.to_string())?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        if name.starts_with(['/', '\\']) || name.split(['/', '\\']).any(|part| part == "..") {
            return Err(format!("its zip file has an entry `{name}` that points outside the archive"));
        }
        if name.ends_with("data.pkl") {
            pickles.push(index);
        }
    }
    for index in pickles {
        let entry = archive.by_index(index).map_err(|error| error.to_string())?;
        pickle(&mut BufReader::new(entry.take(LARGEST_PICKLE)))?;
    }
    Ok(())
}
