use super::row::frame;

frame! {
    /// `training.parquet`: one row per trained network and epoch; empty if no network was trained.
    TrainingRow in "training.parquet" joined [cell, seed, network, images_per_second, seconds] {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network.
        network: String,
        /// Stage of its training.
        stage: String,
        /// Epoch, from 1, over all stages.
        epoch: u32,
        /// Learning rate of the epoch.
        learning_rate: f64,
        /// Mean training loss of the epoch.
        loss: f64,
        /// Training accuracy of the epoch, per cent.
        accuracy: f64,
        /// Mean loss on the held-out validation images.
        validation_loss: Option<f64>,
        /// Accuracy on the held-out validation images, per cent.
        validation_accuracy: Option<f64>,
        /// Training images per second.
        images_per_second: f64,
        /// Time of the epoch without validation, seconds.
        seconds: f64,
    }
}

frame! {
    /// `steps.parquet`: one row per trained network and step; empty if no network was trained.
    StepRow in "steps.parquet" joined [cell, seed, network, images_per_second] {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network.
        network: String,
        /// Stage of its training.
        stage: String,
        /// Epoch, from 1, over all stages.
        epoch: u32,
        /// Step, from 1, over all epochs.
        step: u32,
        /// Learning rate.
        learning_rate: f64,
        /// Mean loss of the batch before the step.
        loss: f64,
        /// Accuracy on the batch before the step, per cent.
        accuracy: f64,
        /// Images per second, loading time included.
        images_per_second: f64,
    }
}
