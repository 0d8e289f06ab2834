//! Numbers that metrics measure themselves, by their definitions.

use crate::support::small::{CLASSES, SIZE, images, network};
use camlab::engine::{Engine, EngineOptions, Precision};
use camlab::nn::softmax;
use camlab::parts::metric::{
    AverageDrop, EnergyPointingGame, ImageColumns, Measured, MeasuredImage, Measurement, Metric, TargetScore,
};
use camlab::raster::{Map, Mask, PixelBox};

/// An image without pixels, boxes and object.
fn image<'a>(map: &'a Map, mask: &'a Mask) -> MeasuredImage<'a> {
    MeasuredImage {
        id: "one",
        map,
        boxes: &[],
        mask,
        label: 0,
        target: 0,
        probability: None,
        pixels: &[],
        again: &[],
        seed: 0,
    }
}

/// Of a uniform map the boxes hold their share of the pixels, those under two boxes counted once; of a map that is 0
/// outside they hold all.
#[test]
fn energy_is_shared_between_the_boxes_and_the_rest() {
    let uniform = Map::new(10, 8, vec![0.5; 80]);
    let boxes = [PixelBox::new(0, 0, 3, 4), PixelBox::new(2, 4, 5, 9)];
    let mask = Mask::from_boxes(10, 8, &boxes);
    let image = MeasuredImage { boxes: &boxes, ..image(&uniform, &mask) };
    let measure = |image: MeasuredImage<'_>| match &EnergyPointingGame::default().measure(&image)[..] {
        [Measured::Number(energy)] => *energy,
        other => panic!("{other:?} is no number"),
    };
    // 4 x 5 and 4 x 6 pixels, two of them in both.
    assert_eq!(measure(image), Some((20.0 + 24.0 - 2.0) / 80.0));
    let mut inside = Map::new(10, 8, vec![0.0; 80]);
    inside.data[2 * 8 + 3] = 0.25;
    inside.data[9 * 8 + 5] = 1.0;
    assert_eq!(measure(MeasuredImage { map: &inside, ..image }), Some(1.0));
    assert_eq!(measure(MeasuredImage { map: &Map::new(10, 8, vec![0.0; 80]), ..image }), None);
    assert_eq!(measure(MeasuredImage { boxes: &[], ..image }), None);
}

/// The average drop of one image, a fraction: from the probabilities for the changed images that it asks for.
fn drop_of(image: &MeasuredImage<'_>, engine: &Engine) -> f64 {
    let metric = AverageDrop::default();
    let changed = metric.changed(image).expect("changed images");
    let mut scores = Vec::new();
    let write = |at: usize, pixels: &mut [f32]| changed.write(at, pixels);
    let read = |_: usize, logits: &[f32]| {
        scores.push(TargetScore::of(logits, image.target, camlab::nn::ClassProbabilities::Softmax))
    };
    engine.each(SIZE, changed.count(), 2, write, read).expect("passes");
    let mut rows = ImageColumns::default();
    for (column, value) in metric.columns().into_iter().zip(changed.measured(&scores)) {
        let Measured::Number(number) = value else { panic!("{value:?} is no number") };
        rows.quantities.insert(column.name, vec![number]);
    }
    metric.estimator(&rows).values(&[1])[0].expect("a number") / 100.0
}

/// A map of ones hides nothing; one of zeros leaves the probability of a black image; a rise counts as no drop.
#[test]
fn a_drop_is_relative_to_the_probability_before() {
    let network = network();
    let options = EngineOptions { precision: Precision::F32, size: SIZE, batch: 8, keep: Vec::new() };
    let engine = Engine::freeze(&network, options).expect("an engine");
    let images = images(1);
    let black = vec![0.0; images.pixels.len()];
    let of = |pixels: &[f32]| {
        let one = camlab::nn::Images { pixels: pixels.to_vec().into(), ..images.clone() };
        softmax(&network.infer(&one, &[]).expect("a pass").logits, 1.0)
    };
    let (whole, hidden) = (of(&images.pixels), of(&black));
    let map = |value: f32| Map::new(SIZE[0], SIZE[1], vec![value; SIZE[0] * SIZE[1]]);
    let (ones, zeros) = (map(1.0), map(0.0));
    let mask = Mask::from_boxes(SIZE[0], SIZE[1], &[]);
    let mut dropped = 0;
    for target in 0..CLASSES {
        let image = MeasuredImage { target, pixels: &images.pixels, ..image(&ones, &mask) };
        assert_eq!(drop_of(&image, &engine), 0.0);
        let expected = f64::from(((whole[target] - hidden[target]) / whole[target]).max(0.0));
        let hidden = MeasuredImage { map: &zeros, ..image };
        assert!((drop_of(&hidden, &engine) - expected).abs() < 1e-4, "class {target}");
        let known = MeasuredImage { probability: Some(whole[target]), ..hidden };
        assert!((drop_of(&known, &engine) - expected).abs() < 1e-4, "class {target}");
        dropped += usize::from(expected > 0.0);
    }
    assert!((1..CLASSES).contains(&dropped), "one probability falls and another rises");
}
