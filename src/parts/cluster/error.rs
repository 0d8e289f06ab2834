/// Error of a clustering of pixels.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ClusterError {
    /// Fewer pixels than clusters.
    #[error(
        "`k` = {clusters} is more than the {pixels} pixels; lower k, or use more images or a layer with a finer grid"
    )]
    TooFew {
        /// Number of clusters requested.
        clusters: usize,
        /// Number of pixels.
        pixels: usize,
    },
    /// No pixel has a known label.
    #[error("no pixel has a known label to start from; increase labelled.images")]
    NoSeeds,
    /// More known labels than clusters.
    #[error(
        "the labelled images have {labels} labels (background included), more than `k` = {clusters}; increase k"
    )]
    Labels {
        /// Number of labels among the seeds.
        labels: usize,
        /// Number of clusters, `k`.
        clusters: usize,
    },
    /// The pooled pixel vectors exceed the memory budget.
    #[error(
        "{vectors} pixel vectors of {dims} numbers take {needed} MB, more than memory = \"{budget}\"; increase \
         memory, cluster a sample with `pixels = ...`, or shorten the vectors with reduce = {{ pca = 64 }}"
    )]
    Memory {
        /// Number of vectors.
        vectors: usize,
        /// Length of each vector.
        dims: usize,
        /// Memory for all vectors in MB, rounded up.
        needed: u64,
        /// Budget as given in the experiment file.
        budget: String,
    },
    /// A pixel vector holds NaN or infinity.
    #[error(
        "a pixel vector has the value {0}: the maps or activations are not finite; check the network's parameters"
    )]
    NotFinite(f32),
}
