//! Reading of map files.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, ErrorKind, Seek};
use std::path::Path;

use camlab_raster::Map;

use super::error::{MapFault, MapFileError};
use super::format::MapFormat;
use super::npy::read_array;
use super::npz::read_archive;
use super::options::MapFileOptions;
use super::png::read_image;

/// Reads one map from a file. `channel` is the one to take from an array with one map per class
/// ([`ChannelChoice::channel`](super::ChannelChoice::channel)); `None` requires that there is only one.
///
/// Values become `f32`, rounded to the nearest. Under a declared range they are mapped to [0, 1]; otherwise they are as
/// in the file, NaN and infinities included, but for the sign of dark maps. An array in memory costs that of its map,
/// not of all its channels.
///
/// # Errors
/// Any [`MapFault`], with the file's name.
pub fn read_map(path: &Path, options: &MapFileOptions, channel: Option<usize>) -> Result<Map, MapFileError> {
    let read = || {
        let unreadable = |error: std::io::Error| match error.kind() {
            ErrorKind::NotFound => MapFault::Missing,
            _ => MapFault::Unreadable(error.to_string()),
        };
        let file = File::open(path).map_err(unreadable)?;
        let held = file.metadata().map_err(unreadable)?.len();
        read_content(BufReader::new(file), held, options, channel)
    };
    read().map_err(|fault| MapFileError::new(path, fault))
}

/// [`read_map`] of a file's content.
///
/// # Errors
/// Any [`MapFault`].
pub fn decode_map(bytes: &[u8], options: &MapFileOptions, channel: Option<usize>) -> Result<Map, MapFault> {
    read_content(Cursor::new(bytes), bytes.len() as u64, options, channel)
}

fn read_content(
    mut reader: impl BufRead + Seek,
    held: u64,
    options: &MapFileOptions,
    channel: Option<usize>,
) -> Result<Map, MapFault> {
    let start = reader.fill_buf().map_err(|error| MapFault::Unreadable(error.to_string()))?;
    let found = MapFormat::sniff(start);
    match options.format {
        declared if found != Some(declared) => Err(MapFault::OtherFormat { declared, found }),
        MapFormat::Npy => read_array(&mut reader, held, options, channel),
        MapFormat::Npz => read_archive(reader, options, channel),
        MapFormat::Png => read_image(reader, held, options, channel),
    }
}
