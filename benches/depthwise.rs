//! Depthwise convolutions against the memory's speed: the time of a kernel on a layer beside that of copying as many bytes as it
//! reads and writes, with the same threads, in turns.
//!
//! `cargo bench --bench depthwise`, `-- 14x14` for some layers only; the batch size is `CAMLAB_BENCH_BATCH` (default: 8).

use std::hint::black_box;
use std::time::Instant;

use camlab::kernel::{
    AxisPadding, ConvGeometry, ConvShape, Epilogue, Filter, OutputRange, Residual, conv2d_forward,
    spread_chunks, with_team,
};

/// Runs of each; the shortest counts, since other work on the machine only lengthens them.
const ROUNDS: usize = 200;

/// Depthwise layers of MobileNetV2 (3x3) and EfficientNet-Lite0 (5x5) at 224x224 pixels: side of the input, channels, window,
/// stride.
const LAYERS: [[usize; 4]; 13] = [
    [112, 32, 3, 1],
    [112, 96, 3, 2],
    [56, 144, 3, 1],
    [56, 144, 3, 2],
    [28, 192, 3, 1],
    [14, 384, 3, 1],
    [14, 576, 3, 1],
    [7, 960, 3, 1],
    [56, 144, 5, 2],
    [28, 240, 5, 1],
    [14, 480, 5, 1],
    [14, 672, 5, 1],
    [7, 1152, 5, 1],
];

fn main() {
    let batch = std::env::var("CAMLAB_BENCH_BATCH").ok().and_then(|batch| batch.parse().ok()).unwrap_or(8);
    println!("batch {batch}; share: time of copying as many bytes / time of the convolution");
    let chosen = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    for [side, channels, kernel, stride] in LAYERS {
        let name = format!("{side}x{side} {channels} channels {kernel}x{kernel}/{stride}");
        if chosen.as_ref().is_some_and(|chosen| !name.contains(chosen)) {
            continue;
        }
        let geometry = ConvGeometry {
            stride: [stride; 2],
            padding: [AxisPadding::even(kernel / 2); 2],
            dilation: [1; 2],
            groups: channels,
        };
        let shape = ConvShape::new([batch, side, side, channels], channels, [kernel; 2], geometry);
        let shape = shape.expect("a shape that fits");
        let numbers = |len: usize| (0..len).map(|at| (at % 101) as f32 / 101.0).collect::<Vec<f32>>();
        let (input, bias) = (numbers(shape.input_len()), numbers(channels));
        let filter = Filter::pack(&shape, &numbers(shape.weight_len())).expect("a weight of its length");
        let range = OutputRange { low: 0.0, high: 6.0 };
        let epilogue = Epilogue { bias: Some(&bias), residual: Residual::None, range, finish: None };
        let mut output = vec![0.0; shape.output_len()];
        let mut copied = vec![0.0; (input.len() + output.len()) / 2];
        let (mut convolving, mut copying) = (Vec::new(), Vec::new());
        rayon::scope(|_| {
            with_team(|| {
                for _ in 0..ROUNDS {
                    convolving.push(seconds(|| {
                        conv2d_forward(&shape, &input, &filter, &epilogue, &mut output)
                            .expect("lengths that fit");
                    }));
                    copying.push(seconds(|| {
                        spread_chunks(&mut copied, 1 << 15, &|at, part: &mut [f32]| {
                            let from = (at << 15).min(input.len() - part.len());
                            part.copy_from_slice(&input[from..][..part.len()]);
                        });
                    }));
                    black_box((&output, &copied));
                }
            });
        });
        let [convolving, copying] =
            [convolving, copying].map(|times| times.into_iter().min_by(f64::total_cmp).unwrap_or(f64::NAN));
        let bytes = 4 * (input.len() + output.len());
        println!(
            "{name:<30}{:7.3} ms, {:5.1} GB/s, {:5.1} GFLOP/s, share {:.2}",
            1e3 * convolving,
            bytes as f64 / convolving / 1e9,
            shape.flops() as f64 / convolving / 1e9,
            copying / convolving
        );
    }
}

fn seconds(work: impl FnOnce()) -> f64 {
    let started = Instant::now();
    work();
    started.elapsed().as_secs_f64()
}
