//! Arrays in NumPy's NPY format (<https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>).

mod header;
mod number;

use std::io::{ErrorKind, Read};

use camlab_raster::Map;

use self::header::ArrayLayout;
use self::number::StoredType;
use crate::axes::MapAxes;
use crate::error::{MapFault, shape_text};
use crate::options::MapFileOptions;
use crate::plane::{checked_sides, oriented};
use crate::scale::ValueScale;

/// Bytes read at once.
const CHUNK: usize = 1 << 16;

/// Reads one map from an array of `held` bytes, header included. Values of other channels are passed over, so that no
/// more memory is needed than for the map.
///
/// # Errors
/// An array that is damaged, no real numbers, or something other than `options` declare.
pub(crate) fn read_array(
    reader: &mut impl Read,
    held: u64,
    options: &MapFileOptions,
    channel: Option<usize>,
) -> Result<Map, MapFault> {
    let layout = ArrayLayout::read(reader)?;
    let needed = layout.values.checked_mul(layout.number.size as u64);
    let after_header = held.saturating_sub(layout.start);
    if layout.shape.contains(&0) {
        return Err(MapFault::Empty(shape_text(&layout.shape)));
    }
    if needed != Some(after_header) {
        let needed = needed.map_or("too many".to_owned(), |needed| needed.to_string());
        return Err(MapFault::Length { shape: shape_text(&layout.shape), needed, held: after_header });
    }
    let runs = PlaneRuns::new(&layout, options.axes, channel)?;
    let values = runs.read(reader, layout.number, ValueScale::new(options))?;
    // A checksum is compared at the end of an archive's entry.
    match reader.read(&mut [0]) {
        Ok(0) => Ok(oriented(runs.sides, values, runs.transposed, options.flip)),
        Ok(_) => Err(MapFault::Archive("an array is longer than its entry declares".to_owned())),
        Err(error) => Err(cut_off(&error)),
    }
}

/// Places of the values of one map in a file: `repeats` times `skipped` values of other channels, `length` of the map,
/// and `rest` of other channels.
struct PlaneRuns {
    /// Rows and columns in the order of the file.
    sides: (usize, usize),
    /// `true` if the rows of the file are the columns of the map.
    transposed: bool,
    repeats: usize,
    skipped: u64,
    length: usize,
    rest: u64,
}

impl PlaneRuns {
    fn new(layout: &ArrayLayout, axes: MapAxes, channel: Option<usize>) -> Result<Self, MapFault> {
        let mut shape = &layout.shape[..];
        while shape.len() > axes.count() {
            shape = match *shape {
                [1, ref inner @ ..] | [ref inner @ .., 1] => inner,
                _ => break,
            };
        }
        let (first, second, channels) = match (axes, shape) {
            (MapAxes::Yx | MapAxes::Xy, [first, second]) => (*first, *second, 1),
            (MapAxes::Cyx, [channels, first, second]) | (MapAxes::Yxc, [first, second, channels]) => {
                (*first, *second, *channels)
            }
            _ => {
                let shape = shape_text(&layout.shape);
                return Err(MapFault::Axes { shape, axes: axes.name(), wanted: axes.count() });
            }
        };
        let skipped = match channel {
            Some(channel) if channel as u64 >= channels => {
                return Err(MapFault::Channel { channel, held: channels });
            }
            None if channels > 1 => return Err(MapFault::Channels(channels)),
            channel => channel.unwrap_or(0) as u64,
        };
        // Fortran's order is C's with all axes reversed.
        let (rows, columns) = if layout.fortran { (second, first) } else { (first, second) };
        let sides = checked_sides(rows, columns)?;
        let (pixels, rest) = (sides.0 * sides.1, channels - 1 - skipped);
        let transposed = layout.fortran != (axes == MapAxes::Xy);
        let fastest = (axes == MapAxes::Yxc) != layout.fortran;
        Ok(match fastest && axes.has_channels() && channels > 1 {
            true => Self { sides, transposed, repeats: pixels, skipped, length: 1, rest },
            // No overflow: the array's length was compared with the product.
            false => {
                let (skipped, rest) = (skipped * pixels as u64, rest * pixels as u64);
                Self { sides, transposed, repeats: 1, skipped, length: pixels, rest }
            }
        })
    }

    fn read(
        &self,
        reader: &mut impl Read,
        number: StoredType,
        scale: ValueScale,
    ) -> Result<Vec<f32>, MapFault> {
        let size = number.size;
        let mut values = Vec::with_capacity(self.repeats * self.length);
        let mut chunk = vec![0; CHUNK.min(self.length * size)];
        for _ in 0..self.repeats {
            skip(reader, self.skipped * size as u64)?;
            let mut left = self.length * size;
            while left > 0 {
                let part = &mut chunk[..left.min(CHUNK)];
                reader.read_exact(part).map_err(|error| cut_off(&error))?;
                for bytes in part.chunks_exact(size) {
                    values.push(scale.apply(number.value(bytes))?);
                }
                left -= part.len();
            }
            skip(reader, self.rest * size as u64)?;
        }
        Ok(values)
    }
}

fn skip(reader: &mut impl Read, bytes: u64) -> Result<(), MapFault> {
    match bytes {
        0 => Ok(()),
        _ => match std::io::copy(&mut reader.by_ref().take(bytes), &mut std::io::sink()) {
            Ok(passed) if passed == bytes => Ok(()),
            Ok(_) => Err(cut_off(&ErrorKind::UnexpectedEof.into())),
            Err(error) => Err(cut_off(&error)),
        },
    }
}

fn cut_off(error: &std::io::Error) -> MapFault {
    match error.kind() {
        ErrorKind::UnexpectedEof => {
            MapFault::Archive("an array is shorter than its entry declares".to_owned())
        }
        // The archive's reader reports damage so.
        ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Other => {
            MapFault::Archive(error.to_string())
        }
        _ => MapFault::Unreadable(error.to_string()),
    }
}
