//! The transforms of tiles, one vector of channels at a time.

#![expect(clippy::needless_range_loop, reason = "rows and columns of small matrices, as in the equations")]

use super::{IN, OUT};
use crate::lanes::Lanes;

/// `B^T d`.
#[inline(always)]
unsafe fn input_line<L: Lanes>(d: [L; IN]) -> [L; IN] {
    // SAFETY: the caller runs on a machine with `L`.
    unsafe {
        let [two, four, minus_four, minus_five] = [2.0, 4.0, -4.0, -5.0].map(|value| L::splat(value));
        // Pairs of rows differ only in a sign.
        let (even, odd) = (minus_four.mul_add(d[2], d[4]), minus_four.mul_add(d[1], d[3]));
        let (even2, odd2) = (d[4].sub(d[2]), two.mul(d[3].sub(d[1])));
        [
            four.mul_add(d[0], minus_five.mul_add(d[2], d[4])),
            even.add(odd),
            even.sub(odd),
            even2.add(odd2),
            even2.sub(odd2),
            four.mul_add(d[1], minus_five.mul_add(d[3], d[5])),
        ]
    }
}

/// `A^T m`.
#[inline(always)]
unsafe fn output_line<L: Lanes>(m: [L; IN]) -> [L; OUT] {
    // SAFETY: the caller runs on a machine with `L`.
    unsafe {
        let [two, four, eight] = [2.0, 4.0, 8.0].map(|value| L::splat(value));
        let (sum1, difference1) = (m[1].add(m[2]), m[1].sub(m[2]));
        let (sum2, difference2) = (m[3].add(m[4]), m[3].sub(m[4]));
        [
            m[0].add(sum1).add(sum2),
            two.mul_add(difference2, difference1),
            four.mul_add(sum2, sum1),
            eight.mul_add(difference2, difference1).add(m[5]),
        ]
    }
}

/// `B^T d B` of a tile: `pixel(row, column)` returns its inputs, `store(frequency, value)` receives the
/// results.
#[inline(always)]
pub(super) unsafe fn input<L: Lanes>(pixel: impl Fn(usize, usize) -> L, mut store: impl FnMut(usize, L)) {
    // SAFETY: the caller runs on a machine with `L`.
    unsafe {
        let mut half = [[L::splat(0.0); IN]; IN];
        for column in 0..IN {
            let line = input_line([
                pixel(0, column),
                pixel(1, column),
                pixel(2, column),
                pixel(3, column),
                pixel(4, column),
                pixel(5, column),
            ]);
            for row in 0..IN {
                half[row][column] = line[row];
            }
        }
        for row in 0..IN {
            let line = input_line(half[row]);
            for column in 0..IN {
                store(row * IN + column, line[column]);
            }
        }
    }
}

/// `A^T m A` of a tile's products.
#[inline(always)]
pub(super) unsafe fn output<L: Lanes>(product: impl Fn(usize) -> L, mut store: impl FnMut(usize, usize, L)) {
    // SAFETY: the caller runs on a machine with `L`.
    unsafe {
        let mut half = [[L::splat(0.0); IN]; OUT];
        for column in 0..IN {
            let line = output_line([
                product(column),
                product(IN + column),
                product(2 * IN + column),
                product(3 * IN + column),
                product(4 * IN + column),
                product(5 * IN + column),
            ]);
            for row in 0..OUT {
                half[row][column] = line[row];
            }
        }
        for row in 0..OUT {
            let line = output_line(half[row]);
            for column in 0..OUT {
                store(row, column, line[column]);
            }
        }
    }
}
