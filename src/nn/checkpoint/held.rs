use std::collections::BTreeMap;

/// A tensor in a file, without its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldTensor {
    /// Name in the file; in a PyTorch file, keys of dictionaries are joined by dots.
    pub name: String,
    /// Shape.
    pub shape: Vec<usize>,
    /// Element type, as the format calls it.
    pub dtype: String,
}

/// Names, shapes and types of a checkpoint's tensors, and what stands beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointContents {
    /// Name of the format.
    pub format: &'static str,
    /// Dictionaries of a PyTorch file that hold parameters: path and number of tensors. The path is a value for
    /// `state-dict`, and empty for the file itself.
    pub state_dicts: Vec<(String, usize)>,
    /// All tensors, by name.
    pub tensors: Vec<HeldTensor>,
    /// Plain values beside the tensors, as text.
    pub metadata: BTreeMap<String, String>,
}
