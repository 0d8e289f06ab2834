//! Backgrounds: a gradient, value noise at two scales, and distractors that are independent of the class.

use super::draw::{Draw, Drawing};

/// Paints a background with `clutter` distractors.
pub(super) fn paint(canvas: &mut Drawing, clutter: usize, draw: &mut Draw) {
    gradient(canvas, draw);
    let strength = draw.range(10.0, 30.0);
    noise(canvas, 5, strength, draw);
    noise(canvas, 13, strength * 0.6, draw);
    for _ in 0..clutter {
        match draw.below(2) {
            0 => blob(canvas, draw),
            _ => stroke(canvas, draw),
        }
    }
}

fn gradient(canvas: &mut Drawing, draw: &mut Draw) {
    let (from, to) = (draw.range(70.0, 185.0), draw.range(70.0, 185.0));
    let (from, to) = (draw.colour(from, 50.0), draw.colour(to, 50.0));
    let (dx, dy) = draw.direction();
    let size = canvas.size;
    let step = 1.0 / (1.5 * size as f32);
    for (y, row) in canvas.data.chunks_exact_mut(3 * size).enumerate() {
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let (x, y) = (x as f32 - size as f32 / 2.0, y as f32 - size as f32 / 2.0);
            let share = (0.5 + (x * dx + y * dy) * step).clamp(0.0, 1.0);
            for channel in 0..3 {
                pixel[channel] = from[channel] + (to[channel] - from[channel]) * share;
            }
        }
    }
}

/// Value noise: random colours on a lattice of `cells` x `cells`, interpolated smoothly.
fn noise(canvas: &mut Drawing, cells: usize, strength: f32, draw: &mut Draw) {
    let side = cells + 1;
    let lattice: Vec<f32> = (0..side * side * 3).map(|_| draw.range(-strength, strength)).collect();
    let size = canvas.size;
    // Cell and smoothed position within it, the same for rows and columns.
    let places: Vec<(usize, f32)> = (0..size)
        .map(|i| {
            let at = (i as f32 + 0.5) * cells as f32 / size as f32;
            let (cell, t) = (at.floor(), at - at.floor());
            ((cell as usize).min(cells - 1), t * t * (3.0 - 2.0 * t))
        })
        .collect();
    let mut line = vec![0.0; side * 3];
    for (row, &(cell, t)) in canvas.data.chunks_exact_mut(3 * size).zip(&places) {
        let (upper, lower) = (&lattice[cell * side * 3..], &lattice[(cell + 1) * side * 3..]);
        for (value, (a, b)) in line.iter_mut().zip(upper.iter().zip(lower)) {
            *value = a + (b - a) * t;
        }
        for (pixel, &(cell, t)) in row.chunks_exact_mut(3).zip(&places) {
            for channel in 0..3 {
                let (a, b) = (line[cell * 3 + channel], line[cell * 3 + 3 + channel]);
                pixel[channel] = (pixel[channel] + a + (b - a) * t).clamp(0.0, 255.0);
            }
        }
    }
}

/// A uniformly coloured ellipse with an edge between sharp and soft.
fn blob(canvas: &mut Drawing, draw: &mut Draw) {
    let size = canvas.size as f32;
    let radius = draw.range(0.03, 0.14) * size;
    let centre = (draw.range(0.0, size), draw.range(0.0, size));
    let (cosine, sine) = draw.direction();
    let flat = draw.range(1.0, 2.5);
    let softness = draw.range(1.0, 0.7 * radius + 1.5);
    let level = draw.range(50.0, 205.0);
    let colour = draw.colour(level, 50.0);
    let (columns, rows) = Drawing::around(canvas.size, centre, radius + softness);
    for y in rows {
        for x in columns.clone() {
            let (dx, dy) = (x as f32 + 0.5 - centre.0, y as f32 + 0.5 - centre.1);
            let (u, v) = (dx * cosine + dy * sine, (dy * cosine - dx * sine) * flat);
            let opacity = ((radius - (u * u + v * v).sqrt()) / softness + 0.5).clamp(0.0, 1.0);
            canvas.blend(x, y, colour, opacity);
        }
    }
}

/// A straight stroke, as thin as the bars of a texture or thicker.
fn stroke(canvas: &mut Drawing, draw: &mut Draw) {
    let size = canvas.size as f32;
    let half = draw.range(0.06, 0.3) * size;
    let thick = draw.range(0.008, 0.03) * size;
    let centre = (draw.range(0.0, size), draw.range(0.0, size));
    let (cosine, sine) = draw.direction();
    let level = draw.range(50.0, 205.0);
    let colour = draw.colour(level, 50.0);
    let (columns, rows) = Drawing::around(canvas.size, centre, half + 1.0);
    for y in rows {
        for x in columns.clone() {
            let (dx, dy) = (x as f32 + 0.5 - centre.0, y as f32 + 0.5 - centre.1);
            let beyond =
                ((dx * cosine + dy * sine).abs() - half).max((dy * cosine - dx * sine).abs() - thick);
            canvas.blend(x, y, colour, (0.5 - beyond).clamp(0.0, 1.0));
        }
    }
}
