use anyhow::Context as _;

use super::Task;
use super::rows::{Ledger, Step};
use crate::nn::Network;
use crate::nn::train::Judgement;
use crate::parts::fusion::{GreedySoupOptions, average, likeness};
use crate::random::stream;

/// The greedy soup (Wortsman et al. 2022, recipe 1).
pub(super) fn run(task: &Task<'_>, options: &GreedySoupOptions) -> anyhow::Result<(Network, Ledger)> {
    task.ground()?;
    let (mut ledger, judged) = Ledger::of_members(task)?;
    let score =
        |judged: &Option<Judgement>| judged.map_or(f64::NEG_INFINITY, |judged| judged.score(options.metric));
    let mut order: Vec<usize> = (0..task.members.len()).collect();
    // Stable: members that score alike stay in the file's order.
    order.sort_by(|a, b| score(&judged[*b]).total_cmp(&score(&judged[*a])));
    let ranked: Vec<Network> = order.iter().map(|index| task.members[*index].1.clone()).collect();
    let ranked = options.align.align(&ranked, &mut stream(task.seed(), "align"))?;

    let said =
        task.progress.task(format!("fuse {} ({})", task.spec.name, task.cell.id), order.len(), "networks");
    let best = *order.first().context("no member")?;
    let mut inside = vec![ranked[0].clone()];
    let mut soup = ranked[0].clone();
    let mut reached = score(&judged[best]);
    ledger.rows[best].kept = true;
    let statistics = if options.recalibrate_bn.is_some() { "recalibrated" } else { "averaged" };
    for (index, member) in order.iter().zip(&ranked).skip(1) {
        inside.push(member.clone());
        let mut candidate = average(&inside, &[])?;
        if let Some(recalibrate) = &options.recalibrate_bn {
            let shares = vec![1.0 / inside.len() as f64; inside.len()];
            let repair = recalibrate.repair;
            task.ground()?.recalibrate(&mut candidate, &inside, &shares, recalibrate, repair)?;
        }
        let name = format!("with {}", task.members[*index].0);
        let similarity = likeness(&inside);
        let step = Step { name: &name, align: options.align.name(), statistics, similarity, kept: false };
        let found = score(&ledger.note(task, &candidate, step)?);
        if found >= reached {
            (soup, reached) = (candidate, found);
            ledger.rows[*index].kept = true;
        } else {
            inside.pop();
        }
    }
    let of = if inside.len() > 1 { statistics } else { "own" };
    let similarity = likeness(&inside);
    let step = Step { name: "soup", align: options.align.name(), statistics: of, similarity, kept: true };
    ledger.note(task, &soup, step)?;
    said.finish(format!("{} of {} members", inside.len(), order.len()));
    Ok((soup, ledger))
}
