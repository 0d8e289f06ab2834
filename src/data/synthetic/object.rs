//! One object or distractor: its position, rotation and pixels.

use super::distractor::{OtherOutline, OtherTexture};
use super::draw::{Draw, Drawing};
use super::shape::ShapeClass;
use camlab_raster::{Mask, PixelBox};

/// Range of object diameters as fractions of the image's side.
const SCALES: (f32, f32) = (0.4, 0.65);
/// Factor of the diameters when objects of all classes find no place together.
const SMALLER: f32 = 0.97;
/// Positions tried for a figure before it is left out.
const TRIES: usize = 20;
/// Factor of the radii within which distractors keep apart.
pub(super) const CLOSENESS: f32 = 0.85;
/// Minimum contrast between an object's two colours, in grey levels.
const CONTRAST: f32 = 120.0;

/// An outline with a texture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TexturedShape {
    /// The object of a class.
    Class(ShapeClass),
    /// A distractor.
    Other(OtherOutline, OtherTexture),
}

impl TexturedShape {
    /// Signed distance to the outline at (u, v) of the figure's frame, negative inside.
    fn distance(self, u: f32, v: f32) -> f32 {
        match self {
            Self::Class(kind) => kind.distance(u, v),
            Self::Other(outline, _) => outline.distance(u, v),
        }
    }

    /// Fraction of the second colour at `at` of the figure's frame.
    fn texture(self, at: (f32, f32), distance: f32, pixel: f32, phase: f32) -> f32 {
        match self {
            Self::Class(kind) => kind.texture(at, distance, pixel, phase),
            Self::Other(_, texture) => texture.at(at, pixel, phase),
        }
    }
}

/// A placed object or distractor.
#[derive(Debug, Clone)]
pub(super) struct PlacedObject {
    figure: TexturedShape,
    centre: (f32, f32),
    radius: f32,
    /// Cosine and sine of the rotation.
    turn: (f32, f32),
    phase: f32,
    colours: [[f32; 3]; 2],
}

/// Draws 1 to `most` objects of each kind whose bounding circles do not overlap, at least one of every kind. `scale` is
/// that of [`scale_of`].
pub(super) fn place(
    kinds: &[ShapeClass],
    size: f32,
    most: usize,
    mut scale: f32,
    draw: &mut Draw,
) -> Vec<PlacedObject> {
    let wanted: Vec<usize> = kinds.iter().map(|_| 1 + draw.below(most)).collect();
    let mut objects = Vec::new();
    loop {
        for (at, kind) in kinds.iter().enumerate() {
            add(&mut objects, at + 1, 1.0, (size, scale), draw, |_| TexturedShape::Class(*kind));
        }
        if objects.len() >= kinds.len() {
            break;
        }
        // No place for one of them: all are drawn again, a little smaller.
        objects.clear();
        scale *= SMALLER;
    }
    for (kind, wanted) in kinds.iter().zip(wanted) {
        let all = objects.len() + wanted - 1;
        add(&mut objects, all, 1.0, (size, scale), draw, |_| TexturedShape::Class(*kind));
    }
    objects
}

/// Factor of the diameters of objects and distractors in images with objects of several kinds: their bounding circles
/// cover about as much of the image as that of a single object.
pub(super) fn scale_of(kinds: usize) -> f32 {
    if kinds > 1 { (1.2 / kinds as f32).sqrt() } else { 1.0 }
}

/// Draws at most `count` distractors beside the objects and each other; few figures fill their bounding circle, so that
/// circles may overlap a little. `sizes` are the image's side and the factor of [`scale_of`].
pub(super) fn distract(
    objects: &[PlacedObject],
    count: usize,
    sizes: (f32, f32),
    draw: &mut Draw,
) -> Vec<PlacedObject> {
    let mut all = objects.to_vec();
    add(&mut all, objects.len() + count, CLOSENESS, sizes, draw, |draw| {
        let outline = OtherOutline::ALL[draw.below(OtherOutline::ALL.len())];
        TexturedShape::Other(outline, OtherTexture::ALL[draw.below(OtherTexture::ALL.len())])
    });
    all.split_off(objects.len())
}

/// Adds figures apart from those in the list until it has `wanted`; fewer if the image is too crowded. `closeness` is
/// that of [`PlacedObject::is_apart`].
fn add(
    placed: &mut Vec<PlacedObject>,
    wanted: usize,
    closeness: f32,
    (size, scale): (f32, f32),
    draw: &mut Draw,
    figure: impl Fn(&mut Draw) -> TexturedShape,
) {
    for _ in placed.len()..wanted {
        let mut object = PlacedObject::draw(figure(draw), size, scale, draw);
        // Only the position is drawn again: large figures would be rare otherwise.
        for _ in 0..TRIES {
            if placed.iter().all(|other| object.is_apart(other, closeness)) {
                placed.push(object);
                break;
            }
            object.centre = position(object.radius, size, draw);
        }
    }
}

/// A centre at which the bounding circle lies inside the image, denser towards the border: a map with its peak in the
/// middle finds few objects.
fn position(radius: f32, size: f32, draw: &mut Draw) -> (f32, f32) {
    let mut along = || {
        let part = draw.range(-1.0, 1.0);
        let outwards = part.abs() * (2.0 - part.abs());
        size / 2.0 + (size / 2.0 - radius) * if part < 0.0 { -outwards } else { outwards }
    };
    (along(), along())
}

/// A dark and a bright colour in random order.
pub(super) fn pair(draw: &mut Draw) -> [[f32; 3]; 2] {
    let dark = draw.range(10.0, 90.0);
    let bright = draw.range(dark + CONTRAST, 245.0);
    let pair = [draw.colour(dark, 50.0), draw.colour(bright, 50.0)];
    if draw.unit() < 0.5 { pair } else { [pair[1], pair[0]] }
}

impl PlacedObject {
    fn draw(figure: TexturedShape, size: f32, scale: f32, draw: &mut Draw) -> Self {
        let radius = draw.range(SCALES.0, SCALES.1) * size / 2.0 * scale;
        // The same for every figure: the position does not depend on the class.
        let centre = position(radius, size, draw);
        let colours = pair(draw);
        Self { figure, centre, radius, turn: draw.tilt(0.5), phase: draw.unit(), colours }
    }

    /// True for an object of this class.
    pub(super) fn is_of(&self, kind: ShapeClass) -> bool {
        self.figure == TexturedShape::Class(kind)
    }

    /// True if the bounding circles, their radii times `closeness`, do not overlap.
    pub(super) fn is_apart(&self, other: &Self, closeness: f32) -> bool {
        let (dx, dy) = (self.centre.0 - other.centre.0, self.centre.1 - other.centre.1);
        (dx * dx + dy * dy).sqrt() >= (self.radius + other.radius) * closeness + 1.0
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
                let distance = self.figure.distance(u, v);
                let coverage = 0.5 - distance * self.radius;
                if coverage > 0.0 {
                    let second = self.figure.texture((u, v), distance, pixel, self.phase);
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
