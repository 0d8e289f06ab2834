//! Separable filters with mirrored borders.

use crate::Map;

/// Index in `0..side` of a place outside, mirroring about the border pixels (numpy's `reflect`, scipy's `mirror`).
pub(super) fn mirrored(place: isize, side: usize) -> usize {
    if side <= 1 {
        return 0;
    }
    let period = 2 * (side as isize - 1);
    let place = place.rem_euclid(period);
    place.min(period - place) as usize
}

/// Mean in a square window of odd side.
pub(super) fn mean(map: &Map, window: usize) -> Map {
    let taps = vec![1.0 / window as f64; window];
    separable(map, &taps, &taps)
}

/// Correlation with the outer product of two kernels of odd length, `rows` along each column and `columns` along each
/// row; sums in f64, in order.
pub(super) fn separable(map: &Map, rows: &[f64], columns: &[f64]) -> Map {
    along_columns(&along_rows(map, columns), rows)
}

/// Correlation along each row.
pub(super) fn along_rows(map: &Map, taps: &[f64]) -> Map {
    let (height, width, reach) = (map.height, map.width, (taps.len() / 2) as isize);
    let places: Vec<usize> = (-reach..width as isize + reach).map(|x| mirrored(x, width)).collect();
    let mut data = Vec::with_capacity(map.data.len());
    let mut padded = vec![0.0; places.len()];
    for row in map.data.chunks_exact(width.max(1)) {
        padded.iter_mut().zip(&places).for_each(|(to, from)| *to = f64::from(row[*from]));
        let sum = |seen: &[f64]| seen.iter().zip(taps).map(|(value, tap)| value * tap).sum::<f64>() as f32;
        data.extend(padded.windows(taps.len()).map(sum));
    }
    Map::new(height, width, data)
}

/// Correlation along each column.
pub(super) fn along_columns(map: &Map, taps: &[f64]) -> Map {
    let (height, width, reach) = (map.height, map.width, (taps.len() / 2) as isize);
    let mut data = Vec::with_capacity(map.data.len());
    let mut sums = vec![0.0f64; width];
    for y in 0..height as isize {
        sums.fill(0.0);
        for (tap, row) in taps.iter().zip(y - reach..) {
            let row = &map.data[mirrored(row, height) * width..][..width];
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += tap * f64::from(*value));
        }
        data.extend(sums.iter().map(|sum| *sum as f32));
    }
    Map::new(height, width, data)
}
