use super::proto::{AttributeProto, NodeProto, TensorProto};

/// The attributes of a node by name.
#[derive(Clone, Copy)]
pub(crate) struct Attributes<'a>(pub &'a NodeProto);

impl<'a> Attributes<'a> {
    fn find(&self, name: &str) -> Option<&'a AttributeProto> {
        self.0.attribute.iter().find(|attribute| attribute.name == name)
    }

    /// True if it is given.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// An integer, or its default.
    pub fn int(&self, name: &str, default: i64) -> i64 {
        self.find(name).map_or(default, |attribute| attribute.i)
    }

    /// A number, or its default.
    pub fn float(&self, name: &str, default: f32) -> f32 {
        self.find(name).map_or(default, |attribute| attribute.f)
    }

    /// Integers; `None` if they are not given.
    pub fn ints(&self, name: &str) -> Option<&'a [i64]> {
        self.find(name).map(|attribute| &attribute.ints[..])
    }

    /// Numbers; `None` if they are not given.
    pub fn floats(&self, name: &str) -> Option<&'a [f32]> {
        self.find(name).map(|attribute| &attribute.floats[..])
    }

    /// A word, or its default.
    pub fn word(&self, name: &str, default: &'a str) -> &'a str {
        self.find(name).and_then(|attribute| std::str::from_utf8(&attribute.s).ok()).unwrap_or(default)
    }

    /// A tensor.
    pub fn tensor(&self, name: &str) -> Option<&'a TensorProto> {
        self.find(name).and_then(|attribute| attribute.t.as_ref())
    }
}
