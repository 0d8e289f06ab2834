use super::row::frame;

frame! {
    /// `annotations.parquet`: the annotation budget of every supervised localiser (`[[supervised]]`), one row per use of
    /// annotations. Empty without such a method.
    AnnotationRow in "annotations.parquet" joined [cell, seed, network, method, layer] {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network.
        network: String,
        /// The method.
        method: String,
        /// Layer that the head reads.
        layer: String,
        /// Use of the annotations: `training` of the head, or choice of map `thresholds`.
        purpose: String,
        /// Number of images.
        all_images: u32 => "images",
        /// Number of them that have such annotations.
        images: u32 => "images",
        /// Number of boxes that are read.
        boxes: u32 => "boxes",
        /// Number of masks that are read.
        masks: u32 => "masks",
    }
}

frame! {
    /// `heads.parquet`: one row per step of the training of a supervised localiser's head (`[[supervised]]`). Empty without
    /// such a method.
    HeadTrainingRow in "heads.parquet" joined [cell, seed, network, method, layer] {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network.
        network: String,
        /// The method.
        method: String,
        /// Layer that the head reads.
        layer: String,
        /// Step, from 1.
        step: u32,
        /// Epoch, from 1.
        epoch: u32,
        /// Learning rate.
        learning_rate: f64,
        /// Mean loss of the batch before the step.
        loss: f64,
    }
}
