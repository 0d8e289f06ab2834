use super::PlannedMaps;
use super::wiring::NetworkOfCell;
use camlab_config::Evaluation;
use camlab_parts::cam::CamSpec;
use camlab_parts::contrast::ContrastSpec;
use camlab_stage::map_source::{BaselineMaps, MapOrigin};
use camlab_stage::passes::MapPasses;
use camlab_stage::prepare::Preparation;

/// Maps to evaluate: a stage's, or a baseline's.
pub(super) struct MapsToEvaluate<'a> {
    pub(super) network: &'a str,
    pub(super) method: &'a str,
    pub(super) layer: &'a str,
    pub(super) origin: MapOrigin,
    /// The stage that made the maps.
    pub(super) maps: Option<usize>,
    /// The network that made them; `None` for baselines and for maps of several networks.
    pub(super) source: Option<&'a NetworkOfCell>,
    /// The passes that made them; `None` for derived maps.
    pub(super) passes: Option<&'a MapPasses>,
    /// `true` if their values are not scaled by each map's own.
    pub(super) keeps_range: bool,
}

impl<'a> MapsToEvaluate<'a> {
    pub(super) fn new(network: &'a str, maps: &'a PlannedMaps) -> Self {
        Self {
            network,
            method: &maps.method,
            layer: &maps.layer,
            origin: MapOrigin::Stage,
            maps: Some(maps.stage),
            source: maps.network.as_ref(),
            passes: maps.passes.as_ref(),
            keeps_range: maps.keeps_range,
        }
    }

    /// Upsampling, scaling and contrast of the maps.
    pub(super) fn preparation(&self, evaluation: &Evaluation, contrast: &ContrastSpec) -> Preparation {
        Preparation::new(evaluation.interpolation, contrast).keeping_range(self.keeps_range)
    }

    /// The maps in messages.
    pub(super) fn label(&self, contrast: &ContrastSpec) -> String {
        let Self { network, method, layer, .. } = self;
        let under = if contrast.is_none() { String::new() } else { format!(" · {}", contrast.label()) };
        format!("{network} · {method} · {layer}{under}")
    }
}

/// A baseline's maps.
pub(super) fn baseline_maps(method: &CamSpec, seed: u64) -> BaselineMaps {
    let baseline = method.baseline();
    let seed = baseline.is_some_and(|baseline| baseline.is_seeded()).then_some(seed);
    BaselineMaps { method: method.clone(), version: baseline.map_or(0, |baseline| baseline.version()), seed }
}
