//! Intervals and tests against SciPy, statsmodels and NumPy, in degenerate cases, and on simulated scores.

mod cases;
#[path = "../../examples/simulate/curves.rs"]
mod curves;
mod golden;
#[path = "../../examples/simulate/rates.rs"]
mod rates;
#[path = "../../examples/simulate/sampler.rs"]
mod sampler;
mod simulated;
