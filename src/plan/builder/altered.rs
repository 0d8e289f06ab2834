//! Maps that a method makes of changed images, for metrics that compare them with those of the images themselves.

use super::evaluated::MapsToEvaluate;
use super::{At, Builder};
use camlab_config::TargetClasses;
use camlab_parts::metric::Alteration;
use camlab_stage::altered::{AlteredImages, ORIGINAL};
use camlab_stage::passes::MapPasses;
use camlab_stage::prepare::Preparation;

impl Builder<'_> {
    /// Plans the maps of changed images; `None` for maps that no pass makes, and for those of several classes.
    pub(super) fn explained_again(
        &mut self,
        at: At<'_>,
        evaluated: &MapsToEvaluate<'_>,
        alteration: Alteration,
        preparation: &Preparation,
    ) -> Result<Option<Vec<usize>>, String> {
        let (Some(original), Some(passes), Some(network)) =
            (evaluated.maps, evaluated.passes, evaluated.source)
        else {
            return Ok(None);
        };
        if matches!(passes.look.target.choice().classes(), TargetClasses::Ranked { .. }) {
            return Ok(None);
        }
        let seed = at.cell.seed;
        let all: Vec<(AlteredImages, String)> = match alteration {
            Alteration::Noise { radius, draws } => (0..draws)
                .map(|draw| (AlteredImages::Noise { radius, draw, seed }, format!("noise {}", draw + 1)))
                .collect(),
            Alteration::Masked => {
                vec![(
                    AlteredImages::Masked { preparation: preparation.clone() },
                    "masked by its map".to_owned(),
                )]
            }
        };
        let mut planned = Vec::with_capacity(all.len());
        for (altered, words) in all {
            let MapsToEvaluate { network: name, method, layer, .. } = evaluated;
            let label = format!("{name} · {method} · {layer} · {words}");
            let wiring = self.pass_inputs(at, network, label)?;
            let wiring = wiring.stage(ORIGINAL, self.stages.get(original));
            planned.push(self.add(&MapPasses { altered: Some(altered), ..passes.clone() }, wiring));
        }
        Ok(Some(planned))
    }
}
