use std::collections::HashMap;
use std::path::{Path, PathBuf};

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
    weights: HashMap<String, Tensor>,
}

impl OnnxModel {
    /// Reads a file, and the files with weights beside it that it names.
    ///
    /// # Errors
    /// [`OnnxError`] for a file that cannot be read or is no model.
    pub fn read(path: &Path) -> Result<Self, OnnxError> {
        let bytes = read(path)?;
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
            weights.insert(proto.name.clone(), tensor);
        }
        Ok(Self { path: path.to_owned(), model, graph, weights })
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

    pub(crate) fn graph(&self) -> &GraphProto {
        &self.graph
    }

    pub(crate) fn weights(&self) -> &HashMap<String, Tensor> {
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
    let entry =
        |key: &str| proto.external_data.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
    let failed = |reason: &str| OnnxError::Format {
        path: model.to_owned(),
        reason: format!("the tensor `{}` {reason}", proto.name),
    };
    let location = Path::new(entry("location").ok_or_else(|| failed("names no file with its values"))?);
    // A model must not read files elsewhere.
    let plain = location.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    if !plain {
        return Err(failed("lies in a file outside the model's folder, which is refused"));
    }
    let path = model.parent().unwrap_or_else(|| Path::new("")).join(location);
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
