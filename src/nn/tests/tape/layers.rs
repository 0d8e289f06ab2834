//! Element-wise functions, layers, uneven windows and pooling by ceiling, compared with PyTorch
//! (`fixtures/golden/layers/make.py`).

use camlab_kernel::{AxisPadding, ConvGeometry, PoolGeometry};
use camlab_nn::graph::function::*;
use camlab_nn::graph::layer::*;
use camlab_nn::graph::{Function, Layer};
use camlab_nn::{Recorder, Value, ops, take_gradient};
use dfdx::prelude::Cpu;
use safetensors::SafeTensors;

const TOLERANCE: f32 = 1e-5;

/// An operation of the golden file.
enum Golden {
    Function(Function),
    Layer(Layer),
    Conv(ConvGeometry),
    MaxPool(PoolGeometry),
    AvgPool(PoolGeometry, bool),
}

fn pads(before: [usize; 2], after: [usize; 2]) -> [AxisPadding; 2] {
    [0, 1].map(|axis| AxisPadding { before: before[axis], after: after[axis] })
}

/// The operation of a case.
fn golden(name: &str) -> Golden {
    let function = |function: Function| Golden::Function(function);
    let layer = |layer: Layer| Golden::Layer(layer);
    let arithmetic = |op| layer(Arithmetic { op }.into());
    let ceil = PoolGeometry {
        kernel: [3; 2],
        stride: [2; 2],
        padding: [AxisPadding::even(1); 2],
        ceil: true,
        ..PoolGeometry::default()
    };
    let norm = |groups| layer(GroupNorm { groups, channels: 6, eps: 1e-3 }.into());
    let resize = |mode, coordinates, size| layer(Resize { size, mode, coordinates }.into());
    let (half, corners) = (ResizeCoordinates::HalfPixel, ResizeCoordinates::AlignCorners);
    match name {
        "relu6" => function(Clip::RELU6.into()),
        "clip" => function(Clip { low: -0.5, high: 1.25 }.into()),
        "leaky-relu" => function(LeakyRelu { slope: 0.1 }.into()),
        "elu" => function(Elu::new(0.7).into()),
        "selu" => function(Elu::SELU.into()),
        "silu" => function(Silu.into()),
        "gelu-erf" => function(Gelu::Erf.into()),
        "gelu-tanh" => function(Gelu::Tanh.into()),
        "sigmoid" => function(Sigmoid.into()),
        "hard-sigmoid" => function(HardSigmoid::SIXTH.into()),
        "hard-swish" => function(HardSwish.into()),
        "tanh" => function(Tanh.into()),
        "erf" => function(Erf.into()),
        "rescale" => function(Rescale { scale: -1.5, shift: 0.25 }.into()),
        "power" => function(Power { exponent: 1.5 }.into()),
        name if name.starts_with("add-") => arithmetic(ArithmeticOp::Add),
        name if name.starts_with("sub-") => arithmetic(ArithmeticOp::Sub),
        name if name.starts_with("mul-") => arithmetic(ArithmeticOp::Mul),
        name if name.starts_with("div-") => arithmetic(ArithmeticOp::Div),
        "concat" => layer(Concat.into()),
        "slice-channels" => layer(Slice::of_channels(2, 3).into()),
        "slice-all" => {
            layer(Slice { start: [1, 1, 0], count: [None, Some(3), None], step: [2, 1, 3] }.into())
        }
        "pad-constant" => layer(Pad { padding: pads([1, 2], [3, 0]), mode: PadMode::Constant(0.75) }.into()),
        "pad-reflect" => layer(Pad { padding: pads([1, 2], [0, 3]), mode: PadMode::Reflect }.into()),
        "pad-edge" => layer(Pad { padding: pads([1, 2], [0, 3]), mode: PadMode::Edge }.into()),
        "shuffle" => layer(ChannelShuffle { groups: 3 }.into()),
        "affine" => layer(ChannelAffine { channels: 6 }.into()),
        "prelu-one" => layer(Prelu { slopes: 1 }.into()),
        "prelu-each" => layer(Prelu { slopes: 6 }.into()),
        "softmax" | "softmax-vector" => layer(Softmax.into()),
        "lrn" => layer(Lrn { size: 5, alpha: 0.3, beta: 0.75, bias: 2.0 }.into()),
        "group-norm" => norm(3),
        "instance-norm" => norm(6),
        "layer-norm" => layer(LayerNorm { channels: 6, eps: 1e-3 }.into()),
        "layer-norm-vector" => layer(LayerNorm { channels: 9, eps: 1e-5 }.into()),
        "global-max" => layer(GlobalMaxPool.into()),
        "grid-average" => layer(GridAverage { height: Some(3), width: Some(4) }.into()),
        "resize-nearest" => resize(
            ResizeMode::Nearest(Rounding::Floor),
            ResizeCoordinates::Asymmetric,
            ResizeSize::Pixels([9, 4]),
        ),
        "resize-bilinear" => resize(ResizeMode::Linear, half, ResizeSize::Pixels([9, 4])),
        "resize-bilinear-corners" => resize(ResizeMode::Linear, corners, ResizeSize::Pixels([9, 12])),
        "resize-bicubic" => resize(ResizeMode::Cubic(-0.75), half, ResizeSize::Pixels([9, 12])),
        "resize-bilinear-twice" => resize(ResizeMode::Linear, half, ResizeSize::Factors([2.0; 2])),
        "max-pool-ceil" => Golden::MaxPool(ceil),
        "avg-pool-ceil-padded" => Golden::AvgPool(ceil, true),
        "avg-pool-ceil-inside" => Golden::AvgPool(ceil, false),
        "conv-uneven" => {
            Golden::Conv(ConvGeometry { stride: [2, 1], padding: pads([2, 0], [1, 1]), ..Default::default() })
        }
        "conv-depthwise" => Golden::Conv(ConvGeometry {
            stride: [2; 2],
            padding: pads([0, 0], [1, 1]),
            groups: 6,
            ..Default::default()
        }),
        unknown => panic!("the golden file has an unknown case {unknown}"),
    }
}

fn run(golden: &Golden, recorder: &mut Recorder, inputs: &[Value], parameters: &[Value]) -> Value {
    let x = &inputs[0];
    match golden {
        Golden::Function(by) => ops::function(recorder, x.clone(), *by).unwrap(),
        Golden::Layer(by) => ops::layer(recorder, by, inputs.to_vec(), parameters).unwrap(),
        Golden::Conv(geometry) => {
            ops::conv2d(recorder, x, &parameters[0], parameters.get(1), *geometry).unwrap()
        }
        Golden::MaxPool(geometry) => ops::max_pool2d(recorder, x, *geometry).unwrap(),
        Golden::AvgPool(geometry, include) => ops::avg_pool2d(recorder, x, *geometry, *include).unwrap(),
    }
}

#[test]
fn functions_layers_and_windows_agree_with_torch() {
    let bytes = include_bytes!("../../../../fixtures/golden/layers/layers.safetensors");
    let file = SafeTensors::deserialize(bytes).unwrap();
    let read = |case: &str, key: &str| -> Option<(Vec<usize>, Vec<f32>)> {
        let view = file.tensor(&format!("{case}/{key}")).ok()?;
        let values: Vec<f32> =
            view.data().chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect();
        // Parameters keep PyTorch's order.
        Some(match key.contains('p') || view.shape().len() != 4 {
            true => (view.shape().to_vec(), values),
            false => crate::support::to_nhwc(view.shape(), &values),
        })
    };
    let mut names: Vec<&str> = file.names().into_iter().filter_map(|name| name.strip_suffix("/dy")).collect();
    names.sort_unstable();
    for case in &names {
        let golden = golden(case);
        let mut recorder = Recorder::new(&Cpu::default());
        let keys = |prefix: &str| -> Vec<String> {
            (0..).map(|at| format!("{prefix}{at}")).take_while(|key| read(case, key).is_some()).collect()
        };
        let leaves = |keys: &[String], recorder: &Recorder| -> Vec<Value> {
            let leaf = |key: &String| {
                read(case, key).map(|(shape, data)| crate::support::leaf(recorder, &data, &shape))
            };
            keys.iter().filter_map(leaf).collect()
        };
        let (xs, ps) = (keys("x"), keys("p"));
        let (inputs, parameters) = (leaves(&xs, &recorder), leaves(&ps, &recorder));
        let output = run(&golden, &mut recorder, &inputs, &parameters);
        let (shape, wanted) = read(case, "y").unwrap();
        assert_eq!(output.shape, shape, "{case}");
        let compare = |what: &str, found: &[f32], wanted: &[f32]| {
            let error = crate::support::relative_error(found, wanted);
            assert!(error <= TOLERANCE, "{case}: {what} is off by {error:e}");
        };
        compare("y", &output.data, &wanted);
        let mut grads = crate::support::backward(recorder, &output, &read(case, "dy").unwrap().1);
        for (key, value) in xs.iter().chain(&ps).zip(inputs.iter().chain(&parameters)) {
            let wanted = read(case, &format!("g{key}")).unwrap().1;
            compare(&format!("g{key}"), &take_gradient(&mut grads, value).unwrap(), &wanted);
        }
    }
    assert_eq!(names.len(), 60, "cases in the golden file");
}
