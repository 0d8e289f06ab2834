//! Local texture energy of an image: the strength of texture around every pixel.

mod gradient;
mod laws;
mod lbp;
mod window;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Map, Rgb};

/// Measure of texture energy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Texture {
    /// Mean magnitude of the Sobel gradient.
    #[default]
    Gradient,
    /// Laws' 24 texture kernels of 5 x 5 (Laws 1980; without L5L5, which measures brightness).
    Laws,
    /// Entropy of local binary patterns: LBP riu2 of 8 neighbours at radius 1 (Ojala et al. 2002, equation 11).
    Lbp,
    /// Variance of those neighbours: VAR of the same paper (equation 14).
    LbpVariance,
}

/// Texture energy at every pixel, 0 or more, in a square window with a side of `window` pixels; the image is mirrored
/// at its border (the border pixel itself is not repeated). An even `window` is increased by 1.
pub fn texture_energy(photo: &Rgb, texture: Texture, window: usize) -> Map {
    let grey = grey(photo);
    let window = window.max(1) | 1;
    match texture {
        Texture::Gradient => window::mean(&gradient::magnitude(&grey), window),
        Texture::Laws => laws::energy(&grey, window),
        Texture::Lbp => lbp::entropy(&grey, window),
        Texture::LbpVariance => window::mean(&lbp::variance(&grey), window),
    }
}

/// Luma (ITU-R BT.601), 0 to 255.
fn grey(photo: &Rgb) -> Map {
    let luma = |p: &[u8]| 0.299 * f32::from(p[0]) + 0.587 * f32::from(p[1]) + 0.114 * f32::from(p[2]);
    Map::new(photo.height, photo.width, photo.data.chunks_exact(3).map(luma).collect())
}
