//! The article's chain, step by step: polynomials (A9), clusters (A10), merging (A11).

mod clusters;
mod golden;
mod merging;
mod per_class;
mod polynomials;
