use super::largest::Largest;
use super::order::{Order, unpack};
use super::regions::Regions;
use super::ring::{self, FOREGROUND};
use super::span::Span;
use super::{EMPTY_BOX, LEVELS};
use crate::PixelBox;

/// Finds the outer contours, and the largest of them, at all levels.
#[derive(Debug, Clone, Default)]
pub(super) struct Foreground {
    largest: Largest,
}

impl Foreground {
    /// Adds the foreground's pixels by descending value. Writes the outer contours' spans and the box of the largest
    /// contour of each level; `holes_at` is the number of holes at each level.
    pub(super) fn sweep(
        &mut self,
        order: &Order,
        regions: &mut Regions,
        holes_at: &[u32; LEVELS],
        spans: &mut Vec<Span>,
        largest_boxes: &mut [PixelBox; LEVELS],
    ) {
        let offsets = ring::offsets(order.stride());
        let (rings, stride) = (order.rings(), order.stride());
        // Foreground at level L are the values above L: time t adds value 255 - t, which is level 254 - t.
        let mut close =
            |span: Span| spans.push(Span { first: 254 - span.last, last: 254 - span.first, ..span });

        regions.clear();
        self.largest.clear();
        for now in 0..255u8 {
            for &position in order.of_value(255 - now as usize) {
                let (x, y) = unpack(position);
                let pixel = y as usize * stride + x as usize;
                let joint = &FOREGROUND[rings[pixel] as usize];
                let neighbour =
                    |group: usize| pixel.wrapping_add_signed(offsets[joint.members[group] as usize]);
                if joint.groups == 0 {
                    let root = regions.open(now, x, y);
                    self.largest.open(root, position, now);
                    regions.put(pixel, root);
                    continue;
                }
                let mut root = regions.root_at(neighbour(0));
                for group in 1..joint.groups as usize {
                    let other = regions.root_at(neighbour(group));
                    if other != root {
                        let (over, under) = regions.unite(root, other, now, &mut close);
                        self.largest.unite(over, under);
                        root = over;
                    }
                }
                regions.extend(root, now, x, y, &mut close);
                self.largest.extend(root, position, joint.half_cells, now);
                regions.put(pixel, root);
            }
            let level = 254 - now;
            let winner = self.largest.settle(order, regions, level, now, holes_at[level as usize] == 0);
            largest_boxes[level as usize] = match winner {
                Some(root) => regions.bounds(root).to_box(order.height(), order.width()),
                None => EMPTY_BOX,
            };
        }
        regions.finish(0, 255, &mut close);
    }
}
