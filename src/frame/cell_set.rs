use std::collections::HashMap;

/// Some cells of an experiment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CellSet(HashMap<String, Vec<i64>>);

impl CellSet {
    /// Adds the cell of a name and seed.
    pub fn insert(&mut self, cell: &str, seed: i64) {
        let seeds = self.0.entry(cell.to_owned()).or_default();
        if !seeds.contains(&seed) {
            seeds.push(seed);
        }
    }

    /// `true` if the cell is one of these.
    pub fn holds(&self, cell: &str, seed: i64) -> bool {
        self.0.get(cell).is_some_and(|seeds| seeds.contains(&seed))
    }
}

impl<'a> FromIterator<(&'a str, i64)> for CellSet {
    fn from_iter<I: IntoIterator<Item = (&'a str, i64)>>(cells: I) -> Self {
        let mut set = Self::default();
        cells.into_iter().for_each(|(cell, seed)| set.insert(cell, seed));
        set
    }
}
