//! Local texture energy of a photograph: how much goes on around every pixel.

mod gradient;
mod laws;
mod lbp;
mod window;

use serde::{Deserialize, Serialize};

use super::{Map, Rgb};

/// What counts as texture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Texture {
    /// The mean magnitude of Sobel's gradient.
    #[default]
    Gradient,
    /// Laws' 24 texture kernels of 5 x 5 (Laws 1980; L5L5, which is no texture, left out).
    Laws,
    /// The entropy of local binary patterns: LBP riu2 of 8 neighbours at radius 1 (Ojala et al. 2002, equation 11).
    Lbp,
    /// The variance of those neighbours: VAR of the same paper (equation 14).
    LbpVariance,
}

/// The energy at every pixel, 0 or more, in a square window of `window` pixels a side around it; the photograph is
/// mirrored at its borders (the border pixel itself stands once). An even window is taken one pixel larger.
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

/// Luma of ITU-R BT.601, 0 to 255.
fn grey(photo: &Rgb) -> Map {
    let luma = |p: &[u8]| 0.299 * f32::from(p[0]) + 0.587 * f32::from(p[1]) + 0.114 * f32::from(p[2]);
    Map::new(photo.height, photo.width, photo.data.chunks_exact(3).map(luma).collect())
}
