use super::order::{Order, unpack};

/// Column and row steps, clockwise from east.
const STEPS: [(i64, i64); 8] = [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)];

/// Twice the area (`cv2.contourArea`) of the outer contour that starts at the packed position `start`, the first
/// pixel of its component in raster order. Foreground is `value > level`.
///
/// Border following as in Suzuki and Abe (1985), in the opposite direction: the same polygon.
pub(super) fn twice_area(order: &Order, level: u8, start: u32) -> u64 {
    let stride = order.stride() as i64;
    let offsets = STEPS.map(|(dx, dy)| (dy * stride + dx) as isize);
    let values = order.values();
    let step_from = |pixel: usize, from: usize| {
        (from..from + 8)
            .map(|turn| turn & 7)
            .find(|&turn| values[pixel.wrapping_add_signed(offsets[turn])] > level)
    };
    let (x, y) = unpack(start);
    let (mut x, mut y) = (i64::from(x), i64::from(y));
    let start_pixel = (y * stride + x) as usize;
    // West, north-west, north and north-east of the first pixel are background.
    let Some(first) = step_from(start_pixel, 0) else { return 0 };
    let (mut pixel, mut turn, mut twice) = (start_pixel, first, 0i64);
    loop {
        let (dx, dy) = STEPS[turn];
        twice += x * dy - y * dx;
        (x, y, pixel) = (x + dx, y + dy, pixel.wrapping_add_signed(offsets[turn]));
        // Continue clockwise from the previous pixel, which is found last, so a next pixel always exists.
        let Some(next) = step_from(pixel, turn + 5) else { break };
        if pixel == start_pixel && next == first {
            break;
        }
        turn = next;
    }
    twice.unsigned_abs()
}
