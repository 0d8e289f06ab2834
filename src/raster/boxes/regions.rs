use super::span::{Bounds, Span};

/// A growing component: its bounding box and the time since which it has that box.
#[derive(Debug, Clone, Copy)]
pub(super) struct GrowingBox {
    parent: u32,
    pixels: u32,
    since: u8,
    pub(super) bounds: Bounds,
}

/// Components of a sweep: a union-find forest over regions, and the region of each pixel.
///
/// Time is the number of values added so far, 0 to 255; a box valid from `since` that changes at `now` was valid at
/// the times `since..now`.
#[derive(Debug, Clone)]
pub(super) struct Regions {
    regions: Vec<GrowingBox>,
    /// For each pixel of the framed image, its region; undefined for pixels not yet added.
    labels: Vec<u32>,
}

impl Regions {
    pub(super) fn new(height: usize, width: usize) -> Self {
        Self { regions: Vec::new(), labels: vec![0; (height + 2) * (width + 2)] }
    }

    pub(super) fn clear(&mut self) {
        self.regions.clear();
    }

    /// Opens a region of one pixel and returns its number.
    pub(super) fn open(&mut self, now: u8, x: u16, y: u16) -> u32 {
        let root = self.regions.len() as u32;
        self.regions.push(GrowingBox { parent: root, pixels: 1, since: now, bounds: Bounds::of_pixel(x, y) });
        root
    }

    pub(super) fn put(&mut self, pixel: usize, root: u32) {
        self.labels[pixel] = root;
    }

    /// Root of the region that holds a pixel.
    pub(super) fn root_at(&mut self, pixel: usize) -> u32 {
        self.root(self.labels[pixel])
    }

    pub(super) fn root(&mut self, mut region: u32) -> u32 {
        loop {
            let parent = self.regions[region as usize].parent;
            if parent == region {
                return region;
            }
            let grandparent = self.regions[parent as usize].parent;
            self.regions[region as usize].parent = grandparent;
            region = grandparent;
        }
    }

    pub(super) fn is_root(&self, region: u32) -> bool {
        self.regions[region as usize].parent == region
    }

    pub(super) fn bounds(&self, root: u32) -> Bounds {
        self.regions[root as usize].bounds
    }

    /// Adds a pixel to a region; closes its box if the pixel lies outside.
    pub(super) fn extend(&mut self, root: u32, now: u8, x: u16, y: u16, close: &mut impl FnMut(Span)) {
        self.regions[root as usize].pixels += 1;
        self.grow(root, now, Bounds::of_pixel(x, y), close);
    }

    /// Merges two different regions; returns the root and the region merged into it.
    pub(super) fn unite(&mut self, a: u32, b: u32, now: u8, close: &mut impl FnMut(Span)) -> (u32, u32) {
        let larger_first = self.regions[a as usize].pixels >= self.regions[b as usize].pixels;
        let (root, under) = if larger_first { (a, b) } else { (b, a) };
        let bounds = self.sink(under, root, now, close);
        self.regions[root as usize].pixels += self.regions[under as usize].pixels;
        self.grow(root, now, bounds, close);
        (root, under)
    }

    /// Ends a region by attaching it to `root`, whose box is unchanged; returns the ended region's box.
    pub(super) fn sink(&mut self, under: u32, root: u32, now: u8, close: &mut impl FnMut(Span)) -> Bounds {
        let region = &mut self.regions[under as usize];
        region.parent = root;
        region.close(now, close);
        region.bounds
    }

    /// Closes the boxes of all remaining root regions from number `first` on.
    pub(super) fn finish(&mut self, first: usize, now: u8, close: &mut impl FnMut(Span)) {
        for (number, region) in self.regions.iter_mut().enumerate().skip(first) {
            if region.parent as usize == number {
                region.close(now, close);
            }
        }
    }

    fn grow(&mut self, root: u32, now: u8, by: Bounds, close: &mut impl FnMut(Span)) {
        let region = &mut self.regions[root as usize];
        if !region.bounds.hold(by) {
            region.close(now, close);
            region.bounds = region.bounds.around(by);
        }
    }
}

impl GrowingBox {
    fn close(&mut self, now: u8, close: &mut impl FnMut(Span)) {
        if self.since < now {
            close(Span { bounds: self.bounds, first: self.since, last: now - 1 });
        }
        self.since = now;
    }
}
