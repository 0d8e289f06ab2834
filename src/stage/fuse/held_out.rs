use std::sync::Arc;

use super::{Fuse, FusionImages};
use crate::Job;
use crate::split::{first_rows, split};
use crate::train::VALIDATION;
use crate::training_host::labelled;
use camlab_base::random::stream;
use camlab_data::{Batches, Dataset, InputSize, Loading, image_rows};
use camlab_nn::train::{DataError, HeldOutResult, LabelledBatch, LossSpec, evaluate};
use camlab_nn::{ChannelStatistics, Images, Network, Recalibration, Repair};
use camlab_parts::fusion::RecalibrateOptions;

/// Maximum number of training images to evaluate on if none are held back.
const MOST_EVALUATED: usize = 1000;

/// Training images, not augmented: some to evaluate on, the others to estimate statistics on.
pub(super) struct HeldOutData {
    set: Arc<dyn Dataset>,
    /// The set of the images to evaluate on.
    evaluated_set: Arc<dyn Dataset>,
    loading: Loading,
    size: InputSize,
    evaluated: Vec<usize>,
    others: Vec<usize>,
    /// `true` if the members were not trained on the evaluated images.
    held_back: bool,
    seed: u64,
    loss: LossSpec,
}

impl HeldOutData {
    /// The training images of a fusion; `None` if its experiment names none.
    pub fn new(fuse: &Fuse, job: &Job<'_>) -> anyhow::Result<Option<Self>> {
        let Some(FusionImages { set: images, batch, held_out, loss }) = &fuse.images else { return Ok(None) };
        let set = job.dataset("data")?;
        if job.has(VALIDATION) {
            let evaluated_set = job.dataset(VALIDATION)?;
            let evaluated = first_rows(&image_rows(&*evaluated_set));
            let others = first_rows(&image_rows(&*set));
            let (loading, size) = (images.loading(*batch), images.input.size);
            let seed = fuse.seed;
            return Ok(Some(Self {
                set,
                evaluated_set,
                loading,
                size,
                evaluated,
                others,
                held_back: true,
                seed,
                loss: loss.clone(),
            }));
        }
        let own = fuse.method.implementation().fraction();
        let (others, evaluated) = match held_out.or(own) {
            Some(fraction) => split(&image_rows(&*set), fraction, images.split_seed),
            None => {
                let all = first_rows(&image_rows(&*set));
                let evaluated = some(&all, MOST_EVALUATED, images.split_seed, "fuse/judged");
                (all, evaluated)
            }
        };
        let loading = images.loading(*batch);
        let (size, held_back) = (images.input.size, held_out.is_some());
        let evaluated_set = set.clone();
        let (seed, loss) = (fuse.seed, loss.clone());
        Ok(Some(Self { set, evaluated_set, loading, size, evaluated, others, held_back, seed, loss }))
    }

    /// Number of images to evaluate on.
    pub fn count(&self) -> usize {
        self.evaluated.len()
    }

    /// Name of the evaluated images in result frames.
    pub fn name(&self) -> &'static str {
        if self.held_back { "held back" } else { "training" }
    }

    /// Loss and accuracy of a network on the images to evaluate on.
    pub fn evaluate(&self, network: &Network) -> anyhow::Result<HeldOutResult> {
        let batches = self.batches(&self.evaluated_set, self.evaluated.clone(), self.loading.batch);
        let found = evaluate(network, batches, 0, &self.loss)?;
        found.ok_or_else(|| {
            anyhow::anyhow!("none of the images to evaluate on can be read; check data.val and data.train")
        })
    }

    /// Estimates the running statistics of `network` again; with `members` (statistics and shares) by REPAIR.
    pub fn recalibrate(
        &self,
        network: &mut Network,
        members: Option<(&[ChannelStatistics], &[f64])>,
        options: &RecalibrateOptions,
    ) -> anyhow::Result<()> {
        if let Some((members, shares)) = members {
            let mut repair = Repair::between(members.iter().zip(shares.iter().copied()));
            repair.begin(network)?;
            for images in self.calibration(options) {
                repair.see(network, &images?)?;
            }
            return Ok(repair.finish(network)?);
        }
        let mut seen = Recalibration::default();
        for images in self.calibration(options) {
            seen.see(network, &images?)?;
        }
        Ok(seen.finish(network)?)
    }

    /// Channel statistics of the members on the same images; empty unless REPAIR is requested.
    pub fn statistics(
        &self,
        members: &[Network],
        options: Option<&RecalibrateOptions>,
    ) -> anyhow::Result<Vec<ChannelStatistics>> {
        let Some(options) = options.filter(|options| options.repair) else { return Ok(Vec::new()) };
        members.iter().map(|member| ChannelStatistics::of(member, self.calibration(options))).collect()
    }

    fn calibration(
        &self,
        options: &RecalibrateOptions,
    ) -> impl Iterator<Item = anyhow::Result<Images>> + use<> {
        let images = self.photographs(options.images, options.batch, "recalibrate");
        // A variance may need more than one image.
        let images = images.filter(|images| images.as_ref().map_or(true, |images| images.count > 1));
        images.map(|images| images.map_err(anyhow::Error::msg))
    }

    /// At most `count` training images, `batch` at a time, drawn from those that are not evaluated on (from all if
    /// none are held back).
    pub fn photographs(
        &self,
        count: usize,
        batch: usize,
        name: &str,
    ) -> impl Iterator<Item = Result<Images, DataError>> + use<> {
        let chosen = some(&self.others, count, self.seed, name);
        let images = self.batches(&self.set, chosen, batch).map(|batch| batch.map(|batch| batch.images));
        // A batch may hold only unreadable images.
        images.filter(|images| images.as_ref().map_or(true, |images| images.count > 0))
    }

    fn batches(
        &self,
        set: &Arc<dyn Dataset>,
        indices: Vec<usize>,
        batch: usize,
    ) -> impl Iterator<Item = Result<LabelledBatch, DataError>> + use<> {
        let InputSize { height, width } = self.size;
        let set = set.clone();
        let loading = Loading { batch, ..self.loading.clone() };
        Batches::new(set.clone(), indices, loading).map(move |batch| {
            let batch = batch.map_err(DataError::from)?;
            let images = Images { pixels: batch.pixels.into(), count: batch.indices.len(), height, width };
            Ok(labelled(&*set, &batch.indices, images))
        })
    }
}

/// `count` of the images (all, if there are fewer), drawn by the random stream `name`, in ascending order.
fn some(all: &[usize], count: usize, seed: u64, name: &str) -> Vec<usize> {
    if count >= all.len() {
        return all.to_vec();
    }
    let places = rand::seq::index::sample(&mut stream(seed, name), all.len(), count);
    let mut chosen: Vec<usize> = places.into_iter().map(|place| all[place]).collect();
    chosen.sort_unstable();
    chosen
}
