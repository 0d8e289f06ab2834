//! Writing of map files.

use std::io::{Cursor, Write as _};
use std::path::Path;

use camlab_base::file;
use camlab_raster::Map;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder as _};
use npyz::{DType, WriterBuilder as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::error::{MapFault, MapFileError, shape_text};
use super::format::MapFormat;

/// Name of the map in NPZ files that camlab writes.
pub(crate) const MAP_NAME: &str = "map";

/// An array beside the map in an NPZ file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NamedArray<'a> {
    /// Name of the array, neither empty nor `map`, without `/`.
    pub name: &'a str,
    /// Sides, slowest first.
    pub shape: &'a [usize],
    /// The values in C order, as many as the product of the sides.
    pub values: &'a [f32],
}

/// Type of the numbers in NPY and NPZ files; both hold a map's values exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NumberType {
    /// 32 bits.
    #[default]
    F32,
    /// 64 bits, as wsolevaluation requires.
    F64,
}

/// Writes a map to a file, completely or not at all; missing folders are made. NPY and NPZ hold the values as
/// little-endian numbers in C order; PNG holds the values of a map in [0, 1] as 16-bit grey, rounded to multiples of
/// 1/65535.
///
/// # Errors
/// A map without pixels; a value outside of [0, 1], or NaN, for PNG; a file that cannot be written.
pub fn write_map(path: &Path, format: MapFormat, numbers: NumberType, map: &Map) -> Result<(), MapFileError> {
    let bytes = encode_map(format, numbers, map).map_err(|fault| MapFileError::new(path, fault))?;
    write_bytes(path, &bytes)
}

/// Writes a map to an NPZ file as the array `map`, and further arrays beside it.
///
/// # Errors
/// As [`write_map`], and a further array whose name or shape is none.
pub fn write_npz(
    path: &Path,
    numbers: NumberType,
    map: &Map,
    further: &[NamedArray<'_>],
) -> Result<(), MapFileError> {
    let bytes = encode_npz(numbers, map, further).map_err(|fault| MapFileError::new(path, fault))?;
    write_bytes(path, &bytes)
}

/// The content that [`write_map`] writes: the same bytes for the same map.
///
/// # Errors
/// As [`write_map`], except for those of the file system.
pub fn encode_map(format: MapFormat, numbers: NumberType, map: &Map) -> Result<Vec<u8>, MapFault> {
    match format {
        MapFormat::Npy => npy(numbers, &sides(map)?, &map.data),
        MapFormat::Npz => encode_npz(numbers, map, &[]),
        MapFormat::Png => png(map),
    }
}

/// The content that [`write_npz`] writes: arrays without compression, no time of writing.
///
/// # Errors
/// As [`write_npz`], except for those of the file system.
pub fn encode_npz(numbers: NumberType, map: &Map, further: &[NamedArray<'_>]) -> Result<Vec<u8>, MapFault> {
    let sides = sides(map)?;
    let own = NamedArray { name: MAP_NAME, shape: &sides, values: &map.data };
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (at, array) in std::iter::once(&own).chain(further).enumerate() {
        let refuse = |why| Err(MapFault::Named(array.name.to_owned(), why));
        if array.name.is_empty() || array.name.contains(['/', '\\', '\0']) {
            return refuse("the name is empty or that of a path");
        }
        if further[..at.saturating_sub(1)]
            .iter()
            .chain((at > 0).then_some(&own))
            .any(|a| a.name == array.name)
        {
            return refuse("another array has this name");
        }
        if array.shape.iter().try_fold(1, |product: usize, side| product.checked_mul(*side))
            != Some(array.values.len())
        {
            return refuse("its shape is that of another number of values");
        }
        archive.start_file(format!("{}.npy", array.name), options).map_err(unwritable)?;
        archive.write_all(&npy(numbers, array.shape, array.values)?).map_err(unwritable)?;
    }
    Ok(archive.finish().map_err(unwritable)?.into_inner())
}

fn npy(numbers: NumberType, shape: &[usize], values: &[f32]) -> Result<Vec<u8>, MapFault> {
    match numbers {
        NumberType::F32 => npy_of("<f4", shape, values.iter().copied()),
        NumberType::F64 => npy_of("<f8", shape, values.iter().map(|value| f64::from(*value))),
    }
}

fn npy_of<T: npyz::Serialize>(
    numbers: &str,
    shape: &[usize],
    values: impl Iterator<Item = T>,
) -> Result<Vec<u8>, MapFault> {
    let little = DType::new_scalar(numbers.parse().map_err(unwritable)?);
    let shape: Vec<u64> = shape.iter().map(|side| *side as u64).collect();
    let mut bytes = Vec::new();
    let options = npyz::WriteOptions::new().dtype(little).shape(&shape).writer(&mut bytes);
    let mut writer = options.begin_nd().map_err(unwritable)?;
    writer.extend(values).map_err(unwritable)?;
    writer.finish().map_err(unwritable)?;
    Ok(bytes)
}

fn png(map: &Map) -> Result<Vec<u8>, MapFault> {
    let [height, width] = sides(map)?;
    let mut samples = Vec::with_capacity(2 * map.data.len());
    for value in &map.data {
        if !(0.0..=1.0).contains(value) {
            return Err(MapFault::Unstorable(*value));
        }
        let sample = (f64::from(*value) * f64::from(u16::MAX)).round() as u16;
        // The encoder takes the machine's byte order and writes PNG's.
        samples.extend(sample.to_ne_bytes());
    }
    let mut bytes = Vec::new();
    let sides = u32::try_from(width).and_then(|width| Ok((width, u32::try_from(height)?)));
    let (width, height) = sides.map_err(unwritable)?;
    PngEncoder::new(&mut bytes)
        .write_image(&samples, width, height, ExtendedColorType::L16)
        .map_err(unwritable)?;
    Ok(bytes)
}

/// Height and width of a map with pixels.
fn sides(map: &Map) -> Result<[usize; 2], MapFault> {
    match map.height.checked_mul(map.width) {
        Some(pixels) if pixels > 0 && pixels == map.data.len() => Ok([map.height, map.width]),
        _ => Err(MapFault::Empty(shape_text(&[map.height as u64, map.width as u64]))),
    }
}

fn unwritable(error: impl std::fmt::Display) -> MapFault {
    MapFault::Unwritable(error.to_string())
}

fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), MapFileError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let written = folder.map_or(Ok(()), std::fs::create_dir_all).and_then(|()| file::replace(path, bytes));
    written.map_err(|error| MapFileError::new(path, unwritable(error)))
}
