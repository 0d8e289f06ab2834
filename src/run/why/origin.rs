use std::fmt;

use camlab_config::{Document, Position, tree};
use serde::Serialize;
use serde_json::Value;

use super::holds::holds;
use super::keys::TomlPath;

/// The place that the value of an option comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case", tag = "from")]
pub enum Origin {
    /// A line of the experiment file or of a file that it extends.
    File {
        /// The file as named on the command line or in `extends`.
        file: String,
        /// 1-based.
        line: usize,
        /// 1-based, in characters.
        column: usize,
        /// The dotted key, as `--set` takes it.
        key: String,
    },
    /// `--set`.
    Set {
        /// The dotted key.
        key: String,
    },
    /// A default: the key is not written.
    Default {
        /// The dotted key.
        key: String,
    },
}

impl Origin {
    /// The dotted key, as `--set` takes it.
    pub fn key(&self) -> &str {
        match self {
            Self::File { key, .. } | Self::Set { key } | Self::Default { key } => key,
        }
    }

    /// The origin of an option's value, which stands at one of these paths of a cell's document; the first that is written
    /// counts. `None` if another value is written there: the option is computed from it in a way that is not known here.
    pub(super) fn of(document: &Document, paths: &[TomlPath], value: &Value) -> Option<Self> {
        for TomlPath { steps, derived } in paths {
            let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
            let Some(node) = document.written(&steps) else { continue };
            if !derived && !holds(node, value) {
                return None;
            }
            let key = dotted(document, &steps);
            return Some(match document.place(node) {
                Some(Position { name, line, column }) => Self::File { file: name, line, column, key },
                None => Self::Set { key },
            });
        }
        let TomlPath { steps, .. } = paths.last()?;
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        Some(Self::Default { key: dotted(document, &steps) })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, line, .. } => write!(f, "{file}:{line}"),
            Self::Set { .. } => f.write_str("--set"),
            Self::Default { .. } => f.write_str("default"),
        }
    }
}

/// The key as `--set` takes it: an element of a list by its name, if it has one.
fn dotted(document: &Document, steps: &[&str]) -> String {
    let mut written = Vec::with_capacity(steps.len());
    let mut at = None;
    for (depth, step) in steps.iter().enumerate() {
        let node = match (depth, at) {
            (0, _) => document.root.get(step),
            (_, Some(node)) => element(node, step),
            _ => None,
        };
        let in_list = at.is_some_and(|list: &tree::TomlNode| list.as_list().is_some());
        let name = node.filter(|_| in_list).and_then(tree::TomlNode::named);
        written.push(tree::written_key(name.unwrap_or(step)));
        at = node;
    }
    written.join(".")
}

fn element<'a>(node: &'a tree::TomlNode, step: &str) -> Option<&'a tree::TomlNode> {
    match node.as_list() {
        Some(list) => list.get(step.parse::<usize>().ok()?),
        None => node.as_table()?.get(step),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;

    const TEXT: &str = "\
name = \"x\"
[[init]]
name = \"a\"
scheme = \"orthogonal\"
[training]
lr = 0.1
";

    fn of(document: &Document, paths: &[&[&str]], value: Value) -> Option<String> {
        let path = |steps: &&[&str]| TomlPath::new(steps);
        let paths: Vec<TomlPath> = paths.iter().map(path).collect();
        Origin::of(document, &paths, &value).map(|origin| format!("{origin} {}", origin.key()))
    }

    #[test]
    fn a_value_is_found_in_the_file_in_set_or_nowhere() {
        let mut document = Document::parse(Path::new("x.toml"), TEXT).unwrap();
        document.set("training.momentum=0.5").unwrap();
        let told = |paths: &[&[&str]], value: Value| of(&document, paths, value);
        assert_eq!(told(&[&["training", "lr"]], json!(0.1)).unwrap(), "x.toml:6 training.lr");
        assert_eq!(told(&[&["training", "lr"]], json!(0.2)), None, "never a wrong line");
        assert_eq!(told(&[&["training", "momentum"]], json!(0.5)).unwrap(), "--set training.momentum");
        assert_eq!(told(&[&["training", "nesterov"]], json!(false)).unwrap(), "default training.nesterov");
        let scheme: &[&str] = &["init", "0", "scheme"];
        assert_eq!(told(&[scheme], json!({ "orthogonal": {} })).unwrap(), "x.toml:4 init.a.scheme");
        let stage: &[&str] = &["training", "stage", "0", "lr"];
        assert_eq!(told(&[stage, &["training", "lr"]], json!(0.1)).unwrap(), "x.toml:6 training.lr");
    }
}
