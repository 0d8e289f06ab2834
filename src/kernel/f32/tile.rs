//! The register tile: a few rows of windows times a panel of filters, summed in registers.

use crate::lanes::Lanes;
use crate::unrolled::unrolled;
use crate::{Isa, OutputRange};

/// One tile's operands. Row `m` of the product is `sum_k a[m * a_stride + k] * panel[k * width + n]`.
pub(crate) struct Tile {
    /// Products per sum.
    pub depth: usize,
    /// First factor of the first row.
    pub a: *const f32,
    /// Elements between rows of `a`.
    pub a_stride: usize,
    /// `depth` rows of [`panel_width`] filter weights.
    pub panel: *const f32,
    /// First output row.
    pub c: *mut f32,
    /// Elements between output rows (and between rows of the residual).
    pub c_stride: usize,
    /// Rows, 1 to [`tile_rows`].
    pub rows: usize,
    /// Columns, 1 to [`panel_width`].
    pub columns: usize,
    /// One bias per column, or null.
    pub bias: *const f32,
    /// Residual added to the output, in the output's layout, or null. May be `c` itself.
    pub residual: *const f32,
    /// Range of the outputs.
    pub range: OutputRange,
}

/// Rows of the largest tile of an instruction set.
pub(crate) fn tile_rows(isa: Isa) -> usize {
    match isa {
        Isa::Portable => <crate::lanes::Portable as Lanes>::ROWS,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => <crate::lanes::Avx2 as Lanes>::ROWS,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => <crate::lanes::Avx512 as Lanes>::ROWS,
        #[cfg(not(target_arch = "x86_64"))]
        _ => <crate::lanes::Portable as Lanes>::ROWS,
    }
}

/// Filters per panel of an instruction set: two vectors.
pub(crate) fn panel_width(isa: Isa) -> usize {
    match isa {
        Isa::Portable => 8,
        Isa::Avx2 => 16,
        Isa::Avx512 => 32,
    }
}

/// Computes a tile.
///
/// # Safety
/// The machine has `isa`; every pointer is valid as described in [`Tile`], or null where that is allowed.
#[inline]
pub(crate) unsafe fn compute(isa: Isa, tile: &Tile) {
    // SAFETY: the caller guarantees the machine and the pointers.
    unsafe {
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => avx512(tile),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => avx2(tile),
            _ => portable(tile),
        }
    }
}

/// Entry point of an instruction set: one function per number of rows, so that each keeps its sums in
/// registers.
macro_rules! entry {
    ($name:ident, $lanes:ident, [$($rows:literal)*] $(, $feature:literal)?) => {
        unsafe fn $name(tile: &Tile) {
            $(#[target_feature(enable = $feature)])?
            unsafe fn of<const ROWS: usize>(tile: &Tile) {
                // SAFETY: as `compute`.
                unsafe { rows::<crate::lanes::$lanes, ROWS>(tile) }
            }
            match tile.rows {
                // SAFETY: as `compute`.
                $($rows => unsafe { of::<$rows>(tile) },)*
                other => debug_assert!(false, "a tile of {other} rows"),
            }
        }
    };
}
entry!(portable, Portable, [1 2 3 4]);
#[cfg(target_arch = "x86_64")]
entry!(avx2, Avx2, [1 2 3 4 5 6], "avx2,fma");
#[cfg(target_arch = "x86_64")]
entry!(avx512, Avx512, [1 2 3 4 5 6 7 8 9 10 11 12 13 14], "avx512f");

#[inline(always)]
unsafe fn rows<L: Lanes, const ROWS: usize>(tile: &Tile) {
    // SAFETY: `depth` factors of each row and `depth` rows of the panel are readable, as described in `Tile`.
    unsafe {
        let mut sums = [[L::splat(0.0); 2]; ROWS];
        let (mut a, mut panel) = (tile.a, tile.panel);
        // Four steps at a time, so that the rows' addresses are computed once for them.
        for _ in 0..tile.depth / 4 {
            for k in 0..4 {
                step(&mut sums, a.add(k), tile.a_stride, panel.add(2 * k * L::WIDTH));
            }
            (a, panel) = (a.add(4), panel.add(8 * L::WIDTH));
        }
        for k in 0..tile.depth % 4 {
            step(&mut sums, a.add(k), tile.a_stride, panel.add(2 * k * L::WIDTH));
        }
        store::<L, ROWS>(tile, &sums);
    }
}

/// Adds one product to every sum.
#[inline(always)]
unsafe fn step<L: Lanes, const ROWS: usize>(
    sums: &mut [[L; 2]; ROWS],
    a: *const f32,
    a_stride: usize,
    panel: *const f32,
) {
    // SAFETY: as `rows`.
    unsafe {
        let (left, right) = (L::load(panel), L::load(panel.add(L::WIDTH)));
        unrolled!(up to 14: ROWS, |row| {
            let factor = L::splat(*a.add(row * a_stride));
            sums[row][0] = factor.mul_add(left, sums[row][0]);
            sums[row][1] = factor.mul_add(right, sums[row][1]);
        });
    }
}

#[inline(always)]
unsafe fn store<L: Lanes, const ROWS: usize>(tile: &Tile, sums: &[[L; 2]; ROWS]) {
    // SAFETY: only the tile's rows and columns are touched, which the caller guarantees.
    unsafe {
        let counts = [tile.columns.min(L::WIDTH), tile.columns.saturating_sub(L::WIDTH)];
        let whole = tile.columns == 2 * L::WIDTH;
        let read = |from: *const f32, half: usize| match whole {
            true => L::load(from.add(half * L::WIDTH)),
            false => L::load_first(from.wrapping_add(half * L::WIDTH), counts[half]),
        };
        let mut bias = [L::splat(0.0); 2];
        if !tile.bias.is_null() {
            bias = [read(tile.bias, 0), read(tile.bias, 1)];
        }
        unrolled!(up to 14: ROWS, |row| {
            let mut values = [sums[row][0].add(bias[0]), sums[row][1].add(bias[1])];
            if !tile.residual.is_null() {
                let from = tile.residual.add(row * tile.c_stride);
                values = [values[0].add(read(from, 0)), values[1].add(read(from, 1))];
            }
            values = [tile.range.limit_lanes(values[0]), tile.range.limit_lanes(values[1])];
            let to = tile.c.add(row * tile.c_stride);
            if whole {
                values[0].store(to);
                values[1].store(to.add(L::WIDTH));
            } else {
                values[0].store_first(to, counts[0]);
                values[1].store_first(to.wrapping_add(L::WIDTH), counts[1]);
            }
        });
    }
}
