use super::row::frame;

frame! {
    /// `training.parquet`: one row per trained network and epoch; empty when nothing was trained.
    TrainingRow in "training.parquet" {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network.
        network: String,
        /// Epoch, from 1.
        epoch: u32,
        /// Learning rate of the epoch.
        learning_rate: f64,
        /// Mean training loss of the epoch.
        loss: f64,
        /// Accuracy, per cent.
        accuracy: f64,
        /// Time of the epoch, seconds.
        seconds: f64,
    }
}
