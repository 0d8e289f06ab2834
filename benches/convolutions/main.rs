//! Benchmark of the convolution kernels, which dominate forward passes and training steps, on every distinct layer of
//! ResNet-50 and VGG-16. divan prints the times; a second table gives GFLOP/s and the share of the machine's peak,
//! measured in the same run.
//!
//! The batch size is `CAMLAB_BENCH_BATCH` (default: 8). Arguments select kernels or layers: `cargo bench --bench
//! convolutions -- forward_f32`, `-- 3x3`.

mod layers;
mod rates;

use camlab::kernel::bf16::{Bf16Epilogue, Bf16Filter, available, conv2d_forward_bf16};
use camlab::kernel::{
    BackwardFilter, Epilogue, Filter, OutputRange, Residual, conv2d_backward_data, conv2d_backward_weights,
    conv2d_forward,
};
use divan::Bencher;
use half::bf16;

use layers::{Layer, layers};
use rates::{Arithmetic, rates};

fn main() {
    divan::main();
    print!("{}", rates().table());
}

/// Values in [-0.5, 0.5] with period 101; the kernels' times do not depend on the values.
fn numbers(len: usize) -> Vec<f32> {
    (0..len).map(|index| ((index * 37 % 101) as f32 - 50.0) / 100.0).collect()
}

/// Times `run`; panics on an error, which is a bug of the benchmark.
fn time<E: std::error::Error>(
    bencher: Bencher<'_, '_>,
    kernel: &'static str,
    arithmetic: Arithmetic,
    layer: &Layer,
    mut run: impl FnMut() -> Result<(), E>,
) {
    let bencher = bencher.counter(divan::counter::ItemsCount::new(layer.shape.flops()));
    bencher.bench_local(|| rates().time(kernel, arithmetic, layer, &mut run).expect("shapes that fit"));
}

#[divan::bench(args = layers(), max_time = 0.3)]
fn forward_f32(bencher: Bencher<'_, '_>, layer: &Layer) {
    let shape = &layer.shape;
    let input = numbers(shape.input_len());
    let bias = numbers(shape.output()[3]);
    let filter = Filter::pack(shape, &numbers(shape.weight_len())).expect("a weight of its length");
    let epilogue =
        Epilogue { bias: Some(&bias), residual: Residual::None, range: OutputRange::RELU, finish: None };
    let mut output = vec![0.0; shape.output_len()];
    time(bencher, "forward f32", Arithmetic::F32, layer, || {
        conv2d_forward(shape, &input, &filter, &epilogue, &mut output)
    });
}

#[divan::bench(args = layers(), max_time = 0.3, ignore = !available())]
fn forward_bf16(bencher: Bencher<'_, '_>, layer: &Layer) {
    let shape = &layer.shape;
    let input: Vec<bf16> = numbers(shape.input_len()).into_iter().map(bf16::from_f32).collect();
    let bias = numbers(shape.output()[3]);
    let filter = Bf16Filter::pack(shape, &numbers(shape.weight_len())).expect("a weight of its length");
    let epilogue = Bf16Epilogue { bias: Some(&bias), residual: Residual::None, range: OutputRange::RELU };
    let mut output = vec![bf16::ZERO; shape.output_len()];
    time(bencher, "forward bf16", Arithmetic::Bf16, layer, || {
        conv2d_forward_bf16(shape, &filter, &input, &epilogue, &mut output)
    });
}

// Training needs no gradient of the image.
#[divan::bench(args = layers().into_iter().filter(|layer| !layer.reads_image), max_time = 0.3)]
fn backward_data(bencher: Bencher<'_, '_>, layer: &Layer) {
    let shape = &layer.shape;
    let (weight, gradient) = (numbers(shape.weight_len()), numbers(shape.output_len()));
    let mut input_gradient = vec![0.0; shape.input_len()];
    time(bencher, "backward data", Arithmetic::F32, layer, || {
        let filter = BackwardFilter::pack(shape, &weight)?;
        conv2d_backward_data(shape, &filter, &gradient, false, &mut input_gradient)
    });
}

#[divan::bench(args = layers(), max_time = 0.3)]
fn backward_weights(bencher: Bencher<'_, '_>, layer: &Layer) {
    let shape = &layer.shape;
    let (input, gradient) = (numbers(shape.input_len()), numbers(shape.output_len()));
    let mut weight_gradient = vec![0.0; shape.weight_len()];
    time(bencher, "backward weights", Arithmetic::F32, layer, || {
        conv2d_backward_weights(shape, &input, &gradient, false, &mut weight_gradient)
    });
}
