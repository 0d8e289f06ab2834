//! One object: its position, rotation and pixels.

use super::draw::{Draw, Drawing};
use super::shape::ShapeClass;
use camlab_raster::{Mask, PixelBox};

/// Range of object diameters as fractions of the image's side.
const SCALES: (f32, f32) = (0.25, 0.6);
/// Minimum contrast between an object's two colours, in grey levels.
const CONTRAST: f32 = 120.0;

/// A placed object.
pub(super) struct PlacedObject {
    kind: ShapeClass,
    centre: (f32, f32),
    radius: f32,
    /// Cosine and sine of the rotation.
    turn: (f32, f32),
    phase: f32,
    colours: [[f32; 3]; 2],
}

/// Draws 1 to `most` objects of one kind whose bounding circles do not overlap.
pub(super) fn place(kind: ShapeClass, size: f32, most: usize, draw: &mut Draw) -> Vec<PlacedObject> {
    let wanted = 1 + draw.below(most);
    let mut objects: Vec<PlacedObject> = Vec::with_capacity(wanted);
    // If the image is too crowded, fewer objects than wanted are placed.
    for _ in 0..wanted * 8 {
        let object = PlacedObject::draw(kind, size, draw);
        let apart = |other: &PlacedObject| {
            let (dx, dy) = (object.centre.0 - other.centre.0, object.centre.1 - other.centre.1);
            (dx * dx + dy * dy).sqrt() >= object.radius + other.radius + 1.0
        };
        if objects.iter().all(apart) {
            objects.push(object);
        }
        if objects.len() == wanted {
            break;
        }
    }
    objects
}

impl PlacedObject {
    fn draw(kind: ShapeClass, size: f32, draw: &mut Draw) -> Self {
        let radius = draw.range(SCALES.0, SCALES.1) * size / 2.0;
        // The bounding circle lies inside the image, for every class: the position does not depend on the class.
        let centre = (draw.range(radius, size - radius), draw.range(radius, size - radius));
        let dark = draw.range(10.0, 90.0);
        let bright = draw.range(dark + CONTRAST, 245.0);
        let pair = [draw.colour(dark, 50.0), draw.colour(bright, 50.0)];
        let colours = if draw.unit() < 0.5 { pair } else { [pair[1], pair[0]] };
        Self { kind, centre, radius, turn: draw.tilt(0.5), phase: draw.unit(), colours }
    }

    /// Calls `visit` for every pixel of the object with column, row, coverage (0 to 1, antialiased along the edge)
    /// and the fraction of the second colour.
    fn visit(&self, size: usize, mut visit: impl FnMut(usize, usize, f32, f32)) {
        let pixel = 1.0 / self.radius;
        let (columns, rows) = Drawing::around(size, self.centre, self.radius + 1.0);
        for y in rows {
            for x in columns.clone() {
                let dx = (x as f32 + 0.5 - self.centre.0) * pixel;
                let dy = (y as f32 + 0.5 - self.centre.1) * pixel;
                let u = dx * self.turn.0 + dy * self.turn.1;
                let v = dy * self.turn.0 - dx * self.turn.1;
                let distance = self.kind.distance(u, v);
                let coverage = 0.5 - distance * self.radius;
                if coverage > 0.0 {
                    let second = self.kind.texture((u, v), distance, pixel, self.phase);
                    visit(x, y, coverage.min(1.0), second);
                }
            }
        }
    }

    /// Paints the object.
    pub(super) fn paint(&self, canvas: &mut Drawing) {
        let [first, other] = self.colours;
        self.visit(canvas.size, |x, y, coverage, second| {
            let colour = [0, 1, 2].map(|channel| first[channel] + (other[channel] - first[channel]) * second);
            canvas.blend(x, y, colour, coverage);
        });
    }

    /// Sets the pixels that are at least half covered to 1 and returns their bounding box.
    pub(super) fn mark(&self, mask: &mut Mask) -> Option<PixelBox> {
        let mut around: Option<PixelBox> = None;
        self.visit(mask.width, |x, y, coverage, _| {
            if coverage >= 0.5 {
                mask.data[y * mask.width + x] = 1;
                let (x, y) = (x as i32, y as i32);
                let so_far = around.unwrap_or(PixelBox::new(x, y, x, y));
                around = Some(PixelBox {
                    x0: so_far.x0.min(x),
                    y0: so_far.y0.min(y),
                    x1: so_far.x1.max(x),
                    y1: so_far.y1.max(y),
                });
            }
        });
        around
    }
}
