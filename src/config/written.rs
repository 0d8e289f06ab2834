use super::path;
use super::tree::TomlNode;
use super::{Document, Position};

impl Document {
    /// The value that the files or `--set` give for a path of the experiment that runs, or the name of an item that stands
    /// for the item without options; `None` for a default.
    pub fn written(&self, steps: &[&str]) -> Option<&TomlNode> {
        // Parts of splits are data sets of their own in the experiment that runs.
        if let ["data", split, "part", rest @ ..] = steps
            && path::get(&self.root, &["data", split, "part"]).is_none()
        {
            let source = path::get(&self.root, &["data", "val", "of"]).and_then(TomlNode::as_text)?;
            return match rest {
                ["of", inner @ ..] => self.written(&[&["data", source], inner].concat()),
                own => self.written(&[&["data", "val"], own].concat()),
            };
        }
        let item = || {
            let (last, parent) = steps.split_last()?;
            path::get(&self.root, parent).filter(|node| node.as_text() == Some(last))
        };
        path::get(&self.root, steps).or_else(item)
    }

    /// Line and column of a value; `None` if `--set` gives it.
    pub fn place(&self, node: &TomlNode) -> Option<Position> {
        let position = self.sources.position(&node.span);
        (position.name != "--set").then_some(position)
    }

    /// The reference that stands where a value is written, `${path}`; `None` for a value that is written out.
    pub fn reference(&self, node: &TomlNode) -> Option<&str> {
        let (_, text, local) = self.sources.locate(&node.span);
        text.get(local).filter(|text| text.contains("${"))
    }
}
