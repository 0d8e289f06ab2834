use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use prost::Message as _;
use prost::bytes::Bytes;

use super::OnnxError;
use super::proto::{GraphProto, ModelProto, TensorProto};
use super::tensor::Tensor;

/// A parsed ONNX file.
#[derive(Debug)]
pub struct OnnxModel {
    path: PathBuf,
    model: ModelProto,
    graph: GraphProto,
    weights: HashMap<String, Arc<Tensor>>,
    /// Bytes of the file and of those beside it.
    bytes: usize,
}

impl OnnxModel {
    /// Reads a file, and the files with weights beside it that it names.
    ///
    /// # Errors
    /// [`OnnxError`] for a file that cannot be read or is no model.
    pub fn read(path: &Path) -> Result<Self, OnnxError> {
        Self::decode(read(path)?, path)
    }

    /// Reads the bytes of a file; files with weights are looked for beside `path`.
    ///
    /// # Errors
    /// As [`OnnxModel::read`].
    pub fn decode(bytes: Vec<u8>, path: &Path) -> Result<Self, OnnxError> {
        let own = bytes.len();
        let format = |reason: String| OnnxError::Format { path: path.to_owned(), reason };
        // Weights refer to the file's bytes, which are not copied.
        let mut model =
            ModelProto::decode(Bytes::from(bytes)).map_err(|source| format(source.to_string()))?;
        let graph = model.graph.take().ok_or_else(|| format("it has no graph".into()))?;
        if let Some(function) = model.functions.first() {
            return Err(format(format!(
                "it defines functions (`{}`), which are not supported; inline them when exporting",
                function.name
            )));
        }
        let mut files = HashMap::new();
        let mut weights = HashMap::new();
        for proto in &graph.initializer {
            let raw = match proto.data_location {
                1 => external(path, proto, &mut files)?,
                _ => proto.raw_data.clone(),
            };
            let tensor = Tensor::of(proto, &raw)
                .map_err(|reason| format(format!("the tensor `{}` {reason}", proto.name)))?;
            weights.insert(proto.name.clone(), Arc::new(tensor));
        }
        let bytes = own + files.values().map(Bytes::len).sum::<usize>();
        Ok(Self { path: path.to_owned(), model, graph, weights, bytes })
    }

    /// The files with weights beside a model that it names, sorted; none if all weights are inside.
    ///
    /// # Errors
    /// As [`OnnxModel::read`], but for the values of weights.
    pub fn external_files(path: &Path) -> Result<Vec<PathBuf>, OnnxError> {
        let format = |reason: String| OnnxError::Format { path: path.to_owned(), reason };
        let bytes = Bytes::from(read(path)?);
        let model = ModelProto::decode(bytes).map_err(|source| format(source.to_string()))?;
        let weights = model.graph.iter().flat_map(|graph| &graph.initializer);
        let files = weights.filter(|proto| proto.data_location == 1).map(|proto| location(path, proto));
        Ok(files.collect::<Result<BTreeSet<_>, _>>()?.into_iter().collect())
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Program that wrote the file, with its version.
    pub fn producer(&self) -> String {
        format!("{} {}", self.model.producer_name, self.model.producer_version).trim().to_owned()
    }

    /// Version of the standard operators.
    pub fn opset(&self) -> i64 {
        let standard = |domain: &str| domain.is_empty() || domain == "ai.onnx";
        self.model.opset_import.iter().find(|set| standard(&set.domain)).map_or(1, |set| set.version)
    }

    pub(crate) fn metadata(&self) -> BTreeMap<String, String> {
        let pairs = self.model.metadata_props.iter();
        pairs.map(|entry| (entry.key.clone(), entry.value.clone())).collect()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn graph(&self) -> &GraphProto {
        &self.graph
    }

    pub(crate) fn weights(&self) -> &HashMap<String, Arc<Tensor>> {
        &self.weights
    }
}

fn read(path: &Path) -> Result<Vec<u8>, OnnxError> {
    std::fs::read(path).map_err(|source| OnnxError::Read { path: path.to_owned(), source })
}

/// The bytes of a tensor in a file beside the model.
fn external(
    model: &Path,
    proto: &TensorProto,
    files: &mut HashMap<PathBuf, Bytes>,
) -> Result<Bytes, OnnxError> {
    let entry = |key: &str| entry(proto, key);
    let failed = |reason: &str| failed(model, proto, reason);
    let path = location(model, proto)?;
    let bytes = match files.get(&path) {
        Some(bytes) => bytes.clone(),
        None => {
            let bytes = Bytes::from(read(&path)?);
            files.insert(path, bytes.clone());
            bytes
        }
    };
    let number = |key: &str| match entry(key) {
        None => Ok(None),
        Some(text) => {
            text.parse::<usize>().map(Some).map_err(|_| failed(&format!("has no number as `{key}`")))
        }
    };
    let start = number("offset")?.unwrap_or(0);
    let end = match number("length")? {
        Some(length) => start.checked_add(length),
        None => Some(bytes.len()),
    };
    match end {
        Some(end) if start <= end && end <= bytes.len() => Ok(bytes.slice(start..end)),
        _ => Err(failed("reaches beyond the end of its file")),
    }
}

fn entry<'a>(proto: &'a TensorProto, key: &str) -> Option<&'a String> {
    proto.external_data.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
}

fn failed(model: &Path, proto: &TensorProto, reason: &str) -> OnnxError {
    OnnxError::Format { path: model.to_owned(), reason: format!("the tensor `{}` {reason}", proto.name) }
}

/// The file that holds the values of a tensor.
fn location(model: &Path, proto: &TensorProto) -> Result<PathBuf, OnnxError> {
    let location = entry(proto, "location");
    let location = Path::new(location.ok_or_else(|| failed(model, proto, "names no file with its values"))?);
    // A model must not read files elsewhere.
    let plain = location.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    match plain {
        true => Ok(model.parent().unwrap_or_else(|| Path::new("")).join(location)),
        false => Err(failed(model, proto, "lies in a file outside the model's folder, which is refused")),
    }
}
