//! The outer tile: a few rows times two vectors of columns, every product of two sequences summed in registers.

use crate::kernel::Isa;
use crate::kernel::lanes::Lanes;

/// One tile's operands: `c[m * c_stride + n] += sum_p a[p * a_stride + m] * b[p][n]`.
pub(in crate::kernel) struct Outer<'a> {
    /// The left factors of the first step.
    pub a: *const f32,
    /// Elements between steps of `a`.
    pub a_stride: usize,
    /// Where the right factors of each step lie.
    pub b: &'a [*const f32],
    /// Elements between those places and the tile's first column.
    pub b_offset: usize,
    /// The first sum.
    pub c: *mut f32,
    /// Elements between rows of sums.
    pub c_stride: usize,
    /// Rows, 1 to [`super::tile::tile_rows`].
    pub rows: usize,
    /// Columns, 1 to [`super::tile::panel_width`].
    pub columns: usize,
}

/// Adds a tile's products to its sums.
///
/// # Safety
/// The machine has `isa`; `rows` numbers of `a` and `columns` of every place in `b` are readable, the sums writable.
#[inline]
pub(in crate::kernel) unsafe fn accumulate(isa: Isa, tile: &Outer<'_>) {
    // SAFETY: the caller vouches for the machine and the pointers.
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

/// The entry of an instruction set: one function per number of rows, whole and cut at the right.
macro_rules! entry {
    ($name:ident, $lanes:ident, [$($rows:literal)*] $(, $feature:literal)?) => {
        unsafe fn $name(tile: &Outer<'_>) {
            type Vector = crate::kernel::lanes::$lanes;
            $(#[target_feature(enable = $feature)])?
            unsafe fn of<const ROWS: usize, const WHOLE: bool>(tile: &Outer<'_>) {
                // SAFETY: as `accumulate`.
                unsafe { rows::<Vector, ROWS, WHOLE>(tile) }
            }
            let whole = tile.columns == 2 * Vector::WIDTH;
            match (tile.rows, whole) {
                // SAFETY: as `accumulate`.
                $(($rows, true) => unsafe { of::<$rows, true>(tile) },)*
                $(($rows, false) => unsafe { of::<$rows, false>(tile) },)*
                (other, _) => debug_assert!(false, "a tile of {other} rows"),
            }
        }
    };
}
entry!(portable, Portable, [1 2 3 4]);
#[cfg(target_arch = "x86_64")]
entry!(avx2, Avx2, [1 2 3 4 5 6], "avx2,fma");
#[cfg(target_arch = "x86_64")]
entry!(avx512, Avx512, [1 2 3 4 5 6 7 8 9 10 11 12 13 14], "avx512f");

/// Repeats a block for every row: see [`super::tile`].
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
unsafe fn rows<L: Lanes, const ROWS: usize, const WHOLE: bool>(tile: &Outer<'_>) {
    const { assert!(ROWS <= 14) };
    let counts = [tile.columns.min(L::WIDTH), tile.columns.saturating_sub(L::WIDTH)];
    // SAFETY: as `accumulate`.
    unsafe {
        let read = |from: *const f32, half: usize| match WHOLE {
            true => L::load(from.add(half * L::WIDTH)),
            false => L::load_first(from.wrapping_add(half * L::WIDTH), counts[half]),
        };
        let mut sums = [[L::splat(0.0); 2]; ROWS];
        let mut a = tile.a;
        for b in tile.b {
            let b = b.wrapping_add(tile.b_offset);
            let (left, right) = (read(b, 0), read(b, 1));
            each_row!(ROWS, |row| {
                let factor = L::splat(*a.add(row));
                sums[row][0] = factor.mul_add(left, sums[row][0]);
                sums[row][1] = factor.mul_add(right, sums[row][1]);
            });
            a = a.wrapping_add(tile.a_stride);
        }
        each_row!(ROWS, |row| {
            let to = tile.c.add(row * tile.c_stride);
            let values = [sums[row][0].add(read(to, 0)), sums[row][1].add(read(to, 1))];
            if WHOLE {
                values[0].store(to);
                values[1].store(to.add(L::WIDTH));
            } else {
                values[0].store_first(to, counts[0]);
                values[1].store_first(to.wrapping_add(L::WIDTH), counts[1]);
            }
        });
    }
}
