//! The dfdx tape interface: its operations compared with PyTorch and finite differences.

mod attention_dropout;
mod captum;
mod dropout;
mod finite_differences;
mod goldens;
mod layers;
mod multi_label;
mod support;
mod training;
