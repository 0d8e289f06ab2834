use super::column::word;
use super::row::frame;

word! {
    /// What a sub-map is to its image.
    SubMapState {
        /// It has pixels, and energy that differs from pixel to pixel.
        Present = "present",
        /// It has pixels, and nothing to see through.
        Flat = "flat",
        /// No pixel of the image belongs to it.
        Absent = "absent",
    }
}

frame! {
    /// `submaps.parquet`: one row per image, network, chain and cluster.
    SubMapRow in "submaps.parquet" {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network.
        network: String,
        /// The chain, as tables call its method.
        chain: String,
        /// Identifier of the image in its dataset.
        image: String,
        /// Index of the image in its dataset.
        index: u32,
        /// Cluster, from 0.
        cluster: u32,
        /// What the sub-map is to its image.
        state: SubMapState,
        /// Its share of the class map's energy, 0 to 1.
        energy: f32,
        /// Class that the network sees through it; null when there is nothing to see through.
        assigned: Option<String>,
        /// Softmax probability of that class, 0 to 1.
        confidence: Option<f32>,
        /// Its place by falling confidence among the image's sub-maps, from 1.
        rank: Option<u32>,
        /// Class that the map is made for.
        target: String,
        /// Softmax probability of it, 0 to 1.
        target_confidence: Option<f32>,
        /// Whether the sub-map is part of the merged map.
        joined: bool,
        /// Whether no sub-map of the image went to the target, so that `merge.otherwise` applied.
        fell_back: bool,
        /// Rows of the grid.
        map_height: u32,
        /// Columns of the grid.
        map_width: u32,
        /// The sub-map, row-major, any range from 0; empty but for images of the gallery.
        map: Vec<f32>,
    }
}

frame! {
    /// `clusters.parquet`: one row per network, chain and cluster.
    ClusterRow in "clusters.parquet" {
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
        /// The label that it was started from; null for clusters that nobody named.
        label: Option<String>,
        /// Pixels that it was found on.
        pixels: u32,
        /// Their share of all, 0 to 1.
        share: f64,
        /// Sum of their squared distances from the centre; null where there is no centre.
        inertia: Option<f64>,
    }
}

frame! {
    /// `clusterings.parquet`: one row per network and chain.
    ClusteringRow in "clusterings.parquet" {
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
        /// Clusters.
        clusters: u32,
        /// Pixels that they were found on.
        pixels: u32,
        /// Numbers of a pixel vector of the stack.
        channels: u32,
        /// Numbers of it that clusters were looked for in.
        dims: u32,
        /// Share of the variance that these keep, 0 to 1; null where nothing was reduced.
        kept: Option<f64>,
        /// Sum of squared distances from the centres; null where there are none.
        inertia: Option<f64>,
        /// The worst restart's.
        worst_inertia: Option<f64>,
        /// Iterations of the one that was kept.
        iterations: u32,
        /// Adjusted Rand index against object and background; null where the truth is not known.
        object_rand: Option<f64>,
        /// Normalised mutual information with object and background.
        object_information: Option<f64>,
        /// Share of pixels in the majority of their cluster, object or background.
        object_purity: Option<f64>,
        /// Adjusted Rand index against the class, of object pixels alone.
        class_rand: Option<f64>,
        /// Normalised mutual information with the class, of object pixels alone.
        class_information: Option<f64>,
        /// Share of object pixels in the majority of their cluster.
        class_purity: Option<f64>,
    }
}

frame! {
    /// `assignments.parquet`, in the store alone: the nearest cluster of every pixel, one row per image.
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
    /// `agreement.parquet`, in the store alone: clusters against the ground truth.
    AgreementRow in "agreement.parquet" {
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
    /// `corrections.parquet`: what a chain's polynomials make of a value, one row per chain, degree and value.
    CorrectionRow in "corrections.parquet" {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// The chain.
        chain: String,
        /// The basis.
        basis: String,
        /// The degree, from 1; 0 for all degrees together, weighed by coefficients that are no fit.
        degree: u32,
        /// A map's value, 0 to 1.
        x: f64,
        /// What it becomes.
        value: f64,
    }
}
