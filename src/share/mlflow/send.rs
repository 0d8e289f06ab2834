use serde_json::{Value, json};

use super::artifacts::{encoded_path, proxy_path};
use super::batch::batches;
use super::content::{CONTENT, KEY, MlflowContent, PARENT};
use super::rest::{MlflowServer, percent_encoded};
use crate::{ShareError, SharedExperiment};

/// Outcome of sending the runs of an experiment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MlflowSent {
    /// MLflow's number of the experiment.
    pub experiment_id: String,
    /// Identifiers of the runs on the server, in the order of [`SharedExperiment::runs`].
    pub run_ids: Vec<String>,
    /// Number of runs that were new.
    pub created: usize,
    /// Number of runs that replaced earlier ones of their key with other content (or sent incompletely); these are in
    /// MLflow's trash.
    pub replaced: usize,
    /// Number of runs that the server had already.
    pub unchanged: usize,
    /// Number of files uploaded.
    pub files: usize,
    /// Reason why files were not uploaded.
    pub files_left: Option<String>,
    /// Names of the values that were too long for MLflow and were cut.
    pub cut: Vec<String>,
}

/// A run on the server.
struct KnownRun {
    id: String,
    content: String,
    parent: String,
    finished: bool,
}

impl MlflowServer {
    /// Sends the runs of an experiment, with their files where the server takes them. A run that the server has with
    /// the same content is left alone; one of the same key with other content, or whose sending was interrupted, is
    /// replaced by a new run and deleted (it can be restored).
    ///
    /// # Errors
    /// [`ShareError`]: no server, a request that it refuses, a deleted experiment of that name, a key that is too long,
    /// a file that cannot be read. Runs sent before stay; sending again completes the rest.
    pub fn send(&self, experiment: &SharedExperiment) -> Result<MlflowSent, ShareError> {
        experiment.check()?;
        // Before anything is sent: a key that is too long leaves no half of an experiment.
        let contents = experiment.runs.iter().map(MlflowContent::new).collect::<Result<Vec<_>, _>>()?;
        let mut sent =
            MlflowSent { experiment_id: self.experiment(&experiment.name)?, ..MlflowSent::default() };
        for (run, content) in experiment.runs.iter().zip(&contents) {
            let parent = run.parent.map_or("", |parent| &sent.run_ids[parent]).to_owned();
            let mut known = self.known(&sent.experiment_id, &run.key)?;
            let same = known.iter().position(|known| known.finished && known.content == content.hash);
            let id = match same.map(|same| known.swap_remove(same)) {
                Some(same) => {
                    if same.parent != parent {
                        let tag = json!({ "run_id": same.id, "key": PARENT, "value": parent });
                        self.post("runs/set-tag", &tag, true)?;
                    }
                    sent.unchanged += 1;
                    same.id
                }
                None => {
                    match known.is_empty() {
                        true => sent.created += 1,
                        false => sent.replaced += 1,
                    }
                    let (id, uri) =
                        self.create(&sent.experiment_id, &run.name, run.start_ms, content, &parent)?;
                    self.upload(&uri, content, &mut sent)?;
                    let end = json!({ "run_id": id, "status": "FINISHED", "end_time": run.end_ms });
                    self.post("runs/update", &end, true)?;
                    id
                }
            };
            for old in known {
                self.post("runs/delete", &json!({ "run_id": old.id }), true)?;
            }
            sent.run_ids.push(id);
            sent.cut.extend(content.cut.iter().cloned());
        }
        Ok(sent)
    }

    /// Number of the experiment, which is created if it does not exist.
    fn experiment(&self, name: &str) -> Result<String, ShareError> {
        if let Some(id) = self.find_experiment(name)? {
            return Ok(id);
        }
        let call = "experiments/create";
        match self.try_post(call, &json!({ "name": name }))? {
            Ok(made) => text(&made["experiment_id"]).ok_or_else(|| self.lacks(call, "experiment_id")),
            // Another process was faster.
            Err(refusal) if refusal.code == "RESOURCE_ALREADY_EXISTS" => {
                self.find_experiment(name)?.ok_or_else(|| refusal.error())
            }
            Err(refusal) => Err(refusal.error()),
        }
    }

    fn find_experiment(&self, name: &str) -> Result<Option<String>, ShareError> {
        let call = format!("experiments/get-by-name?experiment_name={}", percent_encoded(name));
        let found = match self.get(&call)? {
            Ok(found) => found,
            Err(refusal) if refusal.code == "RESOURCE_DOES_NOT_EXIST" => return Ok(None),
            Err(refusal) => return Err(refusal.error()),
        };
        let found = &found["experiment"];
        let id = text(&found["experiment_id"])
            .ok_or_else(|| self.lacks("experiments/get-by-name", "experiment.experiment_id"))?;
        match found["lifecycle_stage"].as_str() {
            Some("deleted") => Err(ShareError::Deleted { name: name.to_owned(), id }),
            _ => Ok(Some(id)),
        }
    }

    /// The runs of a key that are not deleted, newest first.
    fn known(&self, experiment: &str, key: &str) -> Result<Vec<KnownRun>, ShareError> {
        let call = "runs/search";
        let body = json!({
            "experiment_ids": [experiment],
            "filter": format!("tags.`{KEY}` = '{key}'"),
            "run_view_type": "ACTIVE_ONLY",
            "max_results": 1000,
        });
        let found = self.post(call, &body, true)?;
        let runs = found["runs"].as_array().map_or(&[][..], Vec::as_slice);
        let known = |run: &Value| {
            let tag = |key: &str| {
                let tags = run["data"]["tags"].as_array()?;
                text(&tags.iter().find(|tag| tag["key"] == key)?["value"])
            };
            Ok(KnownRun {
                id: text(&run["info"]["run_id"]).ok_or_else(|| self.lacks(call, "runs[].info.run_id"))?,
                content: tag(CONTENT).unwrap_or_default(),
                parent: tag(PARENT).unwrap_or_default(),
                finished: run["info"]["status"] == "FINISHED",
            })
        };
        runs.iter().map(known).collect()
    }

    /// Creates a run with all its values; returns its identifier and the address of its artefacts.
    fn create(
        &self,
        experiment: &str,
        name: &str,
        start_ms: i64,
        content: &MlflowContent,
        parent: &str,
    ) -> Result<(String, String), ShareError> {
        let call = "runs/create";
        // The key comes with the run, so that it is found if anything after this fails.
        let mut tags: Vec<Value> = content.tags.iter().take(3).cloned().collect();
        if !parent.is_empty() {
            tags.push(json!({ "key": PARENT, "value": parent }));
        }
        let body =
            json!({ "experiment_id": experiment, "run_name": name, "start_time": start_ms, "tags": tags });
        let made = self.post(call, &body, false)?;
        let info = &made["run"]["info"];
        let id = text(&info["run_id"]).ok_or_else(|| self.lacks(call, "run.info.run_id"))?;
        let uri = text(&info["artifact_uri"]).unwrap_or_default();
        let rest = content.tags.iter().skip(3).cloned().collect();
        for batch in batches(&id, content.metrics.clone(), content.parameters.clone(), rest) {
            self.post("runs/log-batch", &batch, true)?;
        }
        Ok((id, uri))
    }

    fn upload(&self, uri: &str, content: &MlflowContent, sent: &mut MlflowSent) -> Result<(), ShareError> {
        if content.files.is_empty() {
            return Ok(());
        }
        match proxy_path(self, uri) {
            Err(reason) => sent.files_left = Some(reason),
            Ok(folder) => {
                for (name, bytes) in &content.files {
                    self.put_artifact(&format!("{folder}/{}", encoded_path(name)), bytes)?;
                    sent.files += 1;
                }
            }
        }
        Ok(())
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
