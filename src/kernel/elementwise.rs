//! An element-wise function of an operation's results, computed while they are in the cache.

use std::fmt::Debug;

use super::raw::Shared;
use super::team::spread_chunks;

/// An element-wise function of results, which only depends on the values.
pub trait Elementwise: Sync + Debug {
    /// Replaces every number by the function's value.
    fn apply(&self, values: &mut [f32]);
}

/// Numbers per task.
const TASK: usize = 1 << 14;

/// Applies `function`, if there is one, to all results.
pub(super) fn apply_to_all(function: Option<&dyn Elementwise>, values: &mut [f32]) {
    if let Some(function) = function {
        spread_chunks(values, TASK, &|_, part: &mut [f32]| function.apply(part));
    }
}

/// Applies `function`, if there is one, to `count` numbers from `first` on, `rows` times with `step` numbers from one row to
/// the next.
///
/// # Safety
/// The rows lie inside `out`, and no other task reads or writes them while this one runs.
pub(super) unsafe fn apply_to_rows(
    function: Option<&dyn Elementwise>,
    out: &Shared<'_>,
    (first, count): (usize, usize),
    (rows, step): (usize, usize),
) {
    let Some(function) = function else { return };
    // Rows without gaps are one.
    let (rows, count) = if count == step { (1, rows * count) } else { (rows, count) };
    for row in 0..rows {
        // SAFETY: as the caller.
        function.apply(unsafe { std::slice::from_raw_parts_mut(out.at(first + row * step), count) });
    }
}

/// A function for tests, without rounding errors in small numbers.
#[cfg(test)]
#[derive(Debug)]
pub(super) struct Halved;

#[cfg(test)]
impl Elementwise for Halved {
    fn apply(&self, values: &mut [f32]) {
        values.iter_mut().for_each(|x| *x = 0.5 * *x + 0.25);
    }
}
