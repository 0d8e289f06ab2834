//! Lists that would grow with the number of cells, cut to what a page holds.

/// The first `most` elements, and the number of the others.
pub fn fold<T>(mut lines: Vec<T>, most: usize) -> (Vec<T>, usize) {
    let hidden = lines.len().saturating_sub(most);
    lines.truncate(most);
    (lines, hidden)
}
