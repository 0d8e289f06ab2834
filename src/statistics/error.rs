//! Errors of this crate.

/// A table of values that no statistic can be computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatisticsError {
    /// No seed, or fewer than two images.
    #[error("{seeds} seeds with {images} images; an interval needs one seed and two images")]
    TooFew {
        /// Number of seeds.
        seeds: usize,
        /// Number of images of the first seed.
        images: usize,
    },
    /// A seed whose list of images has another length than the first seed's, or a method with other seeds.
    #[error("tables of different sizes: {found} values in place of {wanted}")]
    Uneven {
        /// Length found.
        found: usize,
        /// Length of the first.
        wanted: usize,
    },
    /// A value that is infinite or not a number.
    #[error("a value is not finite")]
    NotFinite,
}
