use super::row::frame;

frame! {
    /// `cells.parquet`: the keys that each cell overrides, one row per key.
    CellRow in "cells.parquet" {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Label of the cell without its seed, for example `training.lr = 0.1`.
        configuration: String,
        /// Overridden key; null for a cell that overrides nothing.
        key: Option<String>,
        /// Its value as TOML; null if the key is.
        value: Option<String>,
    }
}
