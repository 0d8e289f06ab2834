//! The ONNX project's own cases for single operators (`benches/peers/node_cases.py`).

use std::path::PathBuf;

use camlab_nn::Images;
use safetensors::SafeTensors;

use super::axes::TensorAxis;
use super::call::ImportedValue;
use super::importer::Importer;
use super::operators::OPERATORS;
use super::options::{ImageLayout, ImportOptions};
use crate::tensor::strides;
use crate::{OnnxError, OnnxModel};

fn floats(file: &SafeTensors<'_>, name: &str) -> Vec<f32> {
    let data = file.tensor(name).expect("a tensor").data().to_vec();
    data.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().expect("four bytes"))).collect()
}

/// The output that the importer's network has for a case, in row-major order.
fn computed(model: &OnnxModel, x: &[f32]) -> Result<Vec<f32>, OnnxError> {
    let options = ImportOptions { layout: Some(ImageLayout::ChannelsFirst), ..ImportOptions::default() };
    let mut importer = Importer::new(model, &options, OPERATORS)?;
    importer.convert_all()?;
    let (count, extents) = (importer.images(), importer.extents.clone());
    let output = match importer.result() {
        Some(ImportedValue::Activation(output)) => output.clone(),
        Some(ImportedValue::Constant(tensor)) => return Ok(tensor.floats()),
        None => return Err(OnnxError::Interface("has no output".into())),
    };
    let (channels, height, width) = extents[0].grid();
    // To images, rows, columns and channels.
    let at = |index: usize| {
        let (pixel, channel) = (index / channels, index % channels);
        let (image, pixel) = (pixel / (height * width), pixel % (height * width));
        (image * channels + channel) * height * width + pixel
    };
    let pixels: Vec<f32> = (0..x.len()).map(|index| x[at(index)]).collect();
    let network = importer.network(output.node);
    let images = Images { pixels: pixels.into(), count, height, width };
    let found = network.output(&images).expect("a forward pass").data;
    let extent = extents[output.node.0];
    let (channels, height, width) = extent.grid();
    let shape: Vec<usize> = output.axes.iter().map(|axis| axis.length(extent, count)).collect();
    let own = strides(&shape);
    let place = |index: usize| {
        let (mut image, mut channel, mut row, mut column) = (0, 0, 0, 0);
        for (axis, (length, stride)) in output.axes.iter().zip(shape.iter().zip(&own)) {
            let at = index / stride % length;
            match axis {
                TensorAxis::Batch => image = at,
                TensorAxis::Channel => channel += at,
                TensorAxis::Row => row = at,
                TensorAxis::Column => column = at,
                TensorAxis::One => {}
                TensorAxis::Groups(_) => channel += at * (channels / length),
                TensorAxis::InGroup(_) => channel += at,
                TensorAxis::Flat => {
                    (row, column, channel) = (at / channels / width, at / channels % width, at % channels)
                }
                TensorAxis::All => (image, channel) = (at / channels, at % channels),
            }
        }
        ((image * height + row) * width + column) * channels + channel
    };
    Ok((0..shape.iter().product()).map(|index| found[place(index)]).collect())
}

#[test]
#[ignore = "needs CAMLAB_NODES, a folder of cases (.ci/extra nodes)"]
fn single_operators_compute_what_their_definition_says() {
    let folder = PathBuf::from(std::env::var_os("CAMLAB_NODES").expect("CAMLAB_NODES"));
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "onnx"))
        .collect();
    files.sort();
    let (mut passed, mut refused, mut wrong) = (0, Vec::new(), Vec::new());
    for path in &files {
        let bytes = std::fs::read(path.with_extension("safetensors")).expect("values");
        let file = SafeTensors::deserialize(&bytes).expect("values");
        let (x, y) = (floats(&file, "x"), floats(&file, "y"));
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        match OnnxModel::read(path).and_then(|model| computed(&model, &x)) {
            Err(reason) => refused.push(format!("{name}: {reason}")),
            Ok(found) => {
                let close = |(a, b): (&f32, &f32)| {
                    (a - b).abs() <= 1e-4 + 1e-3 * b.abs() || (a.is_nan() && b.is_nan())
                };
                match found.len() == y.len() && found.iter().zip(&y).all(close) {
                    true => passed += 1,
                    false => wrong.push(name),
                }
            }
        }
    }
    refused.iter().for_each(|reason| println!("refused: {reason}"));
    println!("{passed} of {} passed, {} refused", files.len(), refused.len());
    assert!(wrong.is_empty(), "{} wrong: {wrong:?}", wrong.len());
}
