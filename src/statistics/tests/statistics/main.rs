//! Intervals and tests against SciPy, statsmodels and NumPy, in degenerate cases, and on simulated scores.

mod cases;
#[path = "../../examples/simulate/curves.rs"]
#[allow(missing_docs)]
mod curves;
mod golden;
#[path = "../../examples/simulate/rates.rs"]
#[allow(missing_docs)]
mod rates;
#[path = "../../examples/simulate/sampler.rs"]
#[allow(missing_docs)]
mod sampler;
mod simulated;
