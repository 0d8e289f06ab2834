//! The ten textures: the mixture of an object's two colours at each position.

use super::shape::ShapeClass;

impl ShapeClass {
    /// Fraction of the second colour, 0 to 1, at (u, v) of the object's frame. `distance` is the signed distance to
    /// the outline, `pixel` the side of a pixel in that frame (the width of edges), `phase` shifts repeating
    /// patterns.
    pub(super) fn texture(self, (u, v): (f32, f32), distance: f32, pixel: f32, phase: f32) -> f32 {
        let radius = (u * u + v * v).sqrt();
        let bars = |x: f32, period: f32| wave(x / period + phase, pixel / period);
        match self {
            Self::RingedDisc => bars(radius, 0.36),
            Self::StripedSquare => bars(u, 0.36),
            Self::CheckeredTriangle => {
                let (a, b) = (bars(u, 0.48), wave(v / 0.48, pixel / 0.48));
                a + b - 2.0 * a * b
            }
            Self::CoredStar => soft(-distance - 0.12, pixel),
            Self::HatchedCross => {
                let (a, b) = (bars(u + v, 0.42), bars(u - v, 0.42));
                a.max(b)
            }
            Self::GrainyCrescent => grain((u + phase) / 0.24, v / 0.24),
            // The sign of sin(4 angle): eight sectors.
            Self::SectoredRing => {
                let fourth = (radius * radius).max(1e-6) * (radius * radius).max(1e-6);
                soft(u * v * (u * u - v * v) / fourth * radius, pixel)
            }
            Self::SpottedEllipse => {
                let cell = |x: f32| x - x.floor() - 0.5;
                let (a, b) = (cell(u / 0.4 + phase), cell(v / 0.4));
                soft(0.125 - (a * a + b * b).sqrt() * 0.4, pixel)
            }
            Self::BarredDiamond => soft(0.16 - v.abs(), pixel).max(soft(-0.14 - distance, pixel) * 0.35),
            Self::BrickedHexagon => {
                let row = (v / 0.42).floor();
                let shift = if row.rem_euclid(2.0) < 1.0 { 0.0 } else { 0.5 };
                let joint = |x: f32| ((x - x.floor()) - 0.5).abs();
                let (across, down) = (joint(u / 0.8 + phase + shift) * 0.8, joint(v / 0.42) * 0.42);
                soft(across - 0.32, pixel).max(soft(down - 0.14, pixel))
            }
        }
    }
}

/// A step from 0 to 1 at 0, one pixel wide.
pub(super) fn soft(x: f32, pixel: f32) -> f32 {
    (x / pixel + 0.5).clamp(0.0, 1.0)
}

/// A square wave of period 1 with edges one pixel wide; `pixel` is the pixel's side in periods.
pub(super) fn wave(x: f32, pixel: f32) -> f32 {
    let triangle = (2.0 * (x - x.floor()) - 1.0).abs();
    ((triangle - 0.5) / (2.0 * pixel) + 0.5).clamp(0.0, 1.0)
}

/// A value in [0, 1] fixed for each cell of the integer grid.
fn grain(x: f32, y: f32) -> f32 {
    let (x, y) = (x.floor() as i32 as u32, y.floor() as i32 as u32);
    let mut hash = x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 15)).wrapping_mul(0x2c1b_3c6d);
    hash = (hash ^ (hash >> 12)).wrapping_mul(0x297a_2d39);
    ((hash ^ (hash >> 15)) >> 8) as f32 / (1u32 << 24) as f32
}
