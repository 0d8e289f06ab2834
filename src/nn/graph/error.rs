use super::Tap;

/// Errors of a graph, an input size or a tap's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// An alias that a layer has as its name.
    #[error("`{alias}` is the name of a layer; choose another alias")]
    AliasTaken {
        /// The alias.
        alias: String,
    },
    /// No activation has the requested name.
    #[error("no layer has the name `{name}`{hint}")]
    UnknownTap {
        /// Requested name.
        name: String,
        /// `, did you mean ...?`, or some of the names that there are.
        hint: String,
    },
    /// An operation does not fit its input.
    #[error("node `{node}` {reason}")]
    Shape {
        /// Name of the operation's node.
        node: String,
        /// The misfit, as a verb phrase.
        reason: String,
    },
    /// The graph cannot be cut in two at a node, because a later one also reads something before it.
    #[error(
        "the graph cannot be split at `{at}`, because the later `{reader}` also reads the earlier `{read}`; use the \
         output of a block or stage, such as `layer3.1` or `layer3`"
    )]
    Cut {
        /// Node at which the cut was requested.
        at: String,
        /// Node after the cut.
        reader: String,
        /// Node before the cut that it reads.
        read: String,
    },
}

/// Most names that a message lists.
const MOST_NAMES: usize = 12;

impl GraphError {
    pub(super) fn unknown_tap(name: &str, taps: &[Tap]) -> Self {
        let names = || taps.iter().map(|tap| tap.name.as_str());
        let hint = match camlab_base::registry::closest(name, names()) {
            Some(near) => format!(", did you mean `{near}`?"),
            None => {
                let modules: Vec<&str> = names().filter(|name| !name.contains('.')).collect();
                let shown = modules.len().min(MOST_NAMES);
                let others = match modules.len() - shown {
                    0 => String::new(),
                    others => format!(" and {others} others"),
                };
                format!("; stages and top-level modules: `{}`{others}", modules[..shown].join("`, `"))
            }
        };
        Self::UnknownTap { name: name.to_owned(), hint }
    }
}
