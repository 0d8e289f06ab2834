//! Visualisation of a map: a heat map over the image, and boxes.

use super::{Interpolation, Map, PixelBox, Rgb, resize};

/// Blends a heat map over an image: each pixel is `1 - alpha` of the image plus `alpha` of the map's colour (turbo
/// scale: 0 is blue, 1 is red; values outside are clamped, NaN counts as 0). The map may have any resolution; it is
/// upsampled bilinearly.
pub fn overlay(photo: &Rgb, map: &Map, alpha: f32) -> Rgb {
    if map.height == 0 || map.width == 0 {
        return photo.clone();
    }
    let alpha = alpha.clamp(0.0, 1.0);
    let mix =
        |under: u8, colour: u8| ((1.0 - alpha) * f32::from(under) + alpha * f32::from(colour)).round() as u8;
    let map = resize(map, photo.height, photo.width, Interpolation::Bilinear);
    let pixels = photo.data.chunks_exact(3).zip(&map.data);
    let data = pixels
        .flat_map(|(under, value)| {
            let colour = heat(*value);
            [0, 1, 2].map(|c| mix(under[c], colour[c]))
        })
        .collect();
    Rgb { height: photo.height, width: photo.width, data }
}

/// Turbo colour (RGB) of a map value in [0, 1].
pub fn heat(value: f32) -> [u8; 3] {
    let value = if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) };
    colorous::TURBO.eval_continuous(f64::from(value)).into_array()
}

/// Draws the outline of a box, `thickness` pixels wide and inside the box; parts outside of the image are clipped.
pub fn draw_box(image: &mut Rgb, outline: &PixelBox, colour: [u8; 3], thickness: usize) {
    let (width, height) = (image.width as i32, image.height as i32);
    let thickness = thickness as i32;
    for y in outline.y0.max(0)..=outline.y1.min(height - 1) {
        for x in outline.x0.max(0)..=outline.x1.min(width - 1) {
            let from = |low: i32, high: i32, at: i32| at.saturating_sub(low).min(high.saturating_sub(at));
            let depth = from(outline.x0, outline.x1, x).min(from(outline.y0, outline.y1, y));
            if depth < thickness {
                let place = (y as usize * image.width + x as usize) * 3;
                image.data[place..place + 3].copy_from_slice(&colour);
            }
        }
    }
}

/// Scales a box with its image from `from` (height, width) to `to`; pixel edges are scaled, so integer factors are
/// exact.
pub fn scale_box(outline: &PixelBox, from: (usize, usize), to: (usize, usize)) -> PixelBox {
    let scale = |low: i32, high: i32, from: usize, to: usize| {
        let factor = to as f64 / from.max(1) as f64;
        let start = (f64::from(low) * factor).round() as i32;
        (start, (((f64::from(high) + 1.0) * factor).round() as i32).saturating_sub(1))
    };
    let (y0, y1) = scale(outline.y0, outline.y1, from.0, to.0);
    let (x0, x1) = scale(outline.x0, outline.x1, from.1, to.1);
    PixelBox { x0, y0, x1: x1.max(x0), y1: y1.max(y0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(height: usize, width: usize) -> Rgb {
        Rgb { height, width, data: vec![100; height * width * 3] }
    }

    #[test]
    fn alpha_zero_is_the_photograph_and_one_is_the_colour_scale() {
        let photo = grey(3, 4);
        let map = Map::new(1, 1, vec![1.0]);
        assert_eq!(overlay(&photo, &map, 0.0), photo);
        // Published last colour of the turbo scale (Mikhailov, 2019).
        assert_eq!(overlay(&photo, &map, 1.0).data[..3], [144, 12, 0]);
    }

    #[test]
    fn an_outline_covers_its_border_and_nothing_else() {
        let mut image = grey(5, 6);
        draw_box(&mut image, &PixelBox::new(1, 1, 4, 3), [255, 0, 0], 1);
        let red = image.data.chunks(3).filter(|pixel| *pixel == [255, 0, 0]).count();
        assert_eq!(red, 2 * 4 + 2);
        draw_box(&mut image, &PixelBox::new(-9, -9, 90, 90), [0, 0, 255], 2);
        assert!(
            !image.data.chunks(3).any(|pixel| pixel == [0, 0, 255]),
            "an outline off the image is not drawn"
        );
        // Of a box that sticks out, the part inside the image is drawn: here a left and an upper edge.
        draw_box(&mut image, &PixelBox::new(3, 2, i32::MAX, 9), [0, 255, 0], 1);
        let green = image.data.chunks(3).filter(|pixel| *pixel == [0, 255, 0]).count();
        assert_eq!(green, 3 + 2);
    }

    #[test]
    fn scaling_keeps_whole_pixels() {
        let scaled = scale_box(&PixelBox::new(0, 1, 1, 1), (2, 2), (6, 6));
        assert_eq!(scaled, PixelBox::new(0, 3, 5, 5));
    }
}
