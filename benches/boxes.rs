//! Benchmark of the box evaluation: the boxes of one 224x224 map at every threshold, and their IoU with one
//! ground-truth box, for MaxBoxAcc and MaxBoxAccV2 together. `benches/peers/run.sh` compares it with wsolevaluation's
//! OpenCV loop (`benches/peers/engines/opencv_boxes.py`) on the same maps.

use camlab::raster::boxes::{Evaluator, LevelIou};
use camlab::raster::{Interpolation, Map, PixelBox, min_max_in_place, resize};

const SIDE: usize = 224;

fn main() {
    divan::main();
}

/// Pseudo-random numbers in `[0, 1)`, the same as in `opencv_boxes.py`.
fn draws(count: usize) -> Vec<f32> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 16_777_216.0
    };
    (0..count).map(|_| next()).collect()
}

/// Stand-in for a class activation map: 7x7 random values (the grid of ResNet-50's layer4), upsampled.
fn smooth() -> Map {
    let mut map = resize(&Map::new(7, 7, draws(7 * 7)), SIDE, SIDE, Interpolation::Bicubic);
    min_max_in_place(&mut map);
    map
}

/// Stand-in for a saliency map of raw input gradients: independent random pixels.
fn noisy() -> Map {
    let mut map = Map::new(SIDE, SIDE, draws(SIDE * SIDE));
    min_max_in_place(&mut map);
    map
}

fn evaluate(bencher: divan::Bencher<'_, '_>, map: Map) {
    let truth = [PixelBox::new(40, 30, 170, 190)];
    let mut iou = LevelIou::default();
    match Evaluator::new(SIDE, SIDE) {
        Ok(mut evaluator) => bencher.bench_local(|| {
            let boxes = evaluator.sweep(&map);
            boxes.map(|boxes| boxes.iou_into(&truth, &mut iou)).is_ok()
        }),
        Err(error) => eprintln!("{error}"),
    }
}

#[divan::bench]
fn smooth_map(bencher: divan::Bencher<'_, '_>) {
    evaluate(bencher, smooth());
}

#[divan::bench]
fn noisy_map(bencher: divan::Bencher<'_, '_>) {
    evaluate(bencher, noisy());
}
