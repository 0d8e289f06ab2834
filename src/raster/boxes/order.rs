use super::ring;
use crate::Map;

/// A map in 8 bits with a frame of zeros, and its pixels sorted by value.
///
/// Pixels are in descending order of value, ties in raster order. The ascending sweep reads the list backwards; the
/// pixels not yet added in one direction are those already added in the other, so one neighbour mask serves both.
#[derive(Debug, Clone)]
pub(super) struct Order {
    height: usize,
    width: usize,
    /// `(height + 2) * (width + 2)` values; the frame is 0.
    values: Vec<u8>,
    /// For each pixel of the framed image, the mask of its eight neighbours that precede it in the order.
    rings: Vec<u8>,
    /// Positions `y << 16 | x` in the framed image, by descending value.
    pixels: Vec<u32>,
    /// `pixels[ends[v + 1]..ends[v]]` have value `v`.
    ends: [u32; 257],
}

/// Packs a pixel's position in the framed image so that numeric order is raster order.
pub(super) fn pack(x: usize, y: usize) -> u32 {
    (y as u32) << 16 | x as u32
}

/// The column and row of a packed position.
pub(super) fn unpack(position: u32) -> (u16, u16) {
    (position as u16, (position >> 16) as u16)
}

impl Order {
    pub(super) fn new(height: usize, width: usize) -> Self {
        let framed = (height + 2) * (width + 2);
        Self {
            height,
            width,
            values: vec![0; framed],
            rings: vec![0; framed],
            pixels: vec![0; height * width],
            ends: [0; 257],
        }
    }

    pub(super) fn height(&self) -> usize {
        self.height
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Row length of the framed image.
    pub(super) fn stride(&self) -> usize {
        self.width + 2
    }

    pub(super) fn values(&self) -> &[u8] {
        &self.values
    }

    pub(super) fn rings(&self) -> &[u8] {
        &self.rings
    }

    /// Pixels of one value, in raster order.
    pub(super) fn of_value(&self, value: usize) -> &[u32] {
        &self.pixels[self.ends[value + 1] as usize..self.ends[value] as usize]
    }

    /// Largest 8-bit value.
    pub(super) fn max(&self) -> u8 {
        (1..=255u8).rev().find(|&value| !self.of_value(value as usize).is_empty()).unwrap_or(0)
    }

    /// Loads a map of this size: quantised by `floor(255 * score)` (`compute_bboxes_from_scoremaps`) and sorted.
    pub(super) fn load(&mut self, map: &Map) {
        let stride = self.stride();
        for (row, scores) in
            self.values[stride..].chunks_exact_mut(stride).zip(map.data.chunks_exact(self.width))
        {
            for (value, score) in row[1..=self.width].iter_mut().zip(scores) {
                *value = (score * 255.0) as u8;
            }
        }
        ring::compare(&self.values, self.height, self.width, &mut self.rings);
        self.sort();
    }

    /// Counting sort, by descending value and then in raster order.
    fn sort(&mut self) {
        let (stride, width) = (self.stride(), self.width);
        // Four tables: neighbours are often equal, and increments of one counter would depend on each other.
        let mut counts = [[0u32; 256]; 4];
        for y in 1..=self.height {
            for (x, &value) in self.values[y * stride + 1..][..width].iter().enumerate() {
                counts[x & 3][value as usize] += 1;
            }
        }
        self.ends[256] = 0;
        for value in (0..256).rev() {
            let count: u32 = counts.iter().map(|table| table[value]).sum();
            self.ends[value] = self.ends[value + 1] + count;
        }
        let mut next = [0u32; 256];
        next.copy_from_slice(&self.ends[1..]);
        for y in 1..=self.height {
            for (x, &value) in self.values[y * stride + 1..][..width].iter().enumerate() {
                let place = &mut next[value as usize];
                self.pixels[*place as usize] = pack(x + 1, y);
                *place += 1;
            }
        }
    }
}
