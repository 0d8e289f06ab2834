use super::{DropoutOptions, Keep, StageOptions, TrainError, TrainingOptions, ValidationMetric, glob};
use crate::graph::{Graph, ParameterSpec};
use camlab_base::registry::closest;

impl TrainingOptions {
    /// Checks the ranges of the options, in every stage.
    ///
    /// # Errors
    /// [`TrainError::Option`] naming the option, its value and its range, within [`TrainError::Stage`] if
    /// there are stages.
    pub fn check(&self) -> Result<(), TrainError> {
        self.check_stage_names()?;
        self.each(Self::check_one)
    }

    /// Checks every pattern against a network's parameters.
    ///
    /// # Errors
    /// [`TrainError::Pattern`] for one that matches no parameter's name, within [`TrainError::Stage`] if
    /// there are stages.
    pub fn check_names(&self, specs: &[ParameterSpec]) -> Result<(), TrainError> {
        self.each(|stage| stage.check_names_of_one(specs))
    }

    /// Checks every layer of `adl` and of `dropout` against a network.
    ///
    /// # Errors
    /// [`TrainError::Layer`] for one of `adl` that it does not have, within [`TrainError::Stage`] if there are stages;
    /// [`TrainError::DropoutLayer`] for one of `dropout`.
    pub fn check_layers(&self, graph: &Graph) -> Result<(), TrainError> {
        self.dropout.as_ref().map_or(Ok(Vec::new()), |dropout| dropout.nodes(graph))?;
        self.each(|stage| stage.method.adl().map_or(Ok(()), |adl| adl.nodes(graph).map(|_| ())))
    }

    /// Checks that every stage has a name, and no two the same.
    fn check_stage_names(&self) -> Result<(), TrainError> {
        for (index, StageOptions { name, .. }) in self.stage.iter().enumerate() {
            if name.trim().is_empty() || self.stage[..index].iter().any(|other| other.name == *name) {
                return Err(TrainError::StageName { index, name: name.clone() });
            }
        }
        Ok(())
    }

    fn each(&self, check: impl Fn(&Self) -> Result<(), TrainError>) -> Result<(), TrainError> {
        for (index, stage) in self.stages().iter().enumerate() {
            check(&stage.options).map_err(|error| match self.stage.get(index) {
                None => error,
                Some(StageOptions { name, .. }) => {
                    TrainError::Stage { index, name: name.clone(), source: Box::new(error) }
                }
            })?;
        }
        Ok(())
    }

    fn check_one(&self) -> Result<(), TrainError> {
        let any = f64::INFINITY;
        let ranges = [
            ("epochs", self.epochs as f64, 1.0, any, "at least 1"),
            ("batch", self.batch as f64, 1.0, any, "at least 1"),
            ("lr", self.lr, f64::MIN_POSITIVE, any, "a positive number"),
            ("ema", self.ema, 0.0, 1.0, "0 (none) to less than 1"),
            ("momentum", self.momentum, 0.0, 1.0, "0 to less than 1"),
            ("weight-decay", self.weight_decay, 0.0, any, "0 or more"),
            ("warmup-epochs", self.warmup_epochs, 0.0, self.epochs as f64, "0 to less than `epochs`"),
            ("label-smoothing", self.label_smoothing, 0.0, 1.0, "0 to less than 1"),
            ("mixup", self.mixup, 0.0, any, "0 (none) or more"),
            ("clip-norm", self.clip_norm, 0.0, any, "0 (no limit) or more"),
            ("head-lr-multiplier", self.head_lr_multiplier, 0.0, any, "0 or more"),
        ];
        let factors =
            self.lr_multiplier.values().map(|factor| ("lr-multiplier", *factor, 0.0, any, "0 or more"));
        let mut all = ranges.into_iter().chain(factors);
        match all.find(|(_, value, low, high, _)| !(low..high).contains(&value)) {
            Some((option, value, _, _, range)) => Err(TrainError::Option { option, value, range }),
            None => {
                self.schedule.check()?;
                self.optimiser.check()?;
                self.method.check()?;
                self.dropout.as_ref().map_or(Ok(()), DropoutOptions::check)?;
                self.check_loss()?;
                self.checkpoint_every.check()?;
                match &self.validation {
                    Some(validation) => validation.check(),
                    None if self.keep == Keep::Best => Err(TrainError::KeepsBestOfNothing),
                    None => Ok(()),
                }
            }
        }
    }

    /// A loss for several labels excludes what needs one label per image.
    fn check_loss(&self) -> Result<(), TrainError> {
        self.loss.implementation().check()?;
        if self.loss.implementation().focus().is_none() {
            return match self.validation.as_ref().map(|validation| validation.metric) {
                Some(ValidationMetric::MeanAveragePrecision) => Err(TrainError::AveragesOneLabel),
                _ => Ok(()),
            };
        }
        let asked = [
            (self.label_smoothing > 0.0).then_some("label-smoothing"),
            (self.mixup > 0.0).then_some("mixup"),
            self.method.mixes_labels().then_some("method"),
        ];
        if self.validation.as_ref().is_some_and(|held| held.metric == ValidationMetric::Top1) {
            return Err(TrainError::Top1OfSets);
        }
        match asked.into_iter().flatten().next() {
            Some(option) => Err(TrainError::OneLabel { option, loss: self.loss.name() }),
            None => Ok(()),
        }
    }

    fn check_names_of_one(&self, specs: &[ParameterSpec]) -> Result<(), TrainError> {
        let names = || specs.iter().filter(|spec| !spec.kind.is_buffer()).map(|spec| spec.name.as_str());
        let train = self.train.iter().map(|pattern| ("train", pattern));
        let factors = self.lr_multiplier.keys().map(|pattern| ("lr-multiplier", pattern));
        for (option, pattern) in train.chain(factors) {
            if !names().any(|name| glob::matches(pattern, name)) {
                // The name that is closest to the pattern without its final `*`.
                let near = closest(pattern.trim_end_matches('*'), names()).or_else(|| names().next());
                let (pattern, near) = (pattern.clone(), near.unwrap_or_default().to_owned());
                return Err(TrainError::Pattern { option, pattern, near });
            }
        }
        if !specs.iter().any(|spec| self.trains(spec)) {
            return Err(TrainError::NothingTrains { train: self.train.clone() });
        }
        Ok(())
    }
}
