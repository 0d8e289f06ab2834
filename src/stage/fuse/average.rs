use super::FusionJob;
use super::rows::{Ledger, LedgerStep};
use camlab_frame::PathRow;
use camlab_nn::{ChannelStatistics, Network};
use camlab_parts::fusion::{AlignSpec, WeightAverageOptions, average, likeness};

/// Averages the members' weights. Every combination of the requested options is evaluated too, which shows the effect
/// of alignment and of new batch-norm statistics separately.
pub(super) fn run(task: &FusionJob<'_>, options: &WeightAverageOptions) -> anyhow::Result<(Network, Ledger)> {
    let (mut ledger, _) = Ledger::of_members(task)?;
    let shares = options.shares(task.members.len());
    ledger.rows.iter_mut().zip(&shares).for_each(|(row, share)| row.kept = *share > 0.0);
    let none = AlignSpec::default();
    let aligns: Vec<&AlignSpec> = match options.align.moves() {
        true => vec![&none, &options.align],
        false => vec![&none],
    };
    let mut statistics = vec!["averaged"];
    if let Some(recalibrate) = &options.recalibrate_bn {
        statistics.push("recalibrated");
        statistics.extend(recalibrate.repair.then_some("repaired"));
    }
    let title = format!("fuse {} ({})", task.label(), task.job.stage.hints.cell);
    let said = task.job.progress.task(title, 1, "networks");
    let mut result = None;
    for (place, align) in aligns.iter().enumerate() {
        let members = task.aligned(align, &task.networks())?;
        let recalibrate = options.recalibrate_bn.as_ref();
        let known = match &task.held_out {
            Some(held_out) => held_out.statistics(&members, recalibrate)?,
            None => Vec::new(),
        };
        let members = Members { networks: &members, known: &known };
        let similarity = likeness(members.networks);
        // The path with the averaged statistics and with those of the result; the others add little information.
        let first_and_last = statistics[..1].iter().chain(statistics[1..].last());
        for of in first_and_last {
            path(task, options, members, align.name(), of, &mut ledger)?;
        }
        for (number, of) in statistics.iter().enumerate() {
            let kept = place + 1 == aligns.len() && number + 1 == statistics.len();
            // Without images the intermediate steps cannot be evaluated.
            if !kept && task.held_out.is_none() {
                continue;
            }
            let fused = averaged(task, options, members, &shares, of)?;
            let name = match (align.moves(), *of) {
                (false, "averaged") => "naive".to_owned(),
                (false, of) => of.to_owned(),
                (true, "averaged") => "aligned".to_owned(),
                (true, of) => format!("aligned, {of}"),
            };
            let step = LedgerStep { name: &name, align: align.name(), statistics: of, similarity, kept };
            ledger.note(task, &fused, step)?;
            result = Some(fused);
        }
    }
    said.finish("");
    let fused = result.ok_or_else(|| anyhow::anyhow!("no average was computed"))?;
    Ok((fused, ledger))
}

/// Networks to average, and their channel statistics if REPAIR needs them.
#[derive(Clone, Copy)]
struct Members<'a> {
    networks: &'a [Network],
    known: &'a [ChannelStatistics],
}

/// The weighted average of networks with the given kind of running statistics.
fn averaged(
    task: &FusionJob<'_>,
    options: &WeightAverageOptions,
    members: Members<'_>,
    shares: &[f64],
    statistics: &str,
) -> anyhow::Result<Network> {
    let mut fused = average(members.networks, shares)?;
    if let Some(recalibrate) = options.recalibrate_bn.as_ref().filter(|_| statistics != "averaged") {
        let repair = (statistics == "repaired").then_some((members.known, shares));
        task.held_out()?.recalibrate(&mut fused, repair, recalibrate)?;
    }
    Ok(fused)
}

/// Evaluates networks on the straight line between the weights of the first two members.
fn path(
    task: &FusionJob<'_>,
    options: &WeightAverageOptions,
    members: Members<'_>,
    align: &str,
    statistics: &str,
    ledger: &mut Ledger,
) -> anyhow::Result<()> {
    let (Some(networks), points) = (members.networks.get(..2), options.path) else { return Ok(()) };
    let known = members.known.get(..2).unwrap_or_default();
    for point in 0..points {
        let share = point as f64 / (points - 1) as f64;
        let members = Members { networks, known };
        let network = averaged(task, options, members, &[1.0 - share, share], statistics)?;
        let evaluated = task.held_out()?.evaluate(&network)?;
        ledger.path.push(PathRow {
            cell: String::new(),
            seed: 0,
            fusion: String::new(),
            align: align.to_owned(),
            statistics: statistics.to_owned(),
            share,
            loss: evaluated.loss,
            accuracy: 100.0 * evaluated.accuracy,
        });
    }
    Ok(())
}
