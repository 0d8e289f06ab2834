use super::call::{each_pixel, each_pixel_of};
use super::{ChannelSources, LayerCall, LayerFunction, LayerGradients, LayerParameter, only, same_channels};
use crate::graph::{Extent, ParameterKind};

/// `x` above 0, `slope * x` below, with one trained slope or one per channel (He et al. 2015).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prelu {
    /// Number of slopes: 1, or the number of channels.
    pub slopes: usize,
}

impl LayerFunction for Prelu {
    fn extent(&self, inputs: &[Extent]) -> Result<Extent, String> {
        let input = only(inputs)?;
        match self.slopes == 1 || self.slopes == input.grid().0 {
            true => Ok(input),
            false => Err(format!("has {} slopes, but its input is {input}", self.slopes)),
        }
    }

    fn channels(&self, inputs: &[usize]) -> usize {
        inputs.first().copied().unwrap_or(0)
    }

    fn sources(&self, inputs: &[usize]) -> Option<Vec<ChannelSources>> {
        same_channels(inputs)
    }

    fn parameters(&self) -> Vec<LayerParameter> {
        vec![LayerParameter { suffix: "weight", kind: ParameterKind::Slope, shape: vec![self.slopes] }]
    }

    fn values(&self, call: &LayerCall<'_>, output: &mut [f32]) {
        let (channels, ..) = call.extent.grid();
        let slopes = call.parameters[0];
        each_pixel(output, channels, |pixel, output| {
            let input = &call.inputs[0].values[pixel * channels..][..channels];
            let operands = input.iter().zip(slopes.iter().cycle());
            output
                .iter_mut()
                .zip(operands)
                .for_each(|(y, (x, slope))| *y = if *x < 0.0 { slope * x } else { *x });
        });
    }

    fn gradients(&self, call: &LayerCall<'_>, gradient: &[f32], to: &mut LayerGradients) {
        let (channels, ..) = call.extent.grid();
        let (slopes, x) = (call.parameters[0], call.inputs[0].values);
        each_pixel_of(&mut to.inputs[0], channels, |pixel, target| {
            let at = pixel * channels..(pixel + 1) * channels;
            let parts = gradient[at.clone()].iter().zip(&x[at]).zip(slopes.iter().cycle());
            for (target, ((part, x), slope)) in target.iter_mut().zip(parts) {
                *target += if *x > 0.0 { *part } else { part * slope };
            }
        });
        let Some(target) = &mut to.parameters[0] else { return };
        let mut sums = vec![0.0f64; self.slopes];
        for (at, (part, x)) in gradient.iter().zip(x).enumerate() {
            if *x <= 0.0 {
                sums[at % channels % self.slopes] += f64::from(*part) * f64::from(*x);
            }
        }
        target.iter_mut().zip(sums).for_each(|(target, sum)| *target += sum as f32);
    }
}
