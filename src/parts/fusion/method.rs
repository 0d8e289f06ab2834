use super::{
    AlignSpec, DistillOptions, Ensemble, FusionError, GreedySoupOptions, RecalibrateOptions,
    WeightAverageOptions,
};

/// The work that a fusion takes.
pub enum Recipe<'a> {
    /// The mean of the members' weights.
    Average(&'a WeightAverageOptions),
    /// The mean of the members that do not lower a held-out score.
    Soup(&'a GreedySoupOptions),
    /// Training of a student.
    Distillation(&'a DistillOptions),
    /// No network: maps and class scores of the members are combined.
    Ensemble(&'a dyn Ensemble),
}

/// A fusion method: what one row of the registry does.
pub trait FusionMethod {
    /// The work that the fusion takes.
    fn recipe(&self) -> Recipe<'_>;

    /// Checks the options for the given number of members.
    ///
    /// # Errors
    /// [`FusionError`] naming the invalid option or weight.
    fn check(&self, members: usize) -> Result<(), FusionError>;

    /// Alignment of the members; `None` for methods that do not average weights.
    fn align(&self) -> Option<&AlignSpec> {
        None
    }

    /// Options of batch norm recalibration, if requested.
    fn recalibration(&self) -> Option<&RecalibrateOptions> {
        None
    }

    /// Minimum number of members.
    fn fewest(&self) -> usize {
        2
    }

    /// `true` if the method itself needs training images.
    fn needs_images(&self) -> bool {
        false
    }

    /// `true` if it selects members on held-out images.
    fn selects(&self) -> bool {
        false
    }

    /// Fraction of the training images to select on if `[training]` holds out none.
    fn fraction(&self) -> Option<f64> {
        None
    }
}
