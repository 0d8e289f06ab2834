//! Run-length encoded masks as COCO stores them: runs of background and object in turn, down the columns.

use camlab_raster::Mask;

/// The mask of runs that fill whole columns of `height` pixels.
pub(super) fn mask(counts: &[u32], height: usize) -> Mask {
    let pixels: usize = counts.iter().map(|count| *count as usize).sum();
    let width = pixels / height.max(1);
    let mut data = vec![0; width * height];
    let mut place = 0;
    for (run, count) in counts.iter().enumerate() {
        let end = place + *count as usize;
        if run % 2 == 1 {
            (place..end.min(data.len())).for_each(|at| data[at % height * width + at / height] = 1);
        }
        place = end;
    }
    Mask { height, width, data }
}

/// Decodes COCO's compressed counts: numbers of 5 bits per character (from `0` on, the sixth bit says that more follow), the lowest
/// first, signed; from the fourth number on, each is the difference to the one two before.
///
/// # Errors
/// A character that is none of the encoding, a number that ends too early or is negative.
pub(super) fn decompressed(text: &str) -> Result<Vec<u32>, String> {
    let mut counts: Vec<i64> = Vec::new();
    let (mut value, mut shift) = (0i64, 0u32);
    for character in text.chars() {
        let six = u32::from(character).checked_sub(48).filter(|six| *six < 64);
        let six = six.ok_or_else(|| format!("compressed counts contain `{character}`"))?;
        if shift > 30 {
            return Err("compressed counts contain a number above 32 bits".to_owned());
        }
        value |= i64::from(six & 31) << shift;
        shift += 5;
        if six & 32 != 0 {
            continue;
        }
        if six & 16 != 0 {
            value |= -1 << shift;
        }
        if counts.len() > 2 {
            value += counts[counts.len() - 2];
        }
        counts.push(value);
        (value, shift) = (0, 0);
    }
    if shift > 0 {
        return Err("compressed counts end within a number".to_owned());
    }
    let whole = |count: i64| u32::try_from(count).map_err(|_| format!("a run is {count} pixels long"));
    counts.into_iter().map(whole).collect()
}

/// Checks that runs fill an image.
///
/// # Errors
/// Runs of more or fewer pixels.
pub(super) fn check(counts: &[u32], (width, height): (usize, usize)) -> Result<(), String> {
    let filled: u64 = counts.iter().map(|count| u64::from(*count)).sum();
    match filled == width as u64 * height as u64 {
        true => Ok(()),
        false => Err(format!("the runs fill {filled} pixels, but the image has {width}x{height}")),
    }
}
