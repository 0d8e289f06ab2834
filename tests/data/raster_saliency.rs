//! Saliency against OpenCV (`fixtures/golden/saliency/make.py`).

use camlab::raster::{Map, Rgb, fine_grained_saliency, spectral_residual};

const GOLDEN: &str = include_str!("../../fixtures/golden/saliency/saliency.json");

/// The image of `make.py`.
fn image(height: usize, width: usize, colour: bool) -> Rgb {
    let mut data = Vec::with_capacity(height * width * 3);
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        for channel in [0, 1, 2].map(|channel| if colour { channel } else { 0 }) {
            let back = (x * 2 + y * (3 - channel) + ((x * y) >> 5) + channel * 40) % 160
                + (x * 7919 + y * 104_729) % 23;
            let away = x.abs_diff(width / 3).pow(2) + y.abs_diff(height / 2).pow(2);
            let bars =
                if ((x + 2 * y) / 3).is_multiple_of(2) { 235 - 30 * channel } else { 20 + 15 * channel };
            data.push(if away * 25 < height.min(width).pow(2) { bars } else { back } as u8);
        }
    }
    Rgb { height, width, data }
}

#[test]
fn saliency_is_opencvs() {
    let golden: serde_json::Value = serde_json::from_str(GOLDEN).expect("golden numbers");
    let (mut worst, mut steps) = (0.0f64, [0usize; 2]);
    for case in golden["cases"].as_array().expect("cases") {
        let number = |name: &str| case[name].as_u64().expect("a number") as usize;
        let (height, width, step) = (number("height"), number("width"), number("step"));
        let photo = image(height, width, case["colour"].as_bool().expect("a flag"));
        assert_eq!(photo.data.iter().map(|level| usize::from(*level)).sum::<usize>(), number("levels"));
        let sampled = |map: Map| -> Vec<f64> {
            assert_eq!((map.height, map.width), (height, width));
            let rows = map.data.chunks_exact(width).step_by(step);
            rows.flat_map(|row| row.iter().step_by(step).map(|value| f64::from(*value))).collect()
        };
        let wanted = |name: &str| -> Vec<f64> {
            let values = case[name].as_array().expect("values").iter();
            values.map(|value| value.as_f64().expect("a number")).collect()
        };
        let (found, opencv) = (sampled(spectral_residual(&photo)), wanted("spectral-residual"));
        assert_eq!(found.len(), opencv.len());
        let off = found.iter().zip(&opencv).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        worst = worst.max(off);
        for (value, level) in sampled(fine_grained_saliency(&photo)).iter().zip(wanted("fine-grained")) {
            steps[usize::from((value * 255.0).round() != level)] += 1;
        }
    }
    assert!(worst < 1e-4, "spectral residual is off by {worst}");
    assert_eq!(steps[1], 0, "of {} pixels differ by a grey level or more", steps[0] + steps[1]);
}

#[test]
fn images_without_content_are_not_salient() {
    for (height, width) in [(1, 1), (1, 9), (7, 1), (5, 6)] {
        let flat = Rgb { height, width, data: vec![90; height * width * 3] };
        let zeros = Map::new(height, width, vec![0.0; height * width]);
        assert_eq!(spectral_residual(&flat), zeros);
        assert_eq!(fine_grained_saliency(&flat), zeros);
    }
    let empty = Rgb { height: 0, width: 0, data: Vec::new() };
    assert!(spectral_residual(&empty).data.is_empty() && fine_grained_saliency(&empty).data.is_empty());
}
