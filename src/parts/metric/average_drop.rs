use super::mean::Means;
use super::{Direction, Estimator, ImageColumns, Measure, MeasuredImage, Metric, Quantity, TruthKind};
use camlab_engine::EngineError;
use camlab_nn::softmax;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const COLUMN: &str = "confidence_drop";

/// Average drop: relative loss of the target class's probability when the image is multiplied by its map, mean over
/// images (Chattopadhay et al. 2018, Grad-CAM++, section 5.1). The preprocessed image is multiplied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AverageDrop {}

impl Metric for AverageDrop {
    fn measures(&self) -> Vec<Measure> {
        let (name, unit) = ("average-drop".to_owned(), "%");
        vec![Measure {
            name,
            unit,
            direction: Direction::LowerIsBetter,
            truth: TruthKind::None,
            threshold: None,
        }]
    }

    fn quantities(&self) -> Vec<&dyn Quantity> {
        vec![self]
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(Means::of(rows.quantity(COLUMN), 100.0))
    }
}

impl Quantity for AverageDrop {
    fn column(&self) -> String {
        COLUMN.to_owned()
    }

    fn version(&self) -> u32 {
        1
    }

    fn needs_passes(&self) -> bool {
        true
    }

    fn measure(&self, image: &MeasuredImage<'_>) -> Result<Option<f64>, EngineError> {
        let (map, Some(passes)) = (image.map, image.passes) else { return Ok(None) };
        let channels = passes.input().len() / map.data.len().max(1);
        let mut probabilities = Vec::with_capacity(2);
        // The masked image, and the whole one if its probability is not known.
        let count = if image.probability.is_some() { 1 } else { 2 };
        let write = |variant: usize, pixels: &mut [f32]| {
            pixels.copy_from_slice(passes.input());
            if variant == 0 {
                let pixels = pixels.chunks_exact_mut(channels).zip(&map.data);
                pixels.for_each(|(pixel, share)| pixel.iter_mut().for_each(|value| *value *= share));
            }
        };
        passes
            .each(count, count, write, |_, logits| probabilities.push(softmax(logits, 1.0)[image.target]))?;
        let whole = image.probability.or(probabilities.get(1).copied());
        let (Some(masked), Some(whole)) = (probabilities.first().copied(), whole) else { return Ok(None) };
        let (masked, whole) = (f64::from(masked), f64::from(whole));
        let drop = (whole - masked) / whole;
        // Not `f64::max`, which would turn NaN into 0.
        Ok(drop.is_finite().then_some(if drop < 0.0 { 0.0 } else { drop }))
    }
}
