//! Sizes given by the tile instructions.

/// Rows (pixels) or filters of one tile.
pub(super) const TILE: usize = 16;
/// Rows (pixels) of one block.
pub(super) const BLOCK: usize = 2 * TILE;
/// Filters of one panel.
pub(super) const PANEL: usize = 2 * TILE;
/// Products summed per tile instruction.
pub(super) const STEP: usize = 32;
/// Elements of one step of one panel: two tiles of 16 pairs x 16 filters x 2.
pub(super) const STEP_LEN: usize = PANEL * STEP;
/// Sums of one block and one panel.
pub(super) const SUMS_LEN: usize = BLOCK * PANEL;
