//! Operations on whole activations.

use std::sync::Arc;

use super::check::length;
use crate::graph::layer::{LayerCall, LayerGradients, LayerInput};
use crate::graph::{Extent, Layer};
use crate::{OpError, Recorder, Value};

/// An operation on `inputs` of one number of images. The backward pass reads inputs and parameters.
///
/// # Errors
/// Inputs that do not fit the operation or each other, data whose length does not match its shape.
pub fn layer(
    recorder: &mut Recorder,
    by: &Layer,
    inputs: Vec<Value>,
    parameters: &[Value],
) -> Result<Value, OpError> {
    let failed = |message: String| OpError::Dfdx { op: "layer", message };
    inputs.iter().chain(parameters).try_for_each(|value| length("layer", "an operand", value))?;
    let extents: Vec<Extent> = inputs
        .iter()
        .map(extent)
        .collect::<Option<_>>()
        .ok_or_else(|| failed(format!("{by:?} needs images or vectors")))?;
    let images = inputs.first().and_then(|input| input.shape.first().copied()).unwrap_or(0);
    if inputs.iter().any(|input| input.shape.first() != Some(&images)) {
        return Err(failed(format!("{by:?} needs inputs of one number of images")));
    }
    let extent = by.function().extent(&extents).map_err(|reason| failed(format!("{by:?} {reason}")))?;
    let operands = Operands {
        inputs: inputs.iter().map(|input| Arc::clone(&input.data)).collect(),
        parameters: parameters.iter().map(|parameter| Arc::clone(&parameter.data)).collect(),
        extents,
        images,
        extent,
    };
    let mut output = vec![0.0; images * extent.elements()];
    by.function().values(&operands.call(), &mut output);
    let shape = match extent {
        Extent::Image { channels, height, width } => vec![images, height, width, channels],
        Extent::Vector { length } => vec![images, length],
    };
    let slots: Vec<_> = inputs.iter().chain(parameters).map(|value| value.slot.clone()).collect();
    let by = by.clone();
    let own = slots.clone();
    let all: Vec<_> = slots.iter().collect();
    Ok(recorder.record(&all, Arc::new(output), shape, move || {
        move |grads, gradient: Vec<f32>| {
            let wanted = |values: &[Arc<Vec<f32>>], first: usize| {
                let slots = own[first..].iter();
                values
                    .iter()
                    .zip(slots)
                    .map(|(data, slot)| slot.as_ref().map(|_| vec![0.0; data.len()]))
                    .collect()
            };
            let mut to = LayerGradients {
                inputs: wanted(&operands.inputs, 0),
                parameters: wanted(&operands.parameters, operands.inputs.len()),
            };
            by.function().gradients(&operands.call(), &gradient, &mut to);
            let gradients = to.inputs.into_iter().chain(to.parameters);
            for (slot, gradient) in own.into_iter().zip(gradients) {
                if let (Some(slot), Some(gradient)) = (slot, gradient) {
                    slot.add(grads, gradient)?;
                }
            }
            Ok(())
        }
    }))
}

/// Operands that the backward pass reads.
struct Operands {
    inputs: Vec<Arc<Vec<f32>>>,
    parameters: Vec<Arc<Vec<f32>>>,
    extents: Vec<Extent>,
    images: usize,
    extent: Extent,
}

impl Operands {
    fn call(&self) -> LayerCall<'_> {
        let inputs = self.inputs.iter().zip(&self.extents);
        LayerCall {
            inputs: inputs.map(|(values, extent)| LayerInput { values, extent: *extent }).collect(),
            parameters: self.parameters.iter().map(|parameter| &parameter[..]).collect(),
            images: self.images,
            extent: self.extent,
        }
    }
}

fn extent(value: &Value) -> Option<Extent> {
    match value.shape[..] {
        [_, height, width, channels] => Some(Extent::Image { channels, height, width }),
        [_, length] => Some(Extent::Vector { length }),
        _ => None,
    }
}
