use super::importer::{Convert, Operators};
use super::{arithmetic, convolution, normalisation, pooling, reshape, unary};

/// All of them.
pub(super) const OPERATORS: Operators =
    Operators { convert: handler, folds: |operator| CONSTANTS.contains(&operator) };

/// Operators that are computed at import, on constants only.
const CONSTANTS: &[&str] = &[
    "Constant",
    "ConstantOfShape",
    "Range",
    "Expand",
    "Floor",
    "Ceil",
    "Abs",
    "Exp",
    "Min",
    "Max",
    "Equal",
    "Less",
    "Greater",
    "Where",
    "ReduceProd",
];

/// The conversion of an operator on activations; `None` if there is none.
fn handler(operator: &str) -> Option<Convert> {
    let convert: Convert = match operator {
        "Conv" => convolution::conv,
        "Gemm" => convolution::gemm,
        "MatMul" => convolution::mat_mul,
        "BatchNormalization" => normalisation::batch_norm,
        "LayerNormalization" => normalisation::layer_norm,
        "InstanceNormalization" => normalisation::instance_norm,
        "GroupNormalization" => normalisation::group_norm,
        "LRN" => normalisation::lrn,
        "MaxPool" => pooling::max_pool,
        "AveragePool" => pooling::average_pool,
        "GlobalAveragePool" => pooling::global_average,
        "GlobalMaxPool" => pooling::global_max,
        "ReduceMean" => pooling::reduce_mean,
        "Pad" => pooling::pad,
        "Resize" | "Upsample" => pooling::resize,
        "Relu" => unary::relu,
        "Clip" => unary::clip,
        "LeakyRelu" | "Elu" | "Selu" | "Sigmoid" | "HardSigmoid" | "HardSwish" | "Tanh" | "Gelu" | "Erf"
        | "Neg" | "Reciprocal" | "Sqrt" | "Swish" => unary::function,
        "PRelu" => unary::prelu,
        "Softmax" => unary::softmax,
        "Identity" | "Dropout" | "Cast" => unary::identity,
        "Add" | "Sub" | "Mul" | "Div" => arithmetic::binary,
        "Min" | "Max" => unary::limit,
        "Sum" => arithmetic::sum,
        "Pow" => arithmetic::pow,
        "Concat" => reshape::concat,
        "Split" => reshape::split,
        "Slice" => reshape::slice,
        "Gather" => reshape::gather,
        "Transpose" => reshape::transpose,
        "Reshape" => reshape::reshape,
        "Flatten" => reshape::flatten,
        "Squeeze" => reshape::squeeze,
        "Unsqueeze" => reshape::unsqueeze,
        "Shape" => reshape::shape,
        _ => return None,
    };
    Some(convert)
}
