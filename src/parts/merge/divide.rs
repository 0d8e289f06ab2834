use camlab_raster::Map;

/// A class map divided among clusters: the sub-maps of one image.
#[derive(Debug, Clone, PartialEq)]
pub struct Divided {
    /// Rows of the grid.
    pub height: usize,
    /// Columns of the grid.
    pub width: usize,
    /// Number of sub-maps.
    pub count: usize,
    /// Energy of every sub-map at every pixel, `[height, width, sub-maps]`, at least 0; its sum over the sub-maps is
    /// the class map minus its minimum.
    pub energies: Vec<f32>,
    /// State of each sub-map.
    pub states: Vec<DivisionState>,
    /// Fraction of the total energy in each sub-map, 0 to 1.
    pub shares: Vec<f64>,
}

/// State of a sub-map in its image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DivisionState {
    /// It has pixels, and its energy varies between pixels.
    Present,
    /// It has pixels, but constant energy (usually 0), so it gives no mask.
    Flat,
    /// No pixel of the image belongs to it.
    Absent,
}

impl Divided {
    /// Divides `map` by `memberships` u, `[pixels, count]`: the energy of sub-map j at pixel p is
    /// `u_j(p) (S(p) - min S)`.
    pub fn new(map: &Map, memberships: &[f32], count: usize) -> Self {
        let least = map.data.iter().copied().fold(f32::INFINITY, f32::min);
        let energies: Vec<f32> = memberships
            .chunks_exact(count.max(1))
            .zip(&map.data)
            .flat_map(|(row, value)| row.iter().map(move |share| share * (value - least)))
            .collect();
        let column = |values: &[f32], at: usize| -> Vec<f32> {
            values.iter().skip(at).step_by(count).copied().collect()
        };
        let state = |at: usize| {
            let energy = column(&energies, at);
            let first = energy.first().copied().unwrap_or_default();
            if column(memberships, at).iter().all(|share| *share == 0.0) {
                DivisionState::Absent
            } else if energy.iter().all(|value| *value == first) {
                DivisionState::Flat
            } else {
                DivisionState::Present
            }
        };
        let total: f64 = energies.iter().map(|value| f64::from(*value)).sum();
        let share = |at: usize| {
            let own: f64 = column(&energies, at).iter().map(|value| f64::from(*value)).sum();
            if total > 0.0 { own / total } else { 0.0 }
        };
        Self {
            height: map.height,
            width: map.width,
            count,
            states: (0..count).map(state).collect(),
            shares: (0..count).map(share).collect(),
            energies,
        }
    }

    /// Sub-map number `at`, unnormalised.
    pub fn map(&self, at: usize) -> Map {
        let data = self.energies.iter().skip(at).step_by(self.count).copied().collect();
        Map::new(self.height, self.width, data)
    }
}
