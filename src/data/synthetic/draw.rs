//! Random numbers and a canvas, computed only with operations that IEEE 754 specifies exactly (no sine, no
//! exponential), so that an image is bitwise the same on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use camlab_raster::Rgb;

/// Random number stream of one image.
pub(super) struct Draw(ChaCha8Rng);

impl Draw {
    pub(super) fn new(seed: u64, name: &str) -> Self {
        Self(camlab_base::random::stream(seed, name))
    }

    /// Uniform in [0, 1), in steps of 2^-24.
    pub(super) fn unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / (1u32 << 24) as f32
    }

    /// Uniform in [low, high).
    pub(super) fn range(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// Uniform in 0..n.
    pub(super) fn below(&mut self, n: usize) -> usize {
        ((u64::from(self.0.next_u32()) * n as u64) >> 32) as usize
    }

    /// A direction, uniform on the circle (rejection sampling from the square): (cosine, sine).
    pub(super) fn direction(&mut self) -> (f32, f32) {
        loop {
            let (x, y) = (self.range(-1.0, 1.0), self.range(-1.0, 1.0));
            let square = x * x + y * y;
            if (0.01..=1.0).contains(&square) {
                let length = square.sqrt();
                return (x / length, y / length);
            }
        }
    }

    /// A tilt to either side, its slope uniform in [-most, most): (cosine, sine).
    pub(super) fn tilt(&mut self, most: f32) -> (f32, f32) {
        let slope = self.range(-most, most);
        let length = (1.0 + slope * slope).sqrt();
        (1.0 / length, slope / length)
    }

    /// A colour with a mean of about `level`, tinted at random: the distribution of hues is the same for every class.
    pub(super) fn colour(&mut self, level: f32, tint: f32) -> [f32; 3] {
        let shift = [self.range(-tint, tint), self.range(-tint, tint), self.range(-tint, tint)];
        let mean = (shift[0] + shift[1] + shift[2]) / 3.0;
        shift.map(|channel| (level + channel - mean).clamp(0.0, 255.0))
    }
}

/// A square canvas: grey levels as `f32`, interleaved RGB.
pub(super) struct Drawing {
    pub(super) size: usize,
    pub(super) data: Vec<f32>,
}

impl Drawing {
    pub(super) fn new(size: usize) -> Self {
        Self { size, data: vec![0.0; size * size * 3] }
    }

    /// Blends `colour` over a pixel.
    pub(super) fn blend(&mut self, x: usize, y: usize, colour: [f32; 3], opacity: f32) {
        let at = (y * self.size + x) * 3;
        for (value, colour) in self.data[at..at + 3].iter_mut().zip(colour) {
            *value += (colour - *value) * opacity;
        }
    }

    /// Ranges of columns and rows whose pixel centres a square of half-side `reach` around a point may contain.
    pub(super) fn around(
        size: usize,
        (x, y): (f32, f32),
        reach: f32,
    ) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let span = |at: f32| {
            let from = (at - reach).floor().clamp(0.0, size as f32) as usize;
            let to = (at + reach).ceil().clamp(0.0, size as f32) as usize;
            from..to.max(from)
        };
        (span(x), span(y))
    }

    /// Converts to 8 bits, adding uniform noise of `amplitude` grey levels to every channel.
    pub(super) fn into_rgb(self, amplitude: u8, draw: &mut Draw) -> Rgb {
        let mut noise = vec![0u8; self.data.len()];
        draw.0.fill_bytes(&mut noise);
        let step = f32::from(amplitude) / 128.0;
        let data = self
            .data
            .iter()
            .zip(&noise)
            .map(|(value, &noise)| (value + (f32::from(noise) - 127.5) * step + 0.5) as u8)
            .collect();
        Rgb { height: self.size, width: self.size, data }
    }
}
