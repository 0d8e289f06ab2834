use camlab_nn::graph::layer::{
    Arithmetic, ArithmeticOp, ChannelShuffle, GridAverage, GroupNorm, PadMode, Resize, ResizeCoordinates,
    ResizeMode, ResizeSize, Rounding,
};
use camlab_nn::graph::{Extent, Layer, NodeId};

use super::writer::{WriteAttributes as _, Writer};

/// Writes the nodes of a layer.
///
/// # Errors
/// A verb phrase for a layer that the format has no operator for.
pub(super) fn write(
    writer: &mut Writer<'_>,
    layer: &Layer,
    name: &str,
    inputs: &[String],
    output: &str,
    parameters: &[&[f32]],
    ids: &[NodeId],
) -> Result<(), String> {
    let x = inputs[0].clone();
    let extent = writer.extent(ids[0]);
    let (channels, height, width) = extent.grid();
    let image = matches!(extent, Extent::Image { .. });
    // A number per channel, to be combined with an activation.
    let per_channel: &[usize] = if image { &[channels, 1, 1] } else { &[channels] };
    match layer {
        Layer::Arithmetic(Arithmetic { op }) => {
            let operator = match op {
                ArithmeticOp::Add => "Add",
                ArithmeticOp::Sub => "Sub",
                ArithmeticOp::Mul => "Mul",
                ArithmeticOp::Div => "Div",
            };
            writer.node(operator, name, inputs.to_vec(), output);
        }
        Layer::ChannelAffine(_) => affine(writer, name, x, output, per_channel, parameters),
        Layer::ChannelShuffle(ChannelShuffle { groups }) => {
            let [split, turned] = ["split", "turned"].map(|part| format!("{output}.{part}"));
            let each = channels / groups;
            let shape = [0, *groups, each, height, width].map(|length| length as i64);
            let shape = writer.ints(&format!("{name}.groups"), &shape);
            writer.node("Reshape", &format!("{name}.split"), vec![x, shape], &split);
            let turn = writer.node("Transpose", &format!("{name}.turn"), vec![split], &turned);
            turn.ints("perm", &[0, 2, 1, 3, 4]);
            let shape =
                writer.ints(&format!("{name}.shape"), &[0, channels as i64, height as i64, width as i64]);
            writer.node("Reshape", name, vec![turned, shape], output);
        }
        Layer::Concat(_) => writer.node("Concat", name, inputs.to_vec(), output).int("axis", 1),
        Layer::GlobalMaxPool(_) => {
            writer.node("GlobalMaxPool", name, vec![x], output);
        }
        Layer::GridAverage(average) => {
            return grid_average(writer, *average, name, x, output, [height, width]);
        }
        Layer::GroupNorm(norm) => group_norm(writer, *norm, name, x, output, [height, width], parameters),
        Layer::LayerNorm(norm) => {
            let weights = [("weight", 0), ("bias", 1)]
                .map(|(suffix, at)| writer.floats(&format!("{name}.{suffix}"), &[channels], parameters[at]));
            let [last, normed] = ["last", "normed"].map(|part| format!("{output}.{part}"));
            let (from, to) =
                if image { (last.clone(), normed.clone()) } else { (x.clone(), output.to_owned()) };
            if image {
                writer.node("Transpose", &format!("{name}.last"), vec![x], &last).ints("perm", &[0, 2, 3, 1]);
            }
            let node = writer.node("LayerNormalization", name, [vec![from], weights.to_vec()].concat(), &to);
            node.int("axis", -1);
            node.float("epsilon", norm.eps);
            if image {
                let back = writer.node("Transpose", &format!("{name}.back"), vec![normed], output);
                back.ints("perm", &[0, 3, 1, 2]);
            }
        }
        Layer::Lrn(norm) => {
            let node = writer.node("LRN", name, vec![x], output);
            node.int("size", norm.size as i64);
            node.float("alpha", norm.alpha);
            node.float("beta", norm.beta);
            node.float("bias", norm.bias);
        }
        Layer::Pad(pad) => {
            let [rows, columns] = pad.padding;
            let widths = [0, 0, rows.before, columns.before, 0, 0, rows.after, columns.after];
            let widths = writer.ints(&format!("{name}.pads"), &widths.map(|width| width as i64));
            let mut operands = vec![x, widths];
            let mode = match pad.mode {
                PadMode::Constant(value) => {
                    operands.push(writer.floats(&format!("{name}.value"), &[], &[value]));
                    "constant"
                }
                PadMode::Reflect => "reflect",
                PadMode::Edge => "edge",
            };
            writer.node("Pad", name, operands, output).word("mode", mode);
        }
        Layer::Prelu(prelu) => {
            let shape = if prelu.slopes == 1 { &[1][..] } else { per_channel };
            let slopes = writer.floats(&format!("{name}.weight"), shape, parameters[0]);
            writer.node("PRelu", name, vec![x, slopes], output);
        }
        Layer::Resize(resize) => self::resize(writer, *resize, name, x, output, [height, width]),
        Layer::Slice(slice) => {
            let lengths = [channels, height, width];
            let used = if image { 3 } else { 1 };
            let end = |at: usize| match slice.count[at] {
                Some(count) => (slice.start[at] + (count - 1) * slice.step[at] + 1) as i64,
                None => lengths[at] as i64,
            };
            let parts: [(&str, Vec<i64>); 4] = [
                ("starts", (0..used).map(|at| slice.start[at] as i64).collect()),
                ("ends", (0..used).map(end).collect()),
                ("axes", (0..used).map(|at| at as i64 + 1).collect()),
                ("steps", (0..used).map(|at| slice.step[at] as i64).collect()),
            ];
            let bounds = parts.map(|(part, values)| writer.ints(&format!("{name}.{part}"), &values));
            writer.node("Slice", name, [vec![x], bounds.to_vec()].concat(), output);
        }
        Layer::Softmax(_) => writer.node("Softmax", name, vec![x], output).int("axis", 1),
    }
    Ok(())
}

/// `scale x + shift` with numbers per channel.
fn affine(
    writer: &mut Writer<'_>,
    name: &str,
    x: String,
    output: &str,
    shape: &[usize],
    parameters: &[&[f32]],
) {
    let scaled = format!("{output}.scaled");
    let scale = writer.floats(&format!("{name}.weight"), shape, parameters[0]);
    writer.node("Mul", &format!("{name}.mul"), vec![x, scale], &scaled);
    let shift = writer.floats(&format!("{name}.bias"), shape, parameters[1]);
    writer.node("Add", name, vec![scaled, shift], output);
}

/// Averages on a grid, whose cells must be of one size.
fn grid_average(
    writer: &mut Writer<'_>,
    average: GridAverage,
    name: &str,
    x: String,
    output: &str,
    [height, width]: [usize; 2],
) -> Result<(), String> {
    if average == GridAverage::GLOBAL {
        writer.node("GlobalAveragePool", name, vec![x], output);
        return Ok(());
    }
    let [rows, columns] = [average.height.unwrap_or(height), average.width.unwrap_or(width)];
    if !height.is_multiple_of(rows) || !width.is_multiple_of(columns) {
        return Err(format!(
            "averages {height}x{width} on a grid of {rows}x{columns} with cells of different sizes, for which ONNX has no \
             operator"
        ));
    }
    let cell = [height / rows, width / columns].map(|length| length as i64);
    let node = writer.node("AveragePool", name, vec![x], output);
    node.ints("kernel_shape", &cell);
    node.ints("strides", &cell);
    Ok(())
}

/// Group norm as instance norm of groups, since the operator itself is younger than the version that is written.
fn group_norm(
    writer: &mut Writer<'_>,
    norm: GroupNorm,
    name: &str,
    x: String,
    output: &str,
    [height, width]: [usize; 2],
    parameters: &[&[f32]],
) {
    if norm.groups == norm.channels {
        let weights = [("weight", 0), ("bias", 1)]
            .map(|(suffix, at)| writer.floats(&format!("{name}.{suffix}"), &[norm.channels], parameters[at]));
        let operands = [vec![x], weights.to_vec()].concat();
        writer.node("InstanceNormalization", name, operands, output).float("epsilon", norm.eps);
        return;
    }
    let [grouped, normed, back] = ["grouped", "normed", "back"].map(|part| format!("{output}.{part}"));
    let shape = writer.ints(&format!("{name}.groups"), &[0, norm.groups as i64, -1]);
    writer.node("Reshape", &format!("{name}.group"), vec![x, shape], &grouped);
    let ones = writer.floats(&format!("{name}.ones"), &[norm.groups], &vec![1.0; norm.groups]);
    let zeros = writer.floats(&format!("{name}.zeros"), &[norm.groups], &vec![0.0; norm.groups]);
    let node =
        writer.node("InstanceNormalization", &format!("{name}.norm"), vec![grouped, ones, zeros], &normed);
    node.float("epsilon", norm.eps);
    let shape = [0, norm.channels as i64, height as i64, width as i64];
    let shape = writer.ints(&format!("{name}.shape"), &shape);
    writer.node("Reshape", &format!("{name}.ungroup"), vec![normed, shape], &back);
    affine(writer, name, back, output, &[norm.channels, 1, 1], parameters);
}

fn resize(writer: &mut Writer<'_>, resize: Resize, name: &str, x: String, output: &str, lengths: [usize; 2]) {
    let factors = match resize.size {
        ResizeSize::Factors(factors) => factors,
        ResizeSize::Pixels(pixels) => [0, 1].map(|axis| {
            let factor = pixels[axis] as f32 / lengths[axis] as f32;
            // Lengths are rounded down: the factor must not fall short.
            let short = ((lengths[axis] as f32 * factor).floor() as usize) < pixels[axis];
            if short { factor.next_up() } else { factor }
        }),
    };
    let scales = writer.floats(&format!("{name}.scales"), &[4], &[1.0, 1.0, factors[0], factors[1]]);
    let node = writer.node("Resize", name, vec![x, String::new(), scales], output);
    node.word(
        "coordinate_transformation_mode",
        match resize.coordinates {
            ResizeCoordinates::HalfPixel => "half_pixel",
            ResizeCoordinates::HalfPixelOrZero => "pytorch_half_pixel",
            ResizeCoordinates::Asymmetric => "asymmetric",
            ResizeCoordinates::AlignCorners => "align_corners",
        },
    );
    match resize.mode {
        ResizeMode::Linear => node.word("mode", "linear"),
        ResizeMode::Cubic(coefficient) => {
            node.word("mode", "cubic");
            node.float("cubic_coeff_a", coefficient);
        }
        ResizeMode::Nearest(rounding) => {
            node.word("mode", "nearest");
            node.word(
                "nearest_mode",
                match rounding {
                    Rounding::Floor => "floor",
                    Rounding::Ceil => "ceil",
                    Rounding::HalfDown => "round_prefer_floor",
                    Rounding::HalfUp => "round_prefer_ceil",
                },
            );
        }
    }
}
