use anyhow::Context as _;

use super::FusionJob;
use super::rows::{Ledger, LedgerStep, member_name};
use camlab_nn::train::HeldOutResult;
use camlab_nn::{ChannelStatistics, Network};
use camlab_parts::fusion::{GreedySoupOptions, average, likeness};

/// The greedy soup (Wortsman et al. 2022, recipe 1).
pub(super) fn run(task: &FusionJob<'_>, options: &GreedySoupOptions) -> anyhow::Result<(Network, Ledger)> {
    task.held_out()?;
    let (mut ledger, evaluated) = Ledger::of_members(task)?;
    let score = |evaluated: &Option<HeldOutResult>| {
        evaluated.map_or(f64::NEG_INFINITY, |evaluated| evaluated.score(options.metric))
    };
    let mut order: Vec<usize> = (0..task.members.len()).collect();
    // A stable sort: members with equal scores stay in the order of the experiment file.
    order.sort_by(|a, b| score(&evaluated[*b]).total_cmp(&score(&evaluated[*a])));
    let ranked: Vec<Network> = order.iter().map(|index| task.members[*index].clone()).collect();
    let ranked = task.aligned(&options.align, &ranked)?;
    let recalibrate = options.recalibrate_bn.as_ref();
    let known = task.held_out()?.statistics(&ranked, recalibrate)?;

    let title = format!("fuse {} ({})", task.label(), task.job.stage.hints.cell);
    let said = task.job.progress.task(title, order.len(), "networks");
    let best = *order.first().context("the fusion has no members")?;
    let mut inside = vec![ranked[0].clone()];
    let mut known_inside: Vec<ChannelStatistics> = known.first().cloned().into_iter().collect();
    let mut soup = ranked[0].clone();
    let mut reached = score(&evaluated[best]);
    ledger.rows[best].kept = true;
    let statistics = match recalibrate {
        None => "averaged",
        Some(recalibrate) if recalibrate.repair => "repaired",
        Some(_) => "recalibrated",
    };
    for (place, (index, member)) in order.iter().zip(&ranked).enumerate().skip(1) {
        inside.push(member.clone());
        known_inside.extend(known.get(place).cloned());
        let mut candidate = average(&inside, &[])?;
        if let Some(recalibrate) = recalibrate {
            let shares = vec![1.0 / inside.len() as f64; inside.len()];
            let repair = recalibrate.repair.then_some((&known_inside[..], &shares[..]));
            task.held_out()?.recalibrate(&mut candidate, repair, recalibrate)?;
        }
        let name = format!("with {}", member_name(*index));
        let similarity = likeness(&inside);
        let step =
            LedgerStep { name: &name, align: options.align.name(), statistics, similarity, kept: false };
        let found = score(&ledger.note(task, &candidate, step)?);
        if found >= reached {
            (soup, reached) = (candidate, found);
            ledger.rows[*index].kept = true;
        } else {
            inside.pop();
            known_inside.truncate(inside.len());
        }
    }
    let of = if inside.len() > 1 { statistics } else { "own" };
    let similarity = likeness(&inside);
    let step =
        LedgerStep { name: "soup", align: options.align.name(), statistics: of, similarity, kept: true };
    ledger.note(task, &soup, step)?;
    said.finish(format!("{} of {} members", inside.len(), order.len()));
    Ok((soup, ledger))
}
