use super::{ClusterError, ClusterInput, Found, Labelled, Pca, Reduce, SubMaps};

/// An invalid option: its key, relative to the clustering's name, and a description of the problem.
pub type ClusterFault = (String, String);

/// A clustering: what one row of the registry does.
pub trait Clustering {
    /// Hard or soft assignment of pixels to sub-maps.
    fn sub_maps(&self) -> &SubMaps;

    /// Dimension reduction of the pixel vectors, if requested.
    fn reduce(&self) -> Option<&Reduce>;

    /// Number of clusters requested; `None` if the known labels determine it.
    fn k(&self) -> Option<usize> {
        None
    }

    /// Maximum number of pixels of the pool on which clusters are fitted, if limited; `None` also for a method that
    /// draws a sample of its own.
    fn pixels(&self) -> Option<usize> {
        None
    }

    /// Selection of the pixels with known labels; `None` for methods without labels.
    fn labelled(&self) -> Option<&Labelled> {
        None
    }

    /// True when only the direction of a pixel vector counts.
    fn spherical(&self) -> bool {
        false
    }

    /// Checks the options that the clustering shares with no other.
    ///
    /// # Errors
    /// The first invalid option.
    fn check(&self) -> Result<(), ClusterFault>;

    /// Clusters a pool of pixels that is already reduced (by `reduce`) and, for spherical clustering, scaled to
    /// length 1.
    ///
    /// # Errors
    /// [`ClusterError`] when there are too few pixels, no known label, or more labels than clusters.
    fn find(&self, pool: ClusterInput<'_>, reduce: Option<Pca>) -> Result<Found, ClusterError>;
}
