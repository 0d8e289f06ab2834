use super::border;
use super::order::Order;
use super::regions::Regions;

/// Bounds on the area of a component's outer contour.
#[derive(Debug, Clone, Copy)]
struct Outline {
    /// First pixel in raster order, packed: the start of OpenCV's contour.
    start: u32,
    /// Twice the polygon area of the component itself, without its holes.
    half_cells: u32,
    /// Twice the contour area when last traced; it never shrinks as the level falls.
    traced: u64,
    /// `true` if `traced` is the current area.
    exact: bool,
    /// Time of the last change.
    changed: u8,
}

/// Tracks the contour of largest area, as chosen by `max(contours, key=cv2.contourArea)`.
///
/// `contourArea` is the area of the polygon through the centres of the border's pixels. The polygons of a hole and of
/// everything inside it lie inside the outer contour around it, so the largest is an outer contour. Of ties `max`
/// takes the first in OpenCV's list, in which an outer contour precedes its holes, and the contours of the outermost
/// components are in reverse raster order of their first pixels.
///
/// The area is at least the component's own and at most that of the box around the centres of its corner pixels.
/// Contours are traced only where these bounds do not decide.
#[derive(Debug, Clone, Default)]
pub(super) struct Largest {
    /// Indexed by region number.
    outlines: Vec<Outline>,
    /// Regions changed at this time; may include regions that were merged into others.
    changed: Vec<u32>,
    /// Regions that may be the largest; no other can be, until it changes.
    candidates: Vec<u32>,
    winner: Option<u32>,
}

impl Largest {
    pub(super) fn clear(&mut self) {
        self.outlines.clear();
        self.changed.clear();
        self.candidates.clear();
        self.winner = None;
    }

    /// Adds a region of one pixel.
    pub(super) fn open(&mut self, region: u32, start: u32, now: u8) {
        self.outlines.push(Outline { start, half_cells: 0, traced: 0, exact: true, changed: now });
        self.changed.push(region);
    }

    /// Merges the region `under` into `over`.
    pub(super) fn unite(&mut self, over: u32, under: u32) {
        let gone = self.outlines[under as usize];
        let outline = &mut self.outlines[over as usize];
        outline.start = outline.start.min(gone.start);
        outline.half_cells += gone.half_cells;
        outline.traced = outline.traced.max(gone.traced);
    }

    /// Adds a pixel to a region.
    pub(super) fn extend(&mut self, root: u32, position: u32, half_cells: u8, now: u8) {
        let outline = &mut self.outlines[root as usize];
        outline.start = outline.start.min(position);
        outline.half_cells += u32::from(half_cells);
        outline.exact = false;
        if outline.changed != now {
            outline.changed = now;
            self.changed.push(root);
        }
    }

    /// Returns the region with the largest contour at `level`, once all its pixels are added.
    pub(super) fn settle(
        &mut self,
        order: &Order,
        regions: &Regions,
        level: u8,
        now: u8,
        no_holes: bool,
    ) -> Option<u32> {
        if self.changed.is_empty() {
            return self.winner;
        }
        let outlines = &mut self.outlines;
        // Candidates that changed are added again with the changed regions.
        self.candidates.retain(|&region| regions.is_root(region) && outlines[region as usize].changed != now);
        self.changed.retain(|&region| regions.is_root(region));
        for &region in &self.changed {
            outlines[region as usize].bound(no_holes, regions.bounds(region).twice_area());
        }
        self.candidates.append(&mut self.changed);

        let least = |outlines: &[Outline], candidates: &[u32]| {
            candidates.iter().map(|&region| outlines[region as usize].at_least()).max().unwrap_or(0)
        };
        let at_most = |outline: &Outline, region: u32| match outline.exact {
            true => outline.traced,
            false => regions.bounds(region).twice_area(),
        };
        let mut best = least(outlines, &self.candidates);
        self.candidates.retain(|&region| at_most(&outlines[region as usize], region) >= best);
        if self.candidates.len() > 1 {
            // Largest lower bound first: its exact area may rule out the others.
            self.candidates.sort_unstable_by_key(|&region| {
                (std::cmp::Reverse(outlines[region as usize].at_least()), region)
            });
            for &region in &self.candidates {
                let outline = &mut outlines[region as usize];
                if !outline.exact && at_most(outline, region) >= best {
                    outline.traced = border::twice_area(order, level, outline.start);
                    outline.exact = true;
                    best = best.max(outline.traced);
                }
            }
            self.candidates.retain(|&region| at_most(&outlines[region as usize], region) >= best);
        }
        // The remaining candidates have the same area, or there is only one.
        self.winner = self.candidates.iter().copied().max_by_key(|&region| outlines[region as usize].start);
        self.winner
    }
}

impl Outline {
    /// Lower bound of twice the contour area.
    fn at_least(&self) -> u64 {
        self.traced.max(u64::from(self.half_cells))
    }

    /// Marks the area as exact if the lower and upper bounds are equal.
    fn bound(&mut self, no_holes: bool, twice_box: u64) {
        if no_holes || twice_box == self.at_least() {
            self.traced = self.at_least();
            self.exact = true;
        }
    }
}
