/// Why pixels could not be clustered.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ClusterError {
    /// More clusters than pixels.
    #[error("{pixels} pixels make no {clusters} clusters; lower k, or take more images or a finer layer")]
    TooFew {
        /// How many were asked for.
        clusters: usize,
        /// How many there are.
        pixels: usize,
    },
    /// No label is known.
    #[error("no image of the sample has a label to start from; raise labelled.images")]
    NoSeeds,
    /// More labels than clusters.
    #[error(
        "the labelled images name {labels} labels (the background is one), more than k = {clusters}; raise k"
    )]
    Labels {
        /// Labels among the seeds.
        labels: usize,
        /// k.
        clusters: usize,
    },
    /// The pooled pixel vectors do not fit the budget.
    #[error(
        "{vectors} pixel vectors of {dims} numbers take {needed} MB, more than memory = \"{budget}\"; raise it, sample \
         with `pixels = ...`, or shorten them with reduce = {{ pca = 64 }}"
    )]
    Memory {
        /// How many vectors.
        vectors: usize,
        /// Numbers of each.
        dims: usize,
        /// What they take.
        needed: u64,
        /// What the file allows.
        budget: String,
    },
    /// A number that is none among the pixels.
    #[error("a pixel vector holds {0}: the maps or activations that it is made of are broken")]
    NotFinite(f32),
}
