//! The outer-product tile: a few rows times two vectors of columns, the products of all steps summed in
//! registers.

use crate::Isa;
use crate::lanes::Lanes;
use crate::prefetch;

/// One tile's operands: `c[m * width + n] += sum_p a[p * a_stride + m] * b[p][n]`, `n` below a panel's width.
pub(crate) struct Outer<'a> {
    /// Left factors of the first step.
    pub a: *const f32,
    /// Elements between steps of `a`.
    pub a_stride: usize,
    /// Addresses of the right factors of each step.
    pub b: &'a [*const f32],
    /// Elements from those addresses to the tile's first column.
    pub b_offset: usize,
    /// The sums, row after row.
    pub c: *mut f32,
    /// Rows, 1 to [`super::tile::tile_rows`].
    pub rows: usize,
}

/// Adds a tile's products to its sums.
///
/// # Safety
/// The machine has `isa`; `rows` numbers of `a` and a panel's width at every place in `b` (moved by `b_offset`) are
/// readable, the sums writable.
#[inline]
pub(crate) unsafe fn accumulate(isa: Isa, tile: &Outer<'_>) {
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

/// Entry point of an instruction set: one function per number of rows.
macro_rules! entry {
    ($name:ident, $lanes:ident, [$($rows:literal)*] $(, $feature:literal)?) => {
        unsafe fn $name(tile: &Outer<'_>) {
            type Vector = crate::lanes::$lanes;
            $(#[target_feature(enable = $feature)])?
            unsafe fn of<const ROWS: usize>(tile: &Outer<'_>) {
                // SAFETY: as `accumulate`.
                unsafe { rows::<Vector, ROWS>(tile) }
            }
            match tile.rows {
                // SAFETY: as `accumulate`.
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

/// Repeats a block for every row, unrolled: see [`super::tile`].
macro_rules! each_row {
    ($rows:ident, |$row:ident| $body:block) => {
        each_row!(@ $rows $row $body 0 1 2 3 4 5 6 7 8 9 10 11 12 13)
    };
    (@ $rows:ident $row:ident $body:block $($index:literal)*) => {
        $(if $index < $rows {
            let $row = $index;
            $body
        })*
    };
}

#[inline(always)]
unsafe fn rows<L: Lanes, const ROWS: usize>(tile: &Outer<'_>) {
    const { assert!(ROWS <= 14) };
    // Prefetched while the products are computed, since the sums are read after them.
    prefetch::write(tile.c, 1, ROWS * 2 * L::WIDTH, 0);
    // SAFETY: as `accumulate`.
    unsafe {
        let mut sums = [[L::splat(0.0); 2]; ROWS];
        let mut a = tile.a;
        for b in tile.b {
            let b = b.wrapping_add(tile.b_offset);
            let (left, right) = (L::load(b), L::load(b.add(L::WIDTH)));
            each_row!(ROWS, |row| {
                let factor = L::splat(*a.add(row));
                sums[row][0] = factor.mul_add(left, sums[row][0]);
                sums[row][1] = factor.mul_add(right, sums[row][1]);
            });
            a = a.wrapping_add(tile.a_stride);
        }
        each_row!(ROWS, |row| {
            let to = tile.c.add(row * 2 * L::WIDTH);
            sums[row][0].add(L::load(to)).store(to);
            sums[row][1].add(L::load(to.add(L::WIDTH))).store(to.add(L::WIDTH));
        });
    }
}
