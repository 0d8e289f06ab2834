use super::StageError;
use camlab_base::random::stream;
use camlab_config::Experiment;

/// Indices of the test images that the experiment uses, ascending: all of them, or a random sample (`data.sample`).
///
/// # Errors
/// A sample larger than the data set.
pub fn indices(experiment: &Experiment, images: usize) -> Result<Vec<usize>, StageError> {
    let Some(sample) = &experiment.data.sample else { return Ok((0..images).collect()) };
    if sample.count > images {
        return Err(StageError::Input(format!(
            "data.sample.count = {} is more than the {images} test images; use at most {images}",
            sample.count
        )));
    }
    let mut rng = stream(sample.seed, "data/sample");
    let mut chosen = rand::seq::index::sample(&mut rng, images, sample.count).into_vec();
    chosen.sort_unstable();
    Ok(chosen)
}
