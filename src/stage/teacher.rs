use camlab_engine::{Engine, Precision};
use camlab_explain::compute::{BATCH, ComputeOptions, freeze};
use camlab_nn::train::{DataError, SoftTargets};
use camlab_nn::{Images, Network};
use camlab_parts::fusion::DistillOptions;

/// The members of a distillation with fixed weights; they supply a student's soft targets.
pub struct Teacher {
    members: Vec<Engine>,
    shares: Vec<f64>,
    temperature: f64,
    weight: f64,
}

impl Teacher {
    /// Compiles the members for images of `size` (`[height, width]`), in f32 like all training.
    pub fn new(members: &[Network], options: &DistillOptions, size: [usize; 2]) -> anyhow::Result<Self> {
        let numbers = ComputeOptions { precision: Precision::F32, size, batch: BATCH };
        let engines = members.iter().map(|member| freeze(member, numbers, Vec::new()));
        Ok(Self {
            members: engines.collect::<Result<_, _>>()?,
            shares: options.shares(members.len()),
            temperature: options.temperature,
            weight: options.weight,
        })
    }

    /// The weighted mean of the members' logits, `[images, classes]`, as soft targets.
    pub fn answer(&self, images: &Images) -> Result<SoftTargets, DataError> {
        let mut sums: Vec<f64> = Vec::new();
        for (member, share) in self.members.iter().zip(&self.shares) {
            let logits = member.forward(images, &[])?.logits;
            sums.resize(logits.len(), 0.0);
            sums.iter_mut().zip(logits).for_each(|(sum, logit)| *sum += share * f64::from(logit));
        }
        let logits = sums.into_iter().map(|sum| sum as f32).collect();
        Ok(SoftTargets { logits, temperature: self.temperature, weight: self.weight })
    }
}
