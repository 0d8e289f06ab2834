use super::order::{Order, unpack};
use super::regions::Regions;
use super::ring::{self, BACKGROUND};
use super::span::Span;

/// Region of the background that is connected to the frame.
const OUTSIDE: u32 = 0;

/// Finds the hole contours at all levels by adding the background's pixels by ascending value.
///
/// The frame belongs to the outside, so a background component that reaches the image's edge is not a hole. A hole's
/// contour runs through the foreground pixels around it: its box is the hole's box grown by one pixel.
pub(super) fn sweep(order: &Order, regions: &mut Regions, spans: &mut Vec<Span>) {
    let offsets = ring::offsets(order.stride());
    let (rings, stride) = (order.rings(), order.stride());
    // Background at level L are the values up to L, so time equals the level.
    let mut close = |span: Span| spans.push(Span { bounds: span.bounds.grown(), ..span });

    regions.clear();
    regions.open(0, 0, 0);
    for x in 0..stride {
        regions.put(x, OUTSIDE);
        regions.put((order.height() + 1) * stride + x, OUTSIDE);
    }
    for y in 0..=order.height() {
        regions.put(y * stride, OUTSIDE);
        regions.put(y * stride + stride - 1, OUTSIDE);
    }

    for now in 0..255u8 {
        for &position in order.of_value(now as usize).iter().rev() {
            let (x, y) = unpack(position);
            let pixel = y as usize * stride + x as usize;
            // Pixels not yet added in descending order are those already added in ascending order.
            let joint = &BACKGROUND[!rings[pixel] as usize];
            let neighbour = |group: usize| pixel.wrapping_add_signed(offsets[joint.members[group] as usize]);
            if joint.groups == 0 {
                let root = regions.open(now, x, y);
                regions.put(pixel, root);
                continue;
            }
            let mut root = regions.root_at(neighbour(0));
            for group in 1..joint.groups as usize {
                let other = regions.root_at(neighbour(group));
                if other == root {
                    continue;
                }
                root = if root == OUTSIDE || other == OUTSIDE {
                    regions.sink(root.max(other), OUTSIDE, now, &mut close);
                    OUTSIDE
                } else {
                    regions.unite(root, other, now, &mut close).0
                };
            }
            if root != OUTSIDE {
                regions.extend(root, now, x, y, &mut close);
            }
            regions.put(pixel, root);
        }
    }
    regions.finish(OUTSIDE as usize + 1, 255, &mut close);
}
