use camlab_kernel::AxisPadding;
use camlab_nn::graph::layer::{
    GlobalMaxPool, GridAverage, Pad, PadMode, Resize, ResizeCoordinates, ResizeMode, ResizeSize, Rounding,
};
use camlab_nn::graph::{Op, Pooling};

use super::axes::{TensorAxis, TensorView};
use super::call::{Call, ImportedValue};
use super::convolution::{window, zeros};
use super::importer::Importer;
use crate::fold::place;

/// The windows of a pooling.
fn pooling(importer: &Importer<'_>, call: &Call<'_>, x: camlab_nn::graph::NodeId) -> Result<Pooling, String> {
    let kernel = match call.attributes.ints("kernel_shape") {
        Some(&[rows, columns]) if rows > 0 && columns > 0 => [rows as usize, columns as usize],
        found => return Err(format!("has the window {found:?}; two positive numbers are supported")),
    };
    let window = window(call, kernel, importer.extents[x.0])?;
    Ok(Pooling { window, ceil: call.attributes.int("ceil_mode", 0) != 0 })
}

pub(super) fn max_pool(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    if call.node.output.get(1).is_some_and(|indices| !indices.is_empty()) {
        return Err("has its indices as an output, which is not supported".into());
    }
    let x = importer.image(call.activation(0)?)?;
    let pooling = pooling(importer, call, x)?;
    let node = importer.push(&call.name(), Op::MaxPool(pooling), vec![x], Vec::new())?;
    Ok(vec![Importer::as_image(node)])
}

pub(super) fn average_pool(
    importer: &mut Importer<'_>,
    call: &Call<'_>,
) -> Result<Vec<ImportedValue>, String> {
    let mut x = importer.image(call.activation(0)?)?;
    let mut pooling = pooling(importer, call, x)?;
    let mut count_include_pad = call.attributes.int("count_include_pad", 0) != 0;
    // Zeros around the image that count are the pooling's own padding.
    if let Some((inner, padding)) = zeros(importer, x)
        && importer.read_once(&call.node.input[0])
        && pooling.window.padding == [AxisPadding::default(); 2]
        && !pooling.ceil
    {
        (x, pooling.window.padding, count_include_pad) = (inner, padding, true);
    }
    let op = Op::AvgPool { pooling, count_include_pad };
    let node = importer.push(&call.name(), op, vec![x], Vec::new())?;
    Ok(vec![Importer::as_image(node)])
}

pub(super) fn global_average(
    importer: &mut Importer<'_>,
    call: &Call<'_>,
) -> Result<Vec<ImportedValue>, String> {
    let x = importer.image(call.activation(0)?)?;
    let node = importer.push(&call.name(), Op::Layer(GridAverage::GLOBAL.into()), vec![x], Vec::new())?;
    Ok(vec![pixel(node)])
}

pub(super) fn global_max(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let x = importer.image(call.activation(0)?)?;
    let node = importer.push(&call.name(), Op::Layer(GlobalMaxPool.into()), vec![x], Vec::new())?;
    Ok(vec![pixel(node)])
}

/// An image of one pixel with four dimensions.
fn pixel(node: camlab_nn::graph::NodeId) -> ImportedValue {
    ImportedValue::Activation(TensorView {
        node,
        axes: vec![TensorAxis::Batch, TensorAxis::Channel, TensorAxis::One, TensorAxis::One],
    })
}

/// Means over rows, columns or both.
pub(super) fn reduce_mean(
    importer: &mut Importer<'_>,
    call: &Call<'_>,
) -> Result<Vec<ImportedValue>, String> {
    let activation = call.activation(0)?.clone();
    let rank = activation.axes.len();
    let over = call.ints("axes", 1)?.unwrap_or_default();
    if over.is_empty() {
        return match call.attributes.int("noop_with_empty_axes", 0) {
            0 => Err("means over all dimensions, which is not supported".into()),
            _ => Ok(vec![ImportedValue::Activation(activation)]),
        };
    }
    let over = over.iter().map(|axis| place(*axis, rank)).collect::<Result<Vec<_>, _>>()?;
    let named: Vec<TensorAxis> = over.iter().map(|at| activation.axes[*at]).collect();
    if named.iter().any(|axis| !matches!(axis, TensorAxis::Row | TensorAxis::Column | TensorAxis::One)) {
        return Err(format!("means over {named:?}; rows and columns are supported"));
    }
    let one = |axis: TensorAxis| named.contains(&axis).then_some(1);
    let average = GridAverage { height: one(TensorAxis::Row), width: one(TensorAxis::Column) };
    let op = Op::Layer(average.into());
    let node = importer.push(&call.name(), op, vec![activation.node], Vec::new())?;
    let kept = call.attributes.int("keepdims", 1) != 0;
    let axes = activation.axes.iter().enumerate().filter_map(|(at, axis)| match over.contains(&at) {
        false => Some(*axis),
        true => kept.then_some(TensorAxis::One),
    });
    Ok(vec![ImportedValue::Activation(TensorView { node, axes: axes.collect() })])
}

pub(super) fn pad(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let activation = call.activation(0)?.clone();
    let pads = call.ints("pads", 1)?.ok_or("lacks its widths")?;
    let value = match call.constant(2)? {
        None => call.attributes.float("value", 0.0),
        Some(tensor) => tensor.number().ok_or("needs one number as its value")?,
    };
    let rank = activation.axes.len();
    let axes: Vec<usize> = match call.constant(3)? {
        None => (0..rank).collect(),
        Some(axes) => {
            let axes = axes.whole().ok_or("needs whole numbers as axes")?;
            axes.iter().map(|axis| place(*axis, rank)).collect::<Result<_, _>>()?
        }
    };
    if pads.len() != 2 * axes.len() {
        return Err(format!("has {} widths for {} dimensions", pads.len(), axes.len()));
    }
    let mut padding = [AxisPadding::default(); 2];
    for (at, axis) in axes.iter().enumerate() {
        let [before, after] = [pads[at], pads[at + axes.len()]];
        let widths = usize::try_from(before).ok().zip(usize::try_from(after).ok());
        let (before, after) = widths.ok_or("crops by negative widths, which is not supported")?;
        let side = match activation.axes[*axis] {
            TensorAxis::Row => &mut padding[0],
            TensorAxis::Column => &mut padding[1],
            _ if before == 0 && after == 0 => continue,
            other => return Err(format!("pads {other:?}; rows and columns are supported")),
        };
        *side = AxisPadding { before, after };
    }
    let mode = match call.attributes.word("mode", "constant") {
        "constant" => PadMode::Constant(value),
        "reflect" => PadMode::Reflect,
        "edge" => PadMode::Edge,
        other => return Err(format!("pads by `{other}`, which is not supported")),
    };
    if padding == [AxisPadding::default(); 2] {
        return Ok(vec![ImportedValue::Activation(activation)]);
    }
    let op = Op::Layer(Pad { padding, mode }.into());
    let node = importer.push(&call.name(), op, vec![activation.node], Vec::new())?;
    Ok(vec![Importer::like(&activation, node)])
}

pub(super) fn resize(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let activation = call.activation(0)?.clone();
    let old = call.node.op_type == "Upsample" || call.node.input.len() == 2;
    let given = |at: usize| -> Result<Option<Vec<f32>>, String> {
        Ok(call.constant(at)?.map(|tensor| tensor.floats()).filter(|values| !values.is_empty()))
    };
    let scales = match call.attributes.floats("scales") {
        Some(scales) => Some(scales.to_vec()),
        None => given(if old { 1 } else { 2 })?,
    };
    let sizes = given(3)?;
    let shape = importer.shape(&activation);
    let rank = shape.len();
    let axes = match call.attributes.ints("axes") {
        Some(axes) => axes.iter().map(|axis| place(*axis, rank)).collect::<Result<Vec<_>, _>>()?,
        None => (0..rank).collect(),
    };
    // A value for rows and one for columns; `unchanged` is that of an axis which stays as it is.
    let per_axis = |values: &[f32], unchanged: &dyn Fn(usize) -> f32| -> Result<[f32; 2], String> {
        if values.len() != axes.len() {
            return Err(format!("has {} sizes for {} dimensions", values.len(), axes.len()));
        }
        let mut of: Vec<f32> = (0..rank).map(unchanged).collect();
        axes.iter().zip(values).for_each(|(axis, value)| of[*axis] = *value);
        for (at, axis) in activation.axes.iter().enumerate() {
            if !matches!(axis, TensorAxis::Row | TensorAxis::Column) && of[at] != unchanged(at) {
                return Err(format!("resizes {axis:?}; rows and columns are supported"));
            }
        }
        let value = |axis: TensorAxis| activation.place(axis).map_or(1.0, |at| of[at]);
        Ok([value(TensorAxis::Row), value(TensorAxis::Column)])
    };
    let size = match (scales, sizes) {
        (_, Some(sizes)) => {
            let pixels = per_axis(&sizes, &|axis| shape[axis] as f32)?;
            ResizeSize::Pixels(pixels.map(|size| size as usize))
        }
        (Some(scales), None) => ResizeSize::Factors(per_axis(&scales, &|_| 1.0)?),
        (None, None) => return Err("has neither sizes nor factors".into()),
    };
    let policy = call.attributes.word("keep_aspect_ratio_policy", "stretch");
    if policy != "stretch" {
        return Err(format!("keeps the aspect ratio (`{policy}`), which is not supported"));
    }
    let default = if call.node.op_type == "Upsample" || old { "asymmetric" } else { "half_pixel" };
    let coordinates = match call.attributes.word("coordinate_transformation_mode", default) {
        "half_pixel" => ResizeCoordinates::HalfPixel,
        "pytorch_half_pixel" => ResizeCoordinates::HalfPixelOrZero,
        "asymmetric" => ResizeCoordinates::Asymmetric,
        "align_corners" => ResizeCoordinates::AlignCorners,
        other => return Err(format!("places pixels by `{other}`, which is not supported")),
    };
    let rounding =
        match call.attributes.word("nearest_mode", if old { "floor" } else { "round_prefer_floor" }) {
            "floor" => Rounding::Floor,
            "ceil" => Rounding::Ceil,
            "round_prefer_ceil" => Rounding::HalfUp,
            _ => Rounding::HalfDown,
        };
    let mode = match call.attributes.word("mode", "nearest") {
        "nearest" => ResizeMode::Nearest(rounding),
        "linear" | "bilinear" => ResizeMode::Linear,
        "cubic" => ResizeMode::Cubic(call.attributes.float("cubic_coeff_a", -0.75)),
        other => return Err(format!("interpolates by `{other}`, which is not supported")),
    };
    let unlike = |name: &str| call.attributes.int(name, 0) != 0;
    if unlike("antialias") || unlike("exclude_outside") {
        return Err("filters or leaves out pixels outside, which is not supported".into());
    }
    let op = Op::Layer(Resize { size, mode, coordinates }.into());
    let node = importer.push(&call.name(), op, vec![activation.node], Vec::new())?;
    Ok(vec![Importer::like(&activation, node)])
}
