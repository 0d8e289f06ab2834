//! Sets of vectors, and distances between them.

/// Vectors of equal length, stored contiguously.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Points {
    /// Length of each vector, at least 1.
    pub dims: usize,
    /// `[count, dims]` row-major.
    pub data: Vec<f32>,
}

impl Points {
    /// Empty set of vectors of length `dims`.
    pub fn new(dims: usize) -> Self {
        Self { dims: dims.max(1), data: Vec::new() }
    }

    /// Number of vectors.
    pub fn count(&self) -> usize {
        self.data.len() / self.dims.max(1)
    }

    /// Vector at an index.
    pub fn row(&self, at: usize) -> &[f32] {
        &self.data[at * self.dims..][..self.dims]
    }

    /// All vectors, in order.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, f32> {
        self.data.chunks_exact(self.dims.max(1))
    }

    /// Appends a vector of `dims` numbers.
    pub fn push(&mut self, row: &[f32]) {
        debug_assert_eq!(row.len(), self.dims);
        self.data.extend_from_slice(row);
    }

    /// Copies the vectors at some indices.
    pub fn select(&self, indices: &[usize]) -> Self {
        Self { dims: self.dims, data: indices.iter().flat_map(|at| self.row(*at)).copied().collect() }
    }

    /// Scales every vector to length 1; a zero vector stays.
    pub fn to_unit_length(&mut self) {
        self.data.chunks_exact_mut(self.dims.max(1)).for_each(unit);
    }
}

/// Scales a vector to length 1, unless its length is 0.
pub(super) fn unit(row: &mut [f32]) {
    let length = dot(row, row).sqrt();
    if length > 0.0 {
        row.iter_mut().for_each(|value| *value = (f64::from(*value) / length) as f32);
    }
}

/// Numbers summed in parallel, so that the loop vectorises.
const LANES: usize = 16;
/// Number of products summed in `f32` before the sum continues in `f64`.
const BLOCK: usize = 512;

/// `sum f(a[i], b[i])`, always in the same order.
fn sum(a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f32) -> f64 {
    let mut total = 0.0;
    for (a, b) in a.chunks(BLOCK).zip(b.chunks(BLOCK)) {
        let mut sums = [0.0f32; LANES];
        let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
        let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| f64::from(f(*a, *b))).sum();
        for (a, b) in a.zip(b) {
            (0..LANES).for_each(|at| sums[at] += f(a[at], b[at]));
        }
        total += sums.iter().map(|sum| f64::from(*sum)).sum::<f64>() + rest;
    }
    total
}

/// The squared Euclidean distance.
pub(super) fn distance(a: &[f32], b: &[f32]) -> f64 {
    sum(a, b, |a, b| (a - b) * (a - b))
}

/// `sum a[i] b[i]`.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f64 {
    sum(a, b, |a, b| a * b)
}

/// Index of the nearest centre (the first on a tie) and the squared distance to it.
pub(super) fn nearest(point: &[f32], centres: &Points) -> (u32, f64) {
    let mut best = (0, f64::INFINITY);
    for (index, centre) in centres.rows().enumerate() {
        let distance = distance(point, centre);
        if distance < best.1 {
            best = (index as u32, distance);
        }
    }
    best
}

/// Indices of the `count` points nearest to a vector, nearest first, the lower index on a tie.
pub(super) fn near(points: &Points, vector: &[f32], count: usize) -> Vec<u32> {
    let mut far: Vec<(f64, u32)> =
        points.rows().enumerate().map(|(at, row)| (distance(vector, row), at as u32)).collect();
    let order = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    let count = count.min(far.len());
    if count > 0 && count < far.len() {
        far.select_nth_unstable_by(count - 1, order);
    }
    far.truncate(count);
    far.sort_by(order);
    far.into_iter().map(|(_, at)| at).collect()
}
