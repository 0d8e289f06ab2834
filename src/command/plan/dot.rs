//! The graph of stages in Graphviz's language.

use std::collections::BTreeMap;

use camlab::plan::Plan;
use camlab::run::why::StageState;
use camlab::stage::Kind;

use super::status::PlanStatus;
use crate::command::show;

/// Prints a plan as a Graphviz digraph: a node per stage, coloured by its state, kinds side by side.
pub fn print(plan: &Plan, status: &PlanStatus) -> anyhow::Result<()> {
    let mut text = String::from(
        "// camlab plan FILE --dot | dot -Tsvg > plan.svg\ndigraph plan {\n  rankdir=LR;\n  \
         node [shape=box, style=\"filled,rounded\", fontname=\"sans-serif\", fontsize=10];\n",
    );
    let mut kinds: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for index in &status.order {
        kinds.entry(Kind::rank(plan.stages.get(*index))).or_default().push(*index);
    }
    for stages in kinds.into_values() {
        text.push_str("  { rank=same;\n");
        for index in stages {
            let stage = plan.stages.get(index);
            let label = format!("{}\\n{}", escaped(&stage.spec.kind), escaped(&plan.label(index)));
            let (key, state) = (&stage.key, status.states[index]);
            text.push_str(&format!(
                "    \"{key}\" [label=\"{label}\", fillcolor=\"{}\", tooltip=\"{} {}\"];\n",
                colour(state),
                state.name(),
                key.short()
            ));
        }
        text.push_str("  }\n");
    }
    for index in &status.order {
        let key = &plan.stages.get(*index).key;
        for input in plan.stages.inputs(*index) {
            text.push_str(&format!("  \"{}\" -> \"{key}\";\n", plan.stages.get(*input).key));
        }
    }
    text.push_str("}\n");
    show(&text)
}

fn colour(state: StageState) -> &'static str {
    match state {
        StageState::Cached => "#d5e8d4",
        StageState::Run => "#ffe6a8",
        StageState::Waiting => "#eeeeee",
        StageState::Elsewhere => "#cfe2f3",
    }
}

/// A text within the quotes of a label: quotes, backslashes and line breaks as escapes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn quotes_and_backslashes_are_escaped() {
        assert_eq!(escaped("a \"b\" \\n\nc\td"), "a \\\"b\\\" \\\\n\\nc d");
    }
}
