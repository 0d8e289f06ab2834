//! Every op of the dfdx tape interface, forward and backward, compared with PyTorch
//! (`fixtures/golden/seam/make.py`).

use std::collections::HashMap;

use camlab_kernel::{AxisPadding, PoolGeometry};
use camlab_nn::ops::{self, BnMode};
use camlab_nn::{ConvGeometry, Recorder, Value, take_gradient};
use dfdx::losses::cross_entropy_with_logits_loss;
use dfdx::prelude::{AsArray, Backward, Cpu, TensorFromVec};
use safetensors::SafeTensors;
use serde::Deserialize;

const TOLERANCE: f32 = 1e-4;

/// One op with its options, from the golden file's metadata.
#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
enum Case {
    Conv2d { stride: [usize; 2], padding: [usize; 2], dilation: [usize; 2], groups: usize },
    BatchNorm { training: bool, eps: f32 },
    Relu {},
    Add {},
    MaxPool2d { kernel: [usize; 2], stride: [usize; 2], padding: [usize; 2], dilation: [usize; 2] },
    AvgPool2d { kernel: [usize; 2], stride: [usize; 2], padding: [usize; 2], count_include_pad: bool },
    GlobalAvgPool2d {},
    Linear {},
    SubsamplePadChannels { out_channels: usize },
    CrossEntropy { smoothing: f32 },
}

/// The tensors of one case: shape and elements, images in `[n, h, w, c]` order.
type Tensors = HashMap<String, (Vec<usize>, Vec<f32>)>;

fn cases() -> Vec<(String, Case, Tensors)> {
    let bytes = include_bytes!("../../../../fixtures/golden/seam/goldens.safetensors");
    let (_, header) = SafeTensors::read_metadata(bytes).unwrap();
    let file = SafeTensors::deserialize(bytes).unwrap();
    let metadata = header.metadata().as_ref().unwrap();
    let mut cases: Vec<_> = metadata
        .iter()
        .map(|(name, options)| {
            let prefix = format!("{name}/");
            let own = file.tensors().into_iter().filter_map(|(key, view)| {
                let elements = view.data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap()));
                let (name, elements) = (key.strip_prefix(&prefix)?, elements.collect::<Vec<f32>>());
                let tensor = match name {
                    // Weights keep PyTorch's order.
                    "w" | "grad.w" => (view.shape().to_vec(), elements),
                    _ => crate::support::to_nhwc(view.shape(), &elements),
                };
                Some((name.to_owned(), tensor))
            });
            (name.clone(), serde_json::from_str(options).unwrap(), own.collect())
        })
        .collect();
    cases.sort_by(|a, b| a.0.cmp(&b.0));
    cases
}

/// Runs the op on leaves with the names of the golden file.
fn run(case: &Case, recorder: &mut Recorder, leaves: &HashMap<&str, Value>, tensors: &Tensors) -> Value {
    let x = &leaves["x"];
    match *case {
        Case::Conv2d { stride, padding, dilation, groups } => {
            let geometry = ConvGeometry { stride, padding: padding.map(AxisPadding::even), dilation, groups };
            ops::conv2d(recorder, x, &leaves["w"], leaves.get("b"), geometry).unwrap()
        }
        Case::BatchNorm { training, eps } => {
            let (mean, var) = (&tensors["mean"].1, &tensors["var"].1);
            let mode = if training { BnMode::Batch } else { BnMode::Running { mean, var } };
            let (gamma, beta) = (&leaves["gamma"], &leaves["beta"]);
            let (output, statistics) = ops::batch_norm(recorder, x.clone(), gamma, beta, mode, eps).unwrap();
            assert_eq!(statistics.is_some(), training);
            if let Some(statistics) = statistics {
                assert!(crate::support::relative_error(&statistics.mean, mean) < TOLERANCE);
                assert!(crate::support::relative_error(&statistics.var_unbiased, var) < TOLERANCE);
            }
            output
        }
        Case::Relu {} => ops::relu(recorder, x.clone()).unwrap(),
        Case::Add {} => ops::add(recorder, x.clone(), leaves["b"].clone()).unwrap(),
        Case::MaxPool2d { kernel, stride, padding, dilation } => {
            let padding = padding.map(AxisPadding::even);
            let geometry = PoolGeometry { kernel, stride, padding, dilation, ..PoolGeometry::default() };
            ops::max_pool2d(recorder, x, geometry).unwrap()
        }
        Case::AvgPool2d { kernel, stride, padding, count_include_pad } => {
            let padding = padding.map(AxisPadding::even);
            let geometry = PoolGeometry { kernel, stride, padding, ..PoolGeometry::default() };
            ops::avg_pool2d(recorder, x, geometry, count_include_pad).unwrap()
        }
        Case::GlobalAvgPool2d {} => ops::global_avg_pool2d(recorder, x).unwrap(),
        Case::Linear {} => ops::linear(recorder, x, &leaves["w"], leaves.get("b")).unwrap(),
        Case::SubsamplePadChannels { out_channels } => {
            ops::subsample_pad_channels(recorder, x, out_channels).unwrap()
        }
        Case::CrossEntropy { .. } => unreachable!("is dfdx's own op"),
    }
}

#[test]
fn ops_agree_with_torch() {
    let mut worst = (0.0, String::new());
    let mut count = 0;
    for (name, case, tensors) in cases() {
        if matches!(case, Case::CrossEntropy { .. }) {
            continue;
        }
        count += 1;
        let mut recorder = Recorder::new(&Cpu::default());
        let leaves: HashMap<&str, Value> = tensors
            .keys()
            .filter_map(|key| key.strip_prefix("grad."))
            .map(|key| (key, crate::support::leaf(&recorder, &tensors[key].1, &tensors[key].0)))
            .collect();
        let output = run(&case, &mut recorder, &leaves, &tensors);
        assert_eq!(output.shape, tensors["output"].0, "{name}: shape");
        let mut compare = |what: &str, found: &[f32], expected: &[f32]| {
            let error = crate::support::relative_error(found, expected);
            assert!(error <= TOLERANCE, "{name}: {what} is off by {error:e}");
            if error > worst.0 {
                worst = (error, format!("{name}: {what}"));
            }
        };
        compare("output", &output.data, &tensors["output"].1);
        let mut grads = crate::support::backward(recorder, &output, &tensors["dy"].1);
        for (key, value) in &leaves {
            let found = take_gradient(&mut grads, value).unwrap();
            compare(key, &found, &tensors[&format!("grad.{key}")].1);
        }
    }
    assert_eq!(count, 37, "cases in the golden file");
    println!("{count} cases, worst relative error {:e} ({})", worst.0, worst.1);
}

#[test]
fn dfdx_cross_entropy_composes_with_the_tape() {
    for (name, case, tensors) in cases() {
        let Case::CrossEntropy { smoothing } = case else { continue };
        let (shape, x) = &tensors["x"];
        let (rows, classes) = (shape[0], shape[1]);
        // A mixture of the label's one-hot row and the uniform distribution, as PyTorch's label_smoothing.
        let mut targets = vec![smoothing / classes as f32; rows * classes];
        for (row, &label) in targets.chunks_exact_mut(classes).zip(&tensors["labels"].1) {
            row[label as usize] += 1.0 - smoothing;
        }
        let device = Cpu::default();
        let recorder = Recorder::new(&device);
        let leaf = crate::support::leaf(&recorder, x, shape);
        let logits = recorder.into_logits(&leaf).unwrap();
        let loss = cross_entropy_with_logits_loss(logits, device.tensor_from_vec(targets, (rows, classes)));
        assert!(
            crate::support::relative_error(&[loss.array()], &tensors["output"].1) < TOLERANCE,
            "{name}: loss"
        );
        let gradient = take_gradient(&mut loss.backward(), &leaf).unwrap();
        assert!(
            crate::support::relative_error(&gradient, &tensors["grad.x"].1) < TOLERANCE,
            "{name}: gradient"
        );
    }
}
