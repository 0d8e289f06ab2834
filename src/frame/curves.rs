use super::column::word;
use super::row::frame;

word! {
    /// Box of a thresholded map that is compared with the ground truth.
    CurveKind {
        /// The best box of any component (MaxBoxAccV2).
        Any = "any",
        /// The largest component's box (MaxBoxAcc).
        Largest = "largest",
    }
}

frame! {
    /// `curves.parquet`: localisation accuracy over the data set at every map threshold.
    CurveRow in "curves.parquet" {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network; `baseline` for baselines.
        network: String,
        /// CAM method or baseline.
        method: String,
        /// Tapped layer; `-` for baselines.
        layer: String,
        /// Contrast applied to the map before evaluation; `none` for unchanged maps.
        contrast: String,
        /// The box that is compared.
        kind: CurveKind,
        /// IoU threshold.
        delta: f32,
        /// Map threshold as a level: tau = level / 255.
        level: u32,
        /// Share of localised images, per cent.
        accuracy: f64,
    }
}
