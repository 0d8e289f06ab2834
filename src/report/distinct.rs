use std::collections::HashSet;
use std::hash::Hash;

/// The distinct values, in order of first appearance.
pub fn distinct<'b, T: Eq + Hash + Clone + 'b>(values: impl IntoIterator<Item = &'b T>) -> Vec<T> {
    let mut known = HashSet::new();
    values.into_iter().filter(|value| known.insert(*value)).cloned().collect()
}
