//! Crops of random size and random colours: what is drawn.

use camlab::base::random;
use camlab::data::{
    Augment, Augmentation, ColorJitter, InputSize, InputSpec, PixelNormalisation, ResampleFilter,
    ResizedCrop, Shift,
};
use camlab::raster::Rgb;

fn input() -> InputSpec {
    InputSpec {
        size: InputSize::square(8),
        normalise: PixelNormalisation::Imagenet,
        filter: ResampleFilter::Bilinear,
    }
}

fn photo() -> Rgb {
    let data = (0..12 * 16 * 3).map(|at| (at * 7919 % 256) as u8).collect();
    Rgb { height: 12, width: 16, data }
}

fn apply(options: &Augment, epoch: usize, index: usize) -> Rgb {
    Augmentation { options: options.clone(), seed: 5, epoch }.apply(photo(), index, &input())
}

/// Means and deviations of 20 000 draws are torchvision's.
#[test]
fn resized_crops_are_drawn_as_torchvision_draws_them() {
    let golden: serde_json::Value =
        serde_json::from_str(include_str!("../../../fixtures/golden/training/resized-crop.json")).unwrap();
    for (name, wanted) in golden.as_object().unwrap() {
        let pair = |key: &str| [0, 1].map(|at| wanted[key][at].as_f64().unwrap());
        let crop = ResizedCrop { scale: pair("scale"), ratio: pair("ratio") };
        let [height, width] = pair("size").map(|side| side as usize);
        let mut random = random::stream(1, name);
        let draws: Vec<[f64; 4]> = (0..20_000)
            .map(|_| {
                let window = crop.draw(height, width, &mut random);
                assert!(window.top + window.height <= height && window.left + window.width <= width);
                let place = |at: usize, free: usize| at as f64 / free.max(1) as f64;
                [
                    (window.height * window.width) as f64 / (height * width) as f64,
                    (window.width as f64 / window.height as f64).ln(),
                    place(window.top, height - window.height),
                    place(window.left, width - window.width),
                ]
            })
            .collect();
        for (at, key) in ["share", "log-ratio", "top", "left"].iter().enumerate() {
            let count = draws.len() as f64;
            let mean = draws.iter().map(|draw| draw[at]).sum::<f64>() / count;
            let variance = draws.iter().map(|draw| (draw[at] - mean).powi(2)).sum::<f64>() / count;
            let [wanted_mean, deviation] = pair(key);
            // Five standard errors of the difference of two means of 20 000.
            let near = 5.0 * deviation * (2.0 / count).sqrt() + 1e-9;
            assert!((mean - wanted_mean).abs() <= near, "{name} {key}: {mean} for {wanted_mean}");
            assert!((variance.sqrt() - deviation).abs() <= 0.05 * deviation + 1e-9, "{name} {key}");
        }
    }
}

#[test]
fn switching_one_change_on_leaves_the_others_draws_alone() {
    let flip = Augment { flip: true, crop_padding: 2, ..Augment::default() };
    let jitter = ColorJitter { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 };
    let mut changed = 0;
    for index in 0..40 {
        let plain = apply(&flip, 1, index);
        let bright = apply(&Augment { color_jitter: Some(jitter), ..flip.clone() }, 1, index);
        assert_eq!(bright, apply(&Augment { color_jitter: Some(jitter), ..flip.clone() }, 1, index));
        // The same crop and flip under other colours: padding is black under any of them but hue and contrast.
        let shifts = jitter.draw(&mut random::stream(5, &format!("augment/1/{index}/color-jitter")));
        let mut expected = plain.clone();
        shifts.iter().for_each(|shift| shift.apply(&mut expected));
        assert_eq!(bright, expected);
        changed += usize::from(bright != plain);
        // One amount less leaves what is drawn for the rest.
        let without = ColorJitter { hue: 0.0, ..jitter };
        let fewer = without.draw(&mut random::stream(5, &format!("augment/1/{index}/color-jitter")));
        let kept: Vec<Shift> = shifts.into_iter().filter(|shift| !matches!(shift, Shift::Hue(_))).collect();
        assert_eq!(fewer, kept);
    }
    assert!(changed >= 39, "{changed}");
}

#[test]
fn a_resized_crop_has_the_inputs_size_and_differs_by_epoch() {
    let options = Augment { random_resized_crop: Some(ResizedCrop::default()), ..Augment::default() };
    let first = apply(&options, 0, 3);
    assert_eq!((first.height, first.width, first.data.len()), (8, 8, 192));
    assert_eq!(first, apply(&options, 0, 3));
    assert_ne!(first, apply(&options, 1, 3));
    assert_ne!(first, apply(&options, 0, 4));
    let whole = ResizedCrop { scale: [1.0, 1.0], ratio: [16.0 / 12.0, 16.0 / 12.0] };
    let whole = Augment { random_resized_crop: Some(whole), ..Augment::default() };
    assert_eq!(apply(&whole, 0, 3), apply(&Augment::default(), 0, 3));
}
