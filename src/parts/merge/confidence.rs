use super::{Divided, DivisionState};
use crate::cam::masks::Masks;
use crate::cam::{CamError, Features, MaskScaling, MemoryBudget, probabilities_of};
use camlab_engine::Variants;

/// Probabilities of all classes for the image masked by each sub-map, `x * H_j`, with `H_j` upsampled to the
/// image's size and scaled to [0, 1]. `None` for sub-maps that are flat or absent.
///
/// # Errors
/// [`CamError`] when a pass fails.
pub fn confidences(
    divided: &Divided,
    variants: Variants<'_>,
    normalise: MaskScaling,
    memory: MemoryBudget,
) -> Result<Vec<Option<Vec<f64>>>, CamError> {
    let features = Features {
        activations: &divided.energies,
        gradients: &[],
        classifier: &[],
        weights: &[],
        image: variants.size(),
        channels: divided.count,
        height: divided.height,
        width: divided.width,
    };
    let masks = Masks::new(features, variants.size(), normalise, false);
    let seen: Vec<usize> =
        (0..divided.count).filter(|at| divided.states[*at] == DivisionState::Present).collect();
    let mut all = vec![None; divided.count];
    variants.each(
        seen.len(),
        memory.together(&variants)?,
        |at, pixels| masks.write(seen[at], variants.input(), pixels, |_| {}),
        |at, logits| {
            let mut probabilities: Vec<f64> = logits.iter().map(|logit| f64::from(*logit)).collect();
            probabilities_of(&mut probabilities, variants.probabilities());
            all[seen[at]] = Some(probabilities);
        },
    )?;
    Ok(all)
}
