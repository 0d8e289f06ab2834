/// Strides for reading the rows of all blocks, in bytes.
pub(super) struct BlockWalk {
    /// From one row of a tile to the next.
    pub stride: usize,
    /// From one step to the next within a run.
    pub pace: usize,
    /// Steps per run.
    pub run_steps: usize,
    /// From the first run to each run.
    pub runs: Vec<usize>,
}
