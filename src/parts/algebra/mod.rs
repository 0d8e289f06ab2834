//! Symmetric matrices in f64: leading eigenvectors and linear equations. Sums have a fixed order, so results are
//! bit-identical for any number of threads.
//!
//! No external crate is used: those that solve this well (faer, LAPACK) choose the order of their sums by the
//! instruction set at run time, so that bits differ between machines, and are slow to build.

mod cholesky;
mod jacobi;
mod leading;
mod vector;

pub(crate) use cholesky::solve;
pub(crate) use leading::leading;
pub(crate) use vector::{add, dot};
