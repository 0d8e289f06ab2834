use super::Tap;

/// What can be wrong with a graph, an input size or a tap's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// No activation has the name asked for.
    #[error("no activation is called `{name}`{hint}; stages and top modules: `{known}`")]
    UnknownTap {
        /// What was asked for.
        name: String,
        /// `, did you mean ...?`, or nothing.
        hint: String,
        /// The undotted names.
        known: String,
    },
    /// An operation cannot be applied to what reaches it.
    #[error("node `{node}` {reason}")]
    Shape {
        /// The operation's node.
        node: String,
        /// What does not fit, as a verb phrase.
        reason: String,
    },
    /// The graph cannot be cut in two at a node, because a later one also reads something before it.
    #[error(
        "cannot cut the graph at `{at}`: `{reader}` behind it also reads `{read}` before it; cut at a block's or stage's output"
    )]
    Cut {
        /// Where the cut was wanted.
        at: String,
        /// The node behind the cut.
        reader: String,
        /// What it reads from before the cut.
        read: String,
    },
}

impl GraphError {
    pub(super) fn unknown_tap(name: &str, taps: &[Tap]) -> Self {
        let names = || taps.iter().map(|tap| tap.name.as_str());
        let hint = match camlab_base::registry::closest(name, names()) {
            Some(near) => format!(", did you mean `{near}`?"),
            None => String::new(),
        };
        let known: Vec<&str> = names().filter(|name| !name.contains('.')).collect();
        Self::UnknownTap { name: name.to_owned(), hint, known: known.join("`, `") }
    }
}
