/// Error of a clustering of pixels.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ClusterError {
    /// Fewer pixels than clusters.
    #[error("{pixels} pixels make no {clusters} clusters; lower k, or take more images or a finer layer")]
    TooFew {
        /// Number of clusters requested.
        clusters: usize,
        /// Number of pixels.
        pixels: usize,
    },
    /// No pixel has a known label.
    #[error("no image of the sample has a label to start from; raise labelled.images")]
    NoSeeds,
    /// More known labels than clusters.
    #[error(
        "the labelled images name {labels} labels (the background is one), more than k = {clusters}; raise k"
    )]
    Labels {
        /// Number of labels among the seeds.
        labels: usize,
        /// Number of clusters, `k`.
        clusters: usize,
    },
    /// The pooled pixel vectors exceed the memory budget.
    #[error(
        "{vectors} pixel vectors of {dims} numbers take {needed} MB, more than memory = \"{budget}\"; raise it, sample \
         with `pixels = ...`, or shorten them with reduce = {{ pca = 64 }}"
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
    #[error("a pixel vector holds {0}: the maps or activations that it is made of are broken")]
    NotFinite(f32),
}
