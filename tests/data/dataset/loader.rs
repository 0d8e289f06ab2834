//! Batches: order, skipping, errors, and independence of the number of threads.

use std::sync::Arc;

use camlab::config::FromToml;
use camlab::data::{
    Augment, Augmentation, Batches, Dataset, DatasetError, Examined, GroundTruth, ImageError, InputSize,
    InputSpec, LoadError, Loading, OnBadImage, PhotoBatch,
};

use camlab::raster::Rgb;

use crate::dataset::{fixture, opened};

fn input(side: usize) -> InputSpec {
    InputSpec::from_toml(&format!("size = {side}")).unwrap_or_else(|error| panic!("{error}"))
}

fn synthetic() -> Arc<dyn Dataset> {
    opened("{ synthetic = { images = 40, size = 32 } }").unwrap().into()
}

/// A folder of one class: sound, broken and odd images, sorted by name.
fn mixed() -> (tempfile::TempDir, Arc<dyn Dataset>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("a")).unwrap();
    let names = ["rgb.png", "truncated.jpg", "grey.png", "rgb.jpg", "empty.jpg", "trailing.jpg"];
    for (i, name) in names.iter().enumerate() {
        let to = folder.path().join(format!("a/{i}-{name}"));
        std::fs::copy(fixture(&format!("images/{name}")), to).unwrap();
    }
    let dataset =
        opened(&format!("{{ folder = {{ root = '{}' }} }}", folder.path().display())).unwrap().into();
    (folder, dataset)
}

#[test]
fn batches_keep_the_order_and_hold_each_photograph_normalised() {
    let dataset = synthetic();
    let order: Vec<usize> = (0..40).rev().step_by(3).collect();
    let loading = Loading::new(input(32), 4);
    let batches: Vec<PhotoBatch> =
        Batches::new(dataset.clone(), order.clone(), loading.clone()).collect::<Result<_, _>>().unwrap();
    assert_eq!(batches.iter().map(|batch| batch.indices.len()).collect::<Vec<_>>(), [4, 4, 4, 2]);
    let indices: Vec<usize> = batches.iter().flat_map(|batch| batch.indices.clone()).collect();
    assert_eq!(indices, order);
    for batch in &batches {
        for (values, &index) in batch.pixels.chunks_exact(3 * 32 * 32).zip(&batch.indices) {
            let mut expected = vec![0.0; 3 * 32 * 32];
            loading.input.normalise.write(&dataset.photo(index).unwrap(), &mut expected);
            assert_eq!(values, expected);
        }
    }
}

#[test]
fn threads_and_batch_sizes_change_nothing() {
    let dataset = synthetic();
    let options = Augment::from_toml("flip = true\ncrop-padding = 4\npadding = 'reflect'").unwrap();
    let run = |threads: usize, batch: usize, ahead: usize| {
        let augment = Some(Augmentation { options: options.clone(), seed: 3, epoch: 1 });
        let loading = Loading { augment, ahead, ..Loading::new(input(32), batch) };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let batches = pool.install(|| Batches::new(dataset.clone(), (0..40).collect(), loading));
        batches.flat_map(|batch| batch.unwrap().pixels).collect::<Vec<f32>>()
    };
    let one = run(1, 7, 1);
    assert_eq!(one.len(), 40 * 3 * 32 * 32);
    assert!(one == run(4, 7, 3) && one == run(3, 40, 2));
}

#[test]
fn bad_images_are_skipped_and_counted_or_stop_the_run() {
    let (_folder, dataset) = mixed();
    let run = |on_bad_image| {
        let loading = Loading { on_bad_image, ..Loading::new(input(8), 2) };
        Batches::new(dataset.clone(), (0..6).collect(), loading).collect::<Vec<_>>()
    };
    let skipped: Vec<PhotoBatch> = run(OnBadImage::Skip).into_iter().collect::<Result<_, _>>().unwrap();
    let kept: Vec<&[usize]> = skipped.iter().map(|batch| &batch.indices[..]).collect();
    assert_eq!(kept, [&[0][..], &[3], &[5]]);
    let names: Vec<usize> = skipped.iter().flat_map(|b| b.skipped.iter().map(|(index, _)| *index)).collect();
    assert_eq!(names, [1, 2, 4]);
    assert!(skipped.iter().all(|batch| batch.pixels.len() == 3 * 8 * 8));
    // trailing.jpg is rgb.jpg with bytes after its end.
    assert_eq!(skipped[1].pixels, skipped[2].pixels);

    let stopped = run(OnBadImage::Error);
    assert_eq!(stopped.len(), 1);
    assert!(
        stopped[0].as_ref().unwrap_err().to_string().contains("1-truncated.jpg: the JPEG data is truncated")
    );
    assert!(run(OnBadImage::Convert)[0].is_err());
}

#[test]
fn augmentation_that_does_not_fit_is_an_error() {
    let options = Augment { crop_from: Some(InputSize::square(4)), ..Augment::default() };
    let augment = Some(Augmentation { options, seed: 0, epoch: 0 });
    let loading = Loading { augment, ..Loading::new(input(8), 2) };
    let mut batches = Batches::new(synthetic(), vec![0, 1], loading);
    assert!(matches!(batches.next(), Some(Err(LoadError::Augment(_)))));
    assert!(batches.next().is_none());
}

#[test]
fn dropping_early_ends_the_worker_and_no_indices_give_no_batches() {
    let loading = Loading::new(input(32), 1);
    let mut batches = Batches::new(synthetic(), (0..40).collect(), loading.clone());
    assert!(batches.next().is_some());
    drop(batches);
    assert!(Batches::new(synthetic(), vec![], loading).next().is_none());
}

#[test]
fn waiting_inside_a_pool_of_one_thread_does_not_block() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let batches =
        pool.install(|| Batches::new(synthetic(), (0..40).collect(), Loading::new(input(32), 8)).count());
    assert_eq!(batches, 5);
}

/// A set whose third photograph makes the decoder panic.
struct Panics;

impl Dataset for Panics {
    fn classes(&self) -> &[String] {
        &[]
    }
    fn len(&self) -> usize {
        9
    }
    fn id(&self, _: usize) -> &str {
        "x"
    }
    fn label(&self, _: usize) -> usize {
        0
    }
    fn photo_as(&self, index: usize, _: OnBadImage) -> Result<Rgb, ImageError> {
        assert!(index != 2, "a bug in the decoder");
        Ok(Rgb { height: 1, width: 1, data: vec![0; 3] })
    }
    fn truth(&self, _: usize) -> Result<GroundTruth, DatasetError> {
        Ok(GroundTruth { size: (1, 1), boxes: vec![], mask: None })
    }
    fn has_masks(&self) -> bool {
        false
    }
    fn has_boxes(&self) -> bool {
        false
    }
    fn examine(&self) -> Result<Examined, DatasetError> {
        Ok(Examined { digest: String::new(), remarks: Vec::new() })
    }
}

#[test]
fn a_panic_while_decoding_is_an_error_not_a_short_run() {
    let mut batches = Batches::new(Arc::new(Panics), (0..9).collect(), Loading::new(input(1), 2));
    assert!(matches!(batches.next(), Some(Ok(_))));
    assert!(matches!(batches.next(), Some(Err(LoadError::Stopped(_)))));
    assert!(batches.next().is_none());
}
