use serde_json::{Value, json};

use super::{At, Builder};
use crate::stages::{NetworkOrigin, NetworkStage};
use crate::{Plan, StageKey, StageSpec};
use camlab_config::Data;
use camlab_parts::fusion::FusionSpec;
use camlab_parts::init::InitSpec;
use camlab_parts::training::TrainingSpec;

/// Incremented when training gives other weights.
const TRAIN_VERSION: u32 = 2;
/// Incremented when the fusion code that all methods share gives other weights; every method has its own version too.
const FUSE_VERSION: u32 = 1;

impl Builder<'_> {
    /// The network of an `[[init]]`.
    pub(super) fn init(&mut self, at: At<'_>, init: usize) -> Result<usize, String> {
        let experiment = &at.cell.experiment;
        let spec = &experiment.init[init];
        let trained = spec.train.unwrap_or(experiment.training.is_some());
        let test = self.facts.dataset(&experiment.data.test).map_or(0, |facts| facts.classes.len());
        let mut params = json!({ "backbone": experiment.backbone, "classes": test });
        if let Some(head) = &experiment.head {
            params["head"] = json!(head);
        }
        let mut inputs = json!({});
        let drawn = self.scheme(&spec.scheme, &mut params, &mut inputs)?;
        if drawn || trained {
            params["name"] = json!(spec.name);
            params["seed"] = json!(at.cell.seed);
        }
        if trained {
            let train = experiment.data.train.as_ref().ok_or("`data.train` is missing")?;
            params["training"] = json!(experiment.training.as_ref().map(TrainingSpec::numbers));
            augment(&mut params, &experiment.data);
            params["input"] = json!(experiment.data.input);
            params["on-bad-image"] = json!(experiment.data.on_bad_image);
            inputs["data"] = json!(self.digest(train)?);
        }
        let spec = StageSpec {
            stage: "train".into(),
            label: spec.name.clone(),
            version: TRAIN_VERSION,
            params,
            inputs,
        };
        let origin = NetworkOrigin::Init { init, trained };
        Ok(self.add(spec, |plan, key, spec| push(plan, key, spec, at.index, origin)))
    }

    /// Adds everything that a scheme's weights depend on; returns `true` if any weight is drawn at random, since then
    /// name and seed count too: they name the random streams. A checkpoint counts by its content, not its path.
    fn scheme(&self, scheme: &InitSpec, params: &mut Value, inputs: &mut Value) -> Result<bool, String> {
        Ok(match scheme {
            InitSpec::Pretrained(pretrained) => {
                let written = pretrained.checkpoint.as_str();
                let facts = self.facts.checkpoints.get(written);
                let facts =
                    facts.ok_or_else(|| format!("the facts of checkpoint `{written}` were not collected"))?;
                inputs["checkpoint"] = json!(facts.sha256);
                params["fresh-head"] = json!(pretrained.fresh_head);
                if !pretrained.leave_out.is_empty() {
                    params["leave-out"] = json!(pretrained.leave_out);
                }
                pretrained.fresh_head || !pretrained.leave_out.is_empty()
            }
            scheme => {
                params["init"] = json!(scheme);
                true
            }
        })
    }

    /// The network of a `[[fusion]]`.
    pub(super) fn fusion(&mut self, at: At<'_>, fusion: usize, members: Vec<usize>) -> Result<usize, String> {
        let experiment = &at.cell.experiment;
        let spec = &experiment.fusion[fusion];
        let keys: Vec<&StageKey> = members.iter().map(|member| &self.plan.networks[*member].key).collect();
        // The name is in the key because it names the fusion's random streams.
        let mut params = json!({ "method": spec.method, "name": spec.name, "seed": at.cell.seed });
        let mut inputs = json!({ "members": keys });
        if let Some(train) = &experiment.data.train {
            // Every step of a fusion is evaluated on training images, even if they do not influence it.
            let training = experiment.training.as_ref();
            params["validation"] = json!(training.and_then(|training| training.validation.as_ref()));
            params["input"] = json!(experiment.data.input);
            params["on-bad-image"] = json!(experiment.data.on_bad_image);
            inputs["data"] = json!(self.digest(train)?);
        }
        if let FusionSpec::Distill(options) = &spec.method {
            // Without `stage`: its options, with those inherited from `[training]`, are in `training` below.
            params["method"] = json!({ "distill": { "temperature": options.temperature, "weight": options.weight, "weights": options.weights } });
            let training = experiment.training.as_ref().ok_or("[training] is missing")?;
            params["training"] = json!(options.training(training).numbers());
            augment(&mut params, &experiment.data);
            self.scheme(&options.student, &mut params, &mut inputs)?;
        }
        let spec = StageSpec {
            stage: "fuse".into(),
            label: spec.name.clone(),
            version: FUSE_VERSION * 1000 + spec.method.version(),
            params,
            inputs,
        };
        let origin = NetworkOrigin::Fusion { fusion, members };
        Ok(self.add(spec, |plan, key, spec| push(plan, key, spec, at.index, origin)))
    }
}

/// Adds the augmentation of training images.
fn augment(params: &mut Value, data: &Data) {
    params["augment"] = json!(data.augment);
    if !data.stage_augment.is_empty() {
        params["stage-augment"] = json!(data.stage_augment);
    }
}

fn push(plan: &mut Plan, key: StageKey, spec: StageSpec, cell: usize, origin: NetworkOrigin) -> usize {
    plan.networks.push(NetworkStage { key, spec, cell, origin });
    plan.networks.len() - 1
}
