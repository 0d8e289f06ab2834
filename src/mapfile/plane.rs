//! The pixels of one map in the order of the file, and their order in a [`Map`].

use camlab_raster::Map;

use super::axes::MapFlip;
use super::error::{MAX_PIXELS, MapFault, shape_text};

/// Most bytes that deflate, the compression of archives and images, makes of one.
pub(crate) const MAX_EXPANSION: u64 = 1032;

/// Rows and columns of a plane that has pixels, and no more than a map may have.
pub(crate) fn checked_sides(rows: u64, columns: u64) -> Result<(usize, usize), MapFault> {
    let pixels = rows.checked_mul(columns);
    match pixels {
        Some(0) => Err(MapFault::Empty(shape_text(&[rows, columns]))),
        Some(1..=MAX_PIXELS) => Ok((rows as usize, columns as usize)),
        _ => Err(MapFault::TooLarge(shape_text(&[rows, columns]))),
    }
}

/// The map of `rows * columns` values, row by row, which are the map's columns if `transposed`.
pub(crate) fn oriented(
    (rows, columns): (usize, usize),
    values: Vec<f32>,
    transposed: bool,
    flip: MapFlip,
) -> Map {
    let mut map = match transposed {
        false => Map::new(rows, columns, values),
        true => {
            let column = |y: usize| values.iter().skip(y).step_by(columns.max(1)).copied();
            Map::new(columns, rows, (0..columns).flat_map(column).collect())
        }
    };
    let width = map.width.max(1);
    match flip {
        MapFlip::None => {}
        MapFlip::Horizontal => map.data.chunks_exact_mut(width).for_each(<[f32]>::reverse),
        MapFlip::Vertical => {
            map.data.reverse();
            map.data.chunks_exact_mut(width).for_each(<[f32]>::reverse);
        }
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_are_transposed_before_they_are_mirrored() {
        let values = || vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let cases = [
            (false, MapFlip::None, (2, 3), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
            (false, MapFlip::Vertical, (2, 3), [4.0, 5.0, 6.0, 1.0, 2.0, 3.0]),
            (false, MapFlip::Horizontal, (2, 3), [3.0, 2.0, 1.0, 6.0, 5.0, 4.0]),
            (true, MapFlip::None, (3, 2), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]),
            (true, MapFlip::Vertical, (3, 2), [3.0, 6.0, 2.0, 5.0, 1.0, 4.0]),
            (true, MapFlip::Horizontal, (3, 2), [4.0, 1.0, 5.0, 2.0, 6.0, 3.0]),
        ];
        for (transposed, flip, (height, width), expected) in cases {
            let map = oriented((2, 3), values(), transposed, flip);
            assert_eq!(map, Map::new(height, width, expected.to_vec()), "{transposed} {flip:?}");
        }
    }

    #[test]
    fn planes_without_or_with_too_many_pixels_are_errors() {
        assert_eq!(checked_sides(2, 3), Ok((2, 3)));
        assert_eq!(checked_sides(0, 3), Err(MapFault::Empty("[0, 3]".into())));
        assert!(matches!(checked_sides(u64::MAX, 2), Err(MapFault::TooLarge(_))));
        assert!(matches!(checked_sides(10_001, 10_000), Err(MapFault::TooLarge(_))));
    }
}
