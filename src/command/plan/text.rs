use std::collections::BTreeMap;

use camlab::base::{counted, spoken};
use camlab::plan::{Facts, Plan};
use camlab::run::why::{RootCause, StageState, root_causes};
use camlab::stage::Kind;

use super::status::{PlanStatus, PlanTotals};
use super::words::expected;
use crate::command::show;

/// Bytes of lines that are printed at once.
const PRINTED_TOGETHER: usize = 1 << 16;
/// Limit on the causes that are told.
const MOST_CAUSES: usize = 20;
/// Limit on the stages that are named after a cause.
const NAMED: usize = 3;
/// Widest column of labels; a longer label moves what follows it.
const WIDEST_LABEL: usize = 44;

/// Prints a plan: cells, causes, stages, expected time.
pub fn print(plan: &Plan, status: &PlanStatus, facts: &Facts) -> anyhow::Result<()> {
    let totals = status.totals();
    let mut text = format!("{}\n", counted(plan.cells.len(), "cell"));
    for cell in &plan.cells {
        text.push_str(&format!("  {:<10} seed {:<6} {}\n", cell.id, cell.seed, cell.configuration()));
        flush(&mut text)?;
    }
    text.push_str(&format!("\n{}\n", summary(&totals)));
    let causes = root_causes(plan, &status.reasons);
    if !causes.is_empty() {
        text.push_str("\nwhy\n");
    }
    for (number, cause) in causes.iter().take(MOST_CAUSES).enumerate() {
        text.push_str(&told(plan, status, number + 1, cause));
    }
    if causes.len() > MOST_CAUSES {
        text.push_str(&format!(
            "  and {}; --json lists all\n",
            counted(causes.len() - MOST_CAUSES, "more cause")
        ));
    }
    text.push_str("\nstages\n");
    let columns = Columns::of(plan, status);
    for index in &status.order {
        text.push_str(&columns.line(plan, status, *index));
        flush(&mut text)?;
    }
    if totals.cached < totals.stages {
        text.push_str(&format!("\n{}\n", time(&totals)));
    }
    if totals.passes > 0 {
        text.push_str(&format!("{} forward passes of changed images\n", totals.passes));
    }
    let downloads: Vec<&String> = facts.checkpoints.values().filter_map(|c| c.download.as_ref()).collect();
    if !downloads.is_empty() {
        text.push_str(&format!("\n{} to download, not in the cache\n", downloads.len()));
        downloads.iter().for_each(|url| text.push_str(&format!("  {url}\n")));
    }
    show(&text)
}

fn flush(text: &mut String) -> anyhow::Result<()> {
    if text.len() > PRINTED_TOGETHER {
        show(text)?;
        text.clear();
    }
    Ok(())
}

fn summary(totals: &PlanTotals) -> String {
    let PlanTotals { stages, cached, run, waiting, elsewhere, .. } = totals;
    let to_run = run + waiting;
    let order = match (run, waiting) {
        (_, 0) => String::new(),
        (run, waiting) => format!(": {run} now, {waiting} after others"),
    };
    let elsewhere = match elsewhere {
        0 => String::new(),
        number => format!(", {number} running elsewhere"),
    };
    format!("{stages} stages, {cached} cached{elsewhere}, {to_run} to run{order}")
}

fn time(totals: &PlanTotals) -> String {
    let PlanTotals { seconds, measured, by_kind, unknown, .. } = totals;
    if measured + by_kind == 0 {
        return "expected time unknown: no stage like these was measured on this machine".into();
    }
    let mut basis = Vec::new();
    if *measured > 0 {
        basis.push(format!("{} as measured earlier on this machine", counted(*measured, "stage")));
    }
    if *by_kind > 0 {
        let noun = if basis.is_empty() {
            format!(" stage{}", if *by_kind == 1 { "" } else { "s" })
        } else {
            "".into()
        };
        basis.push(format!("{by_kind}{noun} by their kind"));
    }
    if *unknown > 0 {
        basis.push(format!("{unknown} unknown"));
    }
    let words = if *seconds < 1.0 { "less than 1 s".into() } else { format!("about {}", spoken(*seconds)) };
    format!("{words} ({})", basis.join(", "))
}

/// A cause with its origin and time, and the stages that it makes run.
fn told(plan: &Plan, status: &PlanStatus, number: usize, root: &RootCause) -> String {
    let Some(reason) = &status.reasons[root.stage] else { return String::new() };
    let Some(cause) = reason.causes.get(root.cause) else { return String::new() };
    let named = |index: usize| name(plan, index);
    let since = reason.since().map_or_else(String::new, |since| format!(", since {since}"));
    let stages = match &root.stages[..] {
        few if few.len() <= NAMED => few.iter().map(|index| named(*index)).collect::<Vec<_>>().join(", "),
        many => format!("{}: {}", counted(many.len(), "stage"), by_kind(plan, many)),
    };
    let them = if root.stages.len() == 1 { "it" } else { "them" };
    let downstream = match root.downstream {
        0 => String::new(),
        number => format!("; and {} downstream of {them}", counted(number, "stage")),
    };
    format!("  {number}. {}{since}\n     in {stages}{downstream}\n", cause.line(&named))
}

/// `3 train, 2 evaluate`, in the order of the kinds.
fn by_kind(plan: &Plan, stages: &[usize]) -> String {
    let mut numbers: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for index in stages {
        let stage = plan.stages.get(*index);
        *numbers.entry((Kind::rank(stage), stage.spec.kind.as_str())).or_default() += 1;
    }
    numbers.iter().map(|((_, kind), number)| format!("{number} {kind}")).collect::<Vec<_>>().join(", ")
}

/// Kind and label of a stage.
fn name(plan: &Plan, index: usize) -> String {
    let stage = plan.stages.get(index);
    format!("{} {}", stage.spec.kind, plan.label(index))
}

/// Widths of the columns of the list of stages; 0 for a column that is left out.
struct Columns {
    kind: usize,
    label: usize,
    cells: usize,
    time: usize,
}

impl Columns {
    fn of(plan: &Plan, status: &PlanStatus) -> Self {
        let kind = plan.stages.iter().map(|stage| stage.spec.kind.len()).max().unwrap_or(0);
        let label = (0..plan.stages.len()).map(|index| plan.label(index).chars().count()).max().unwrap_or(0);
        let shared = status.cells.iter().copied().filter(|cells| *cells > 1).max();
        let estimates = status.estimates.iter().flatten();
        let time = estimates.map(|estimate| expected(estimate.seconds).len()).max().unwrap_or(0);
        let cells = shared.map_or(0, |cells| in_cells(cells).len());
        Self { kind, label: label.min(WIDEST_LABEL), cells, time }
    }

    fn line(&self, plan: &Plan, status: &PlanStatus, index: usize) -> String {
        let stage = plan.stages.get(index);
        let Self { kind, label, cells, time } = self;
        let mut line =
            format!("  {:<kind$}  {}  {:<label$}  ", stage.spec.kind, stage.key.short(), plan.label(index));
        if *cells > 0 {
            let shared = status.cells[index];
            let shared = if shared > 1 { in_cells(shared) } else { String::new() };
            line.push_str(&format!("{shared:<cells$}  "));
        }
        if *time > 0 {
            let found = status.estimates[index].as_ref();
            let words = found.map_or_else(String::new, |found| expected(found.seconds));
            line.push_str(&format!("{words:>time$}  "));
        }
        let state = match status.states[index] {
            StageState::Cached => "cached",
            StageState::Run => "run",
            StageState::Waiting => "waits",
            StageState::Elsewhere => "running elsewhere",
        };
        line.push_str(state);
        if let Some(passes) = status.passes[index] {
            line.push_str(&format!(", {passes} passes"));
        }
        if let Some(reason) = &status.reasons[index] {
            let words: Vec<String> =
                reason.causes.iter().map(|cause| cause.words(&|index| name(plan, index))).collect();
            line.push_str(&format!(": {}", words.join("; ")));
        }
        line.push('\n');
        line
    }
}

fn in_cells(number: usize) -> String {
    format!("in {number} cells")
}
