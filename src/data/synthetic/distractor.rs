//! Distractors: figures of no class, with outlines and textures of their own.

use super::shape::HALF_SQRT3;
use super::texture::{soft, wave};

/// Factor of all periods, by which the mean texture energy equals that of the classes.
const SPACING: f32 = 1.12;
/// sqrt(1/2).
const DIAGONAL: f32 = std::f32::consts::FRAC_1_SQRT_2;

/// An outline that no class has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OtherOutline {
    Octagon,
    HalfDisc,
    Corner,
    Clover,
    Arrow,
    Trapezium,
}

/// A texture that no class has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OtherTexture {
    Zigzags,
    Rhombs,
    Pluses,
    Dashes,
    Scales,
    Triangles,
}

impl OtherOutline {
    /// Every outline.
    pub(super) const ALL: [Self; 6] =
        [Self::Octagon, Self::HalfDisc, Self::Corner, Self::Clover, Self::Arrow, Self::Trapezium];

    /// Signed distance to the outline, as of a class's outline.
    pub(super) fn distance(self, u: f32, v: f32) -> f32 {
        match self {
            Self::Octagon => {
                let (across, down) = (u.abs(), v.abs());
                across.max(down).max((across + down) * DIAGONAL) - 0.82
            }
            Self::HalfDisc => ((u * u + (v - 0.35) * (v - 0.35)).sqrt() - 0.9).max(v - 0.35),
            Self::Corner => {
                let upright = (u + 0.36).abs().max(v.abs() * 0.48) - 0.33;
                let flat = (v - 0.36).abs().max(u.abs() * 0.48) - 0.33;
                upright.min(flat)
            }
            Self::Clover => {
                let (across, down) = (u.abs() - 0.42, v.abs() - 0.42);
                (across * across + down * down).sqrt() - 0.4
            }
            Self::Arrow => {
                let head = (v + 0.05).max((u.abs() - v - 0.9) * DIAGONAL);
                let shaft = (u.abs() - 0.35).max((v - 0.4).abs() - 0.5);
                head.min(shaft)
            }
            Self::Trapezium => (v.abs() - 0.55).max((u.abs() - 0.3 * v - 0.62) * 0.95),
        }
    }
}

impl OtherTexture {
    /// Every texture.
    pub(super) const ALL: [Self; 6] =
        [Self::Zigzags, Self::Rhombs, Self::Pluses, Self::Dashes, Self::Scales, Self::Triangles];

    /// Fraction of the second colour, as of a class's texture.
    pub(super) fn at(self, (u, v): (f32, f32), pixel: f32, phase: f32) -> f32 {
        let (u, v, pixel) = (u / SPACING, v / SPACING, pixel / SPACING);
        let bars = |x: f32, period: f32| wave(x / period + phase, pixel / period);
        match self {
            Self::Zigzags => bars(v + fold(u / 0.58) * 0.58, 0.54),
            Self::Rhombs => bars((u.abs() + v.abs()) * DIAGONAL, 0.46),
            Self::Pluses => {
                let (a, b) = (cell(u / 0.7 + phase).abs() * 0.7, cell(v / 0.7).abs() * 0.7);
                let bar = |across: f32, along: f32| soft(0.1 - across, pixel).min(soft(0.28 - along, pixel));
                bar(a, b).max(bar(b, a))
            }
            Self::Dashes => {
                let row = (v / 0.4).floor();
                let shift = if row.rem_euclid(2.0) < 1.0 { 0.0 } else { 0.5 };
                bars(u + shift * 0.7, 0.7).min(soft(0.12 - (cell(v / 0.4) * 0.4).abs(), pixel))
            }
            Self::Scales => {
                let (a, b) = (cell(u / 0.76 + phase) * 0.76, v - (v / 0.76).floor() * 0.76);
                wave((a * a + b * b).sqrt() / 0.46, pixel / 0.46)
            }
            Self::Triangles => {
                let first = bars(u, 0.82);
                let second = wave((0.5 * u + HALF_SQRT3 * v) / 0.82, pixel / 0.82);
                let both = first + second - 2.0 * first * second;
                let third = wave((0.5 * u - HALF_SQRT3 * v) / 0.82, pixel / 0.82);
                both + third - 2.0 * both * third
            }
        }
    }
}

/// Triangle wave of period 1: 0 at whole numbers, 0.5 between them.
fn fold(x: f32) -> f32 {
    let part = x - x.floor();
    part.min(1.0 - part)
}

/// Offset from the middle of the unit cell, -0.5 to 0.5.
fn cell(x: f32) -> f32 {
    x - x.floor() - 0.5
}
