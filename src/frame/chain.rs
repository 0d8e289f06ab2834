use super::column::word;
use super::row::frame;

word! {
    /// State of a sub-map in its image.
    SubMapState {
        /// It has pixels, and its energy varies between pixels.
        Present = "present",
        /// It has pixels, but constant energy (usually 0), so it gives no mask.
        Flat = "flat",
        /// No pixel of the image belongs to it.
        Absent = "absent",
    }
}

frame! {
    /// `submaps.parquet`: one row per image, network, chain and cluster.
    SubMapRow in "submaps.parquet" joined [cell, seed, network, chain] {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network.
        network: String,
        /// The chain's name in tables.
        chain: String,
        /// Identifier of the image in its dataset.
        image: String,
        /// Index of the image in its dataset.
        index: u32,
        /// Cluster, from 0.
        cluster: u32,
        /// State of the sub-map in its image.
        state: SubMapState,
        /// The sub-map's share of the class map's energy, 0 to 1.
        energy: f32 => "0 to 1",
        /// Class assigned to the sub-map; null if it is not `present`.
        assigned: Option<String>,
        /// Softmax probability of the assigned class for the image masked by the sub-map, 0 to 1.
        confidence: Option<f32> => "0 to 1",
        /// Rank by descending confidence among the image's sub-maps, from 1.
        rank: Option<u32>,
        /// Target class of the map.
        target: String,
        /// Softmax probability of the target class for the masked image, 0 to 1.
        target_confidence: Option<f32> => "0 to 1",
        /// `true` if the sub-map is part of the merged map.
        joined: bool,
        /// `true` if no sub-map of the image was assigned to the target class, so that `merge.otherwise` applied.
        fell_back: bool,
        /// Rows of the grid.
        map_height: u32 => "pixels",
        /// Columns of the grid.
        map_width: u32 => "pixels",
        /// The sub-map, row-major, not negative; empty except for images of the gallery.
        map: Vec<f32>,
    }
}

frame! {
    /// `clusters.parquet`: one row per network, chain and cluster.
    ClusterRow in "clusters.parquet" joined [cell, seed, network, chain] {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network.
        network: String,
        /// The chain.
        chain: String,
        /// Cluster, from 0.
        cluster: u32,
        /// The label that it was initialised from; null for unlabelled clusters.
        label: Option<String>,
        /// Number of its pixels of test images, among those that were clustered; labelled pixels of other images do not
        /// count.
        pixels: u32 => "pixels",
        /// Share of the clustered pixels of test images, 0 to 1.
        share: f64 => "0 to 1",
        /// Sum of squared distances of these pixels from the centre; null for clusterings without centres.
        inertia: Option<f64>,
    }
}

frame! {
    /// `clusterings.parquet`: one row per network and chain.
    ClusteringRow in "clusterings.parquet" joined [
        cell, seed, network, chain, object_rand, object_information, object_purity, class_rand, class_information, class_purity,
    ] {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network.
        network: String,
        /// The chain.
        chain: String,
        /// The clustering's name.
        clustering: String,
        /// Number of clusters.
        clusters: u32,
        /// Number of pixels of test images that were clustered; labelled pixels of other images do not count.
        pixels: u32 => "pixels",
        /// Length of a pixel vector of the stack.
        channels: u32,
        /// Length of the vectors that were clustered, after reduction.
        dims: u32,
        /// Share of the variance kept by the reduction, 0 to 1; null without a reduction.
        kept: Option<f64> => "0 to 1",
        /// Sum of the squared distances of these pixels from the centres; null for clusterings without centres.
        inertia: Option<f64>,
        /// Inertia of the worst restart, over all clustered pixels, labelled ones included.
        worst_inertia: Option<f64>,
        /// Number of iterations of the best restart.
        iterations: u32,
        /// Adjusted Rand index against object and background; null without ground truth.
        object_rand: Option<f64>,
        /// Normalised mutual information with object and background.
        object_information: Option<f64>,
        /// Share of pixels that belong to the majority of their cluster, object or background.
        object_purity: Option<f64>,
        /// Adjusted Rand index against the class, over object pixels.
        class_rand: Option<f64>,
        /// Normalised mutual information with the class, over object pixels.
        class_information: Option<f64>,
        /// Share of object pixels whose class is the majority of their cluster.
        class_purity: Option<f64>,
    }
}

frame! {
    /// `assignments.parquet`, only in the store: the nearest cluster of every pixel, one row per image.
    AssignmentRow in "assignments.parquet" {
        /// Index of the image in its dataset.
        index: u32,
        /// Rows of the grid.
        height: u32,
        /// Columns of the grid.
        width: u32,
        /// The cluster of every pixel, row-major.
        clusters: Vec<u32>,
    }
}

frame! {
    /// `division.parquet`, only in the store: agreement of clusters with the ground truth.
    DivisionRow in "division.parquet" {
        /// `object` or `class`.
        against: String,
        /// Adjusted Rand index.
        rand: f64,
        /// Normalised mutual information.
        information: f64,
        /// Purity.
        purity: f64,
    }
}

frame! {
    /// `corrections.parquet`: the polynomials of a chain, sampled on [0, 1]; one row per chain, degree and value.
    CorrectionRow in "corrections.parquet" {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// The chain.
        chain: String,
        /// The basis.
        basis: String,
        /// The degree, from 1; 0 for the sum of all degrees, weighted by coefficients that are not fitted.
        degree: u32,
        /// Value of a map, 0 to 1.
        x: f64 => "0 to 1",
        /// Value of the polynomial.
        value: f64,
    }
}
