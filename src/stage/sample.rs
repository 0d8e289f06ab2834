use super::StageError;
use camlab_base::random::stream;
use camlab_config::Experiment;

/// The test images that take part: all of them, or the sample, in the data set's order.
pub fn indices(experiment: &Experiment, images: usize) -> Result<Vec<usize>, StageError> {
    let Some(sample) = &experiment.data.sample else { return Ok((0..images).collect()) };
    if sample.count > images {
        return Err(StageError::Input(format!(
            "a sample of {} images out of {images}; lower data.sample.count",
            sample.count
        )));
    }
    let mut rng = stream(sample.seed, "data/sample");
    let mut chosen = rand::seq::index::sample(&mut rng, images, sample.count).into_vec();
    chosen.sort_unstable();
    Ok(chosen)
}
