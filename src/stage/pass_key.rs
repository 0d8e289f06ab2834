use super::TestImages;
use super::altered::{AlteredImages, ORIGINAL};
use super::network::NetworkSource;
use camlab_config::{Refine, Target};
use camlab_engine::Precision;
use camlab_graph::{Stage, StageInput};
use camlab_raster::Interpolation;

/// The options that stages must have in common to be made by the same passes.
#[derive(Debug, Clone, PartialEq)]
pub struct PassKey {
    /// The network.
    pub network: NetworkSource,
    /// Its weights, and the data set.
    pub inputs: Vec<StageInput>,
    /// The images.
    pub images: TestImages,
    /// Number format of the forward passes.
    pub precision: Precision,
    /// Which versions of the image are seen, and for which classes; `None` for class scores, which every pass over the
    /// images gives.
    pub versions: Option<Versions>,
}

/// Versions of an image and classes that maps are made for.
#[derive(Debug, Clone, PartialEq)]
pub struct Versions {
    /// The target class.
    pub target: Target,
    /// Correction of the image.
    pub refine: Option<Refine>,
    /// Average over flipped and scaled versions of the image.
    pub aug_smooth: bool,
    /// Upsampling of maps that are combined; `None` if there is nothing to combine.
    pub interpolation: Option<Interpolation>,
    /// `true` if the labels of the images may be read.
    pub labels: bool,
    /// Change of the images; `None`: they are unchanged.
    pub altered: Option<AlteredImages>,
}

impl PassKey {
    /// The key of a stage with these options.
    pub(super) fn new(
        stage: &Stage,
        network: &NetworkSource,
        images: &TestImages,
        precision: Precision,
        versions: Option<Versions>,
    ) -> Self {
        let altered = versions.as_ref().and_then(|versions| versions.altered.as_ref());
        // The target classes are the same for every method.
        let unread: Vec<&StageInput> = match altered {
            Some(altered) if !altered.reads_maps() => stage.spec.inputs.get(ORIGINAL).collect(),
            _ => Vec::new(),
        };
        let inputs = stage.spec.inputs.iter().filter(|input| !unread.contains(input)).cloned().collect();
        Self { network: network.clone(), inputs, images: images.clone(), precision, versions }
    }

    /// `true` if one job makes the results of both.
    pub fn joins(&self, other: &Self) -> bool {
        let versions = match (&self.versions, &other.versions) {
            (Some(own), Some(others)) => own.joins(others),
            // Class scores are those of the unchanged images.
            (Some(one), None) | (None, Some(one)) => one.altered.is_none(),
            (None, None) => true,
        };
        versions
            && self.inputs == other.inputs
            && self.precision == other.precision
            && self.images == other.images
            && self.network == other.network
    }

    /// The key of a job that also makes the results of `other`.
    pub fn absorb(&mut self, other: &Self) {
        match (&mut self.versions, &other.versions) {
            (Some(own), Some(others)) => own.interpolation = own.interpolation.or(others.interpolation),
            (own @ None, Some(others)) => *own = Some(others.clone()),
            (_, None) => {}
        }
    }
}

impl Versions {
    fn joins(&self, other: &Self) -> bool {
        let upsampling = match (self.interpolation, other.interpolation) {
            (Some(own), Some(others)) => own == others,
            _ => true,
        };
        let (own, others) = (self, other);
        upsampling
            && own.target == others.target
            && own.refine == others.refine
            && own.aug_smooth == others.aug_smooth
            && own.labels == others.labels
            && own.altered == others.altered
    }
}
