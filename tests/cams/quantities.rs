//! Numbers that metrics measure themselves, by their definitions.

use crate::support::small::{CLASSES, SIZE, images, network};
use camlab::engine::{Engine, EngineOptions, Precision, Variants};
use camlab::nn::softmax;
use camlab::parts::metric::{AverageDrop, EnergyPointingGame, MeasuredImage, Quantity};
use camlab::raster::{Map, PixelBox};

/// Of a uniform map the boxes hold their share of the pixels, those under two boxes counted once; of a map that is 0
/// outside they hold all.
#[test]
fn energy_is_shared_between_the_boxes_and_the_rest() {
    let uniform = Map::new(10, 8, vec![0.5; 80]);
    let boxes = [PixelBox::new(0, 0, 3, 4), PixelBox::new(2, 4, 5, 9)];
    let image =
        MeasuredImage { map: &uniform, boxes: &boxes, label: 0, target: 0, probability: None, passes: None };
    let measure =
        |image: MeasuredImage<'_>| EnergyPointingGame::default().measure(&image).expect("no passes");
    // 4 x 5 and 4 x 6 pixels, two of them in both.
    assert_eq!(measure(image), Some((20.0 + 24.0 - 2.0) / 80.0));
    let mut inside = Map::new(10, 8, vec![0.0; 80]);
    inside.data[2 * 8 + 3] = 0.25;
    inside.data[9 * 8 + 5] = 1.0;
    assert_eq!(measure(MeasuredImage { map: &inside, ..image }), Some(1.0));
    assert_eq!(measure(MeasuredImage { map: &Map::new(10, 8, vec![0.0; 80]), ..image }), None);
    assert_eq!(measure(MeasuredImage { boxes: &[], ..image }), None);
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
    let passes = Some(Variants::new(&engine, &images.pixels, SIZE).expect("an image"));
    let map = |value: f32| Map::new(SIZE[0], SIZE[1], vec![value; SIZE[0] * SIZE[1]]);
    let (ones, zeros) = (map(1.0), map(0.0));
    let mut dropped = 0;
    for target in 0..CLASSES {
        let image = MeasuredImage { map: &ones, boxes: &[], label: 0, target, probability: None, passes };
        let measure = |image| AverageDrop::default().measure(&image).expect("passes").expect("a number");
        assert_eq!(measure(image), 0.0);
        let expected = f64::from(((whole[target] - hidden[target]) / whole[target]).max(0.0));
        assert!((measure(MeasuredImage { map: &zeros, ..image }) - expected).abs() < 1e-4, "class {target}");
        let known = MeasuredImage { map: &zeros, probability: Some(whole[target]), ..image };
        assert!((measure(known) - expected).abs() < 1e-4, "class {target}");
        dropped += usize::from(expected > 0.0);
    }
    assert!((1..CLASSES).contains(&dropped), "one probability falls and another rises");
}
