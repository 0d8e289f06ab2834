//! Colours for values between the worst and the best: viridis, readable by colour-blind readers and in print.

use plotters::style::RGBColor;

/// Viridis (van der Walt and Smith) at equal distances, from dark to light, without its lightest end.
const ANCHORS: [(u8, u8, u8); 5] =
    [(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (190, 215, 60)];

/// The colour of a value at a position from 0 (worst) to 1 (best).
pub(super) fn colour(position: f64) -> RGBColor {
    let place = position.clamp(0.0, 1.0) * (ANCHORS.len() - 1) as f64;
    let below = (place.floor() as usize).min(ANCHORS.len() - 2);
    let share = place - below as f64;
    let (low, high) = (ANCHORS[below], ANCHORS[below + 1]);
    let mixed =
        |from: u8, to: u8| (f64::from(from) + share * (f64::from(to) - f64::from(from))).round() as u8;
    RGBColor(mixed(low.0, high.0), mixed(low.1, high.1), mixed(low.2, high.2))
}
