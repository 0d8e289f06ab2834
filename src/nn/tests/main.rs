//! The dfdx seam: operations on its tape, against PyTorch and finite differences.

mod captum;
mod finite_differences;
mod goldens;
mod seam;
mod training;
