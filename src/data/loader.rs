//! Loads images in batches, decoded in parallel while the caller computes.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;

use rayon::prelude::*;
use thiserror::Error;

use super::Dataset;
use super::augment::Augmentation;
use super::image_error::{ImageError, OnBadImage};
use super::input::{InputSpec, resize};
use camlab_raster::Rgb;

/// Network inputs of consecutive images.
#[derive(Debug, Clone, PartialEq)]
pub struct PhotoBatch {
    /// Indices in the data set, in the order requested, without skipped images.
    pub indices: Vec<usize>,
    /// Normalised pixels, `[indices.len(), height, width, 3]` row-major.
    pub pixels: Vec<f32>,
    /// Skipped images with their errors. A batch may consist of skipped images only.
    pub skipped: Vec<(usize, ImageError)>,
}

/// Options of batch loading.
#[derive(Debug, Clone, PartialEq)]
pub struct Loading {
    /// The network's input.
    pub input: InputSpec,
    /// Images per batch, at least 1; the last batch may be smaller.
    pub batch: usize,
    /// Policy for images that are not valid RGB.
    pub on_bad_image: OnBadImage,
    /// Augmentation; training only.
    pub augment: Option<Augmentation>,
    /// Number of batches prefetched, at least 1; they are held in memory in addition to the caller's own.
    pub ahead: usize,
}

impl Loading {
    /// Options for evaluation: no augmentation, two batches prefetched, bad images are errors.
    pub fn new(input: InputSpec, batch: usize) -> Self {
        Self { input, batch, on_bad_image: OnBadImage::Error, augment: None, ahead: 2 }
    }
}

/// Error of batch loading.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LoadError {
    /// A bad image under a policy other than skipping.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// Invalid augmentation options.
    #[error("augmentation: {0}")]
    Augment(String),
    /// A thread could not be started, or panicked.
    #[error("image decoding stopped: {0}; reduce `--jobs` or data.batch")]
    Stopped(String),
}

/// Iterator over batches in the order of the given indices. Ends after the first error.
///
/// Decoding has its own thread pool, so waiting for a batch inside another pool cannot deadlock. The number of
/// threads does not affect the batches' content.
#[derive(Debug)]
pub struct Batches {
    receiver: Option<Receiver<Result<PhotoBatch, LoadError>>>,
    worker: Option<JoinHandle<()>>,
    /// Number of images not yet returned in a batch.
    left: usize,
}

impl Batches {
    /// Starts decoding in the background.
    pub fn new(dataset: Arc<dyn Dataset>, indices: Vec<usize>, loading: Loading) -> Self {
        let (sender, receiver) = sync_channel(loading.ahead.saturating_sub(1));
        let left = indices.len();
        let refused = sender.clone();
        let threads = rayon::current_num_threads();
        let work = move || {
            let made = |chunk: &[usize]| make(&*dataset, chunk, &loading);
            if let Some(Err(problem)) = loading.augment.as_ref().map(|a| a.options.check(loading.input.size))
            {
                let _ = sender.send(Err(LoadError::Augment(problem)));
                return;
            }
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .thread_name(|i| format!("decode-{i}"))
                .build();
            let pool = match pool {
                Ok(pool) => pool,
                Err(error) => {
                    let _ = sender.send(Err(LoadError::Stopped(error.to_string())));
                    return;
                }
            };
            for chunk in indices.chunks(loading.batch.max(1)) {
                let batch = pool.install(|| made(chunk));
                // Sending fails once the caller has dropped the receiver. Nothing follows an error.
                let over = batch.is_err();
                if sender.send(batch).is_err() || over {
                    return;
                }
            }
        };
        let worker = match std::thread::Builder::new().name("loader".into()).spawn(work) {
            Ok(worker) => Some(worker),
            Err(error) => {
                let _ = refused.try_send(Err(LoadError::Stopped(error.to_string())));
                None
            }
        };
        Self { receiver: Some(receiver), worker, left }
    }
}

impl Iterator for Batches {
    type Item = Result<PhotoBatch, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let received = self.receiver.as_ref().map(Receiver::recv);
        let batch = match received {
            Some(Ok(batch)) => batch,
            // The worker ended before all images were returned: it panicked.
            _ => Err(LoadError::Stopped("a decoding thread panicked".into())),
        };
        self.left = match &batch {
            Ok(batch) => self.left.saturating_sub(batch.indices.len() + batch.skipped.len()),
            Err(_) => 0,
        };
        Some(batch)
    }
}

impl Drop for Batches {
    fn drop(&mut self) {
        // Closing the channel first makes the worker end at its next send.
        self.receiver = None;
        if let Some(worker) = self.worker.take() {
            let _ = worker.join();
        }
    }
}

/// Makes one batch: images in parallel, each into its own part of the buffer.
fn make(dataset: &dyn Dataset, indices: &[usize], loading: &Loading) -> Result<PhotoBatch, LoadError> {
    let each = 3 * loading.input.size.height * loading.input.size.width;
    let mut pixels = vec![0.0; indices.len() * each];
    let outcomes: Vec<Result<(), ImageError>> = pixels
        .par_chunks_exact_mut(each)
        .zip(indices)
        .map(|(values, &index)| {
            let photo = dataset.photo_as(index, loading.on_bad_image)?;
            loading.input.normalise.write(&ready(photo, index, loading), values);
            Ok(())
        })
        .collect();
    let mut batch = PhotoBatch { indices: Vec::new(), pixels, skipped: Vec::new() };
    for (i, (&index, outcome)) in indices.iter().zip(outcomes).enumerate() {
        match outcome {
            Ok(()) => {
                batch.pixels.copy_within(i * each..(i + 1) * each, batch.indices.len() * each);
                batch.indices.push(index);
            }
            Err(error) if loading.on_bad_image == OnBadImage::Skip => batch.skipped.push((index, error)),
            Err(error) => return Err(error.into()),
        }
    }
    batch.pixels.truncate(batch.indices.len() * each);
    Ok(batch)
}

/// The image at the input's size, augmented in training.
fn ready(photo: Rgb, index: usize, loading: &Loading) -> Rgb {
    match &loading.augment {
        Some(augmentation) => augmentation.apply(photo, index, &loading.input),
        None => resize(photo, loading.input.size, loading.input.filter),
    }
}
