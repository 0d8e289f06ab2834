//! The dfdx seam: operations on its tape, against PyTorch and finite differences.

mod attention_dropout;
mod captum;
mod finite_differences;
mod goldens;
mod support;
mod training;
