//! Symmetric matrices in f64: leading eigenvectors and linear equations. Sums have a fixed order, so results are
//! bit-identical for any number of threads.
//!
//! No external crate is used: those that solve this well (faer, LAPACK) split their sums by the number of threads or
//! the instruction set, and cost more to build than everything else here.

mod cholesky;
mod jacobi;
mod leading;
mod vector;

pub(crate) use cholesky::solve;
pub(crate) use leading::leading;
pub(crate) use vector::{add, dot};
