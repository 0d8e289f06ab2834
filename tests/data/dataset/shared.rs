//! Real photographs under `CAMLAB_SHARED`.

use std::sync::Arc;

use camlab::config::FromToml;
use camlab::data::{Batches, Dataset, ImageFault, InputSpec, Loading, OnBadImage, PhotoBatch, digest};

use crate::dataset::{opened, spec};

/// A data set below the shared folder; `None` (said aloud) where there is none.
fn shared(kind: &str, place: &str, more: &str) -> Option<Box<dyn Dataset>> {
    if std::env::var_os("CAMLAB_SHARED").is_none() {
        println!("skipped: CAMLAB_SHARED is not set");
        return None;
    }
    let toml = format!("{{ {kind} = {{ root = '${{env:CAMLAB_SHARED}}/data/{place}'{more} }} }}");
    Some(opened(&toml).unwrap_or_else(|error| panic!("{error}")))
}

fn all(dataset: Arc<dyn Dataset>, input: &str, on_bad_image: OnBadImage) -> Vec<PhotoBatch> {
    let input = InputSpec::from_toml(input).unwrap();
    let indices = (0..dataset.len()).collect();
    let loading = Loading { on_bad_image, ..Loading::new(input, 50) };
    Batches::new(dataset, indices, loading)
        .collect::<Result<_, _>>()
        .unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn val500_is_all_sound_rgb_with_a_box_each() {
    let Some(dataset) = shared("wsol-metadata", "ilsvrc-val500", "") else { return };
    assert_eq!((dataset.len(), dataset.classes().len()), (500, 1000));
    assert_eq!(dataset.id(0), "images/ILSVRC2012_val_00000347.JPEG");
    assert_eq!(dataset.classes()[dataset.label(0)], "canoe");
    let boxes: usize = (0..500).map(|i| dataset.truth(i).unwrap().boxes.len()).sum();
    assert_eq!(boxes, 727, "the rows of localization.txt");
    let truth = dataset.truth(0).unwrap();
    assert_eq!((truth.size, truth.boxes[0].x0), ((500, 375), 20));
    for index in 0..500 {
        let truth = dataset.truth(index).unwrap();
        let (width, height) = truth.size;
        assert!(truth.boxes.iter().all(|b| b.x1 < width as i32 && b.y1 < height as i32));
    }
    let dataset: Arc<dyn Dataset> = dataset.into();
    let batches = all(dataset, "size = 64\nnormalise = 'caffe'", OnBadImage::Error);
    assert_eq!(batches.iter().map(|batch| batch.indices.len()).sum::<usize>(), 500);
}

#[test]
fn tiny_imagenet_has_grey_photographs_that_convert() {
    for (split, count, grey) in [("train", 5000, 24), ("val", 500, 2)] {
        let more = format!(", split = '{split}'");
        let Some(dataset) = shared("tiny-imagenet", "tiny-imagenet-10", &more) else { return };
        assert_eq!((dataset.len(), dataset.classes().len()), (count, 10));
        assert_eq!(dataset.classes()[0], "goldfish");
        let per_class = |class| (0..count).filter(|&i| dataset.label(i) == class).count();
        assert!((0..10).all(|class| per_class(class) == count / 10));
        let dataset: Arc<dyn Dataset> = dataset.into();
        let skipping = all(dataset.clone(), "size = 64", OnBadImage::Skip);
        let skipped: Vec<_> = skipping.iter().flat_map(|batch| &batch.skipped).collect();
        assert_eq!(skipped.len(), grey, "as many as PIL calls mode L");
        assert!(skipped.iter().all(|(_, error)| error.fault == ImageFault::Grey));
        let converted = all(dataset, "size = 64", OnBadImage::Convert);
        assert_eq!(converted.iter().map(|batch| batch.indices.len()).sum::<usize>(), count);
    }
}

#[test]
fn the_digest_of_real_data_is_reproducible() {
    if shared("wsol-metadata", "ilsvrc-val500", "").is_none() {
        return;
    }
    let spec = spec("{ wsol-metadata = { root = '${env:CAMLAB_SHARED}/data/ilsvrc-val500' } }").unwrap();
    assert_eq!(digest(&spec).unwrap(), digest(&spec).unwrap());
}
