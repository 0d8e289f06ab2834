//! The eight neighbours of a pixel as a bit mask, with lookup tables by mask.

/// The neighbours in the order of the mask's bits: column and row offsets.
const NEIGHBOURS: [(isize, isize); 8] =
    [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)];

const NW: usize = 0;
const N: usize = 1;
const NE: usize = 2;
const W: usize = 3;
const E: usize = 4;
const SW: usize = 5;
const S: usize = 6;
const SE: usize = 7;

/// Effect of adding a pixel, given the mask of neighbours that are already added.
#[derive(Debug, Clone, Copy)]
pub(super) struct Joint {
    /// Number of groups of neighbours that the pixel connects, at most 4.
    pub(super) groups: u8,
    /// Bit of one member of each group.
    pub(super) members: [u8; 4],
    /// Polygon area that the pixel adds, in half pixels: each 2x2 square that gets its third or fourth pixel gains
    /// half a pixel (one triangle, then the other).
    pub(super) half_cells: u8,
}

/// Foreground: 8-connected, so neighbours that touch at a corner are one component.
pub(super) static FOREGROUND: [Joint; 256] = table(true);
/// Background: 4-connected, so only N, W, E, S count, and two of them are one group if the corner between them is
/// set.
pub(super) static BACKGROUND: [Joint; 256] = table(false);

const fn has(mask: usize, bit: usize) -> bool {
    mask >> bit & 1 == 1
}

/// `(corner, its two edge neighbours)`.
const CORNERS: [(usize, usize, usize); 4] = [(NW, N, W), (NE, N, E), (SW, S, W), (SE, S, E)];

const fn table(eight: bool) -> [Joint; 256] {
    let mut joints = [Joint { groups: 0, members: [0; 4], half_cells: 0 }; 256];
    let mut mask = 0;
    while mask < 256 {
        joints[mask] = joint(mask, eight);
        mask += 1;
    }
    joints
}

const fn joint(mask: usize, eight: bool) -> Joint {
    let mut group = [NW, N, NE, W, E, SW, S, SE];
    let mut half_cells = 0;
    let mut corner = 0;
    while corner < 4 {
        let (c, a, b) = CORNERS[corner];
        let (has_c, has_a, has_b) = (has(mask, c), has(mask, a), has(mask, b));
        if has_c as u8 + has_a as u8 + has_b as u8 >= 2 {
            half_cells += 1;
        }
        if has_a && has_b && (eight || has_c) {
            group = merged(group, a, b);
        }
        if eight && has_c && has_a {
            group = merged(group, c, a);
        }
        if eight && has_c && has_b {
            group = merged(group, c, b);
        }
        corner += 1;
    }
    let mut joint = Joint { groups: 0, members: [0; 4], half_cells };
    let mut bit = 0;
    while bit < 8 {
        let counts = eight || matches!(bit, N | W | E | S);
        // Each group is counted once, at the member that it is named after; `merged` keeps that member in the mask.
        if counts && has(mask, bit) && group[bit] == bit {
            joint.members[joint.groups as usize] = bit as u8;
            joint.groups += 1;
        }
        bit += 1;
    }
    joint
}

/// Renames the group of `b` to the group of `a`.
const fn merged(mut group: [usize; 8], a: usize, b: usize) -> [usize; 8] {
    let (to, from) = (group[a], group[b]);
    let mut bit = 0;
    while bit < 8 {
        if group[bit] == from {
            group[bit] = to;
        }
        bit += 1;
    }
    group
}

/// Index offsets to the eight neighbours in an image with rows of `stride`.
pub(super) fn offsets(stride: usize) -> [isize; 8] {
    NEIGHBOURS.map(|(dx, dy)| dy * stride as isize + dx)
}

/// For every pixel of a framed image, the mask of the neighbours that precede it by descending value, ties in raster
/// order. The frame never precedes anything.
pub(super) fn compare(values: &[u8], height: usize, width: usize, rings: &mut [u8]) {
    let stride = width + 2;
    for y in 1..=height {
        let row = |y: usize| &values[y * stride..][..stride];
        let (above, here, below) = (row(y - 1), row(y), row(y + 1));
        let out = &mut rings[y * stride + 1..][..width];
        for x in 0..width {
            let value = here[x + 1];
            let earlier = |other: u8, bit: usize| u8::from(other >= value) << bit;
            let later = |other: u8, bit: usize| u8::from(other > value) << bit;
            out[x] = earlier(above[x], NW)
                | earlier(above[x + 1], N)
                | earlier(above[x + 2], NE)
                | earlier(here[x], W)
                | later(here[x + 2], E)
                | later(below[x], SW)
                | later(below[x + 1], S)
                | later(below[x + 2], SE);
        }
        // A pixel of value 0 equals the frame, which must not count as preceding it.
        if let Some(first) = out.first_mut() {
            *first &= !(1 << NW | 1 << W | 1 << SW);
        }
        if let Some(last) = out.last_mut() {
            *last &= !(1 << NE | 1 << E | 1 << SE);
        }
        if y == 1 {
            out.iter_mut().for_each(|mask| *mask &= !(1 << NW | 1 << N | 1 << NE));
        }
    }
}
