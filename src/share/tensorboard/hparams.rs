//! Messages of the HPARAMS tab: `tensorboard/plugins/hparams/api.proto` and `plugin_data.proto`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::event::seconds;
use super::proto::ProtoMessage;
use crate::value::typed;
use crate::{SharedExperiment, SharedRun};

/// Most values of a parameter that are listed for the filters of the tab.
const LISTED: usize = 10;

/// The parameters of the runs with values, and the type of each.
pub(super) struct Hparams {
    parameters: BTreeMap<String, HparamValues>,
    metrics: BTreeSet<String>,
}

/// The values of a parameter in all runs.
#[derive(Default)]
struct HparamValues {
    texts: BTreeSet<String>,
    runs: usize,
}

/// `DataType` of `api.proto`.
#[derive(Clone, Copy, PartialEq)]
enum HparamType {
    Text = 1,
    Truth = 2,
    Number = 3,
}

impl HparamValues {
    fn kind(&self) -> HparamType {
        let all = |is: fn(&Value) -> bool| self.texts.iter().all(|text| is(&typed(text)));
        match () {
            () if all(Value::is_boolean) => HparamType::Truth,
            () if all(Value::is_number) => HparamType::Number,
            () => HparamType::Text,
        }
    }
}

impl Hparams {
    /// The parameters and results of the runs that the tab shows: those without runs of their own below them.
    pub(super) fn new(experiment: &SharedExperiment) -> Self {
        let mut parameters = BTreeMap::<String, HparamValues>::new();
        let (mut metrics, mut series) = (BTreeSet::new(), BTreeSet::new());
        for (_, run) in sessions(experiment) {
            for (key, value) in &run.parameters {
                let values = parameters.entry(key.clone()).or_default();
                values.texts.insert(value.clone());
                values.runs += 1;
            }
            for metric in &run.metrics {
                let keys = if metric.step == 0 { &mut metrics } else { &mut series };
                keys.insert(metric.key.clone());
            }
        }
        // The tab shows one number per run: results, no curves.
        metrics.retain(|key| !series.contains(key));
        Self { parameters, metrics }
    }

    /// `Experiment`: every parameter with its type and values, every result.
    pub(super) fn experiment(&self, experiment: &SharedExperiment) -> ProtoMessage {
        let created = experiment.runs.iter().map(|run| run.start_ms).min().unwrap_or_default();
        let mut message = ProtoMessage::default().double(3, seconds(created));
        let runs = sessions(experiment).count();
        for (key, values) in &self.parameters {
            message = message.message(4, &info(key, values, runs));
        }
        for key in &self.metrics {
            let name = ProtoMessage::default().bytes(2, key);
            message = message.message(5, &ProtoMessage::default().message(1, &name));
        }
        ProtoMessage::default().message(2, &message.bytes(6, &experiment.name))
    }

    /// `SessionStartInfo` of a run. Runs of one group are repetitions with other seeds: the tab shows their mean.
    pub(super) fn start(&self, run: &SharedRun, group: &str) -> ProtoMessage {
        let mut message = ProtoMessage::default();
        for (key, value) in &run.parameters {
            let kind = self.parameters.get(key).map_or(HparamType::Text, HparamValues::kind);
            let entry = ProtoMessage::default().bytes(1, key).message(2, &proto_value(value, kind));
            message = message.message(1, &entry);
        }
        let message = message.bytes(4, group).double(5, seconds(run.start_ms));
        ProtoMessage::default().message(3, &message)
    }
}

/// `SessionEndInfo` of a run that succeeded.
pub(super) fn end(run: &SharedRun) -> ProtoMessage {
    let message = ProtoMessage::default().int(1, 1).double(2, seconds(run.end_ms));
    ProtoMessage::default().message(4, &message)
}

/// The runs that are no parents, with their indices.
pub(super) fn sessions(experiment: &SharedExperiment) -> impl Iterator<Item = (usize, &SharedRun)> {
    let parents: BTreeSet<usize> = experiment.runs.iter().filter_map(|run| run.parent).collect();
    experiment.runs.iter().enumerate().filter(move |(at, _)| !parents.contains(at))
}

/// `HParamInfo`.
fn info(key: &str, values: &HparamValues, runs: usize) -> ProtoMessage {
    let kind = values.kind();
    let mut message = ProtoMessage::default().bytes(1, key).int(4, kind as i64);
    if values.texts.len() <= LISTED {
        let mut list = ProtoMessage::default();
        for text in &values.texts {
            list = list.message(1, &proto_value(text, kind));
        }
        message = message.message(5, &list);
    } else if kind == HparamType::Number {
        let numbers = values.texts.iter().filter_map(|text| typed(text).as_f64());
        let (least, most) = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), number| {
            (least.min(number), most.max(number))
        });
        message = message.message(6, &ProtoMessage::default().double(1, least).double(2, most));
    }
    message.int(7, i64::from(values.texts.len() > 1 || values.runs < runs))
}

/// `google.protobuf.Value` of the type that the parameter has in all runs.
fn proto_value(text: &str, kind: HparamType) -> ProtoMessage {
    match (kind, typed(text)) {
        (HparamType::Truth, Value::Bool(truth)) => ProtoMessage::default().int(4, i64::from(truth)),
        (HparamType::Number, Value::Number(number)) => {
            ProtoMessage::default().double(2, number.as_f64().unwrap_or(f64::NAN))
        }
        _ => ProtoMessage::default().bytes(3, text),
    }
}
