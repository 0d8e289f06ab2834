//! The points of a search and the importance of its keys: identities, analytic functions, and Optuna's numbers.

mod halving;
mod importance;
mod points;
mod regret;
mod support;
