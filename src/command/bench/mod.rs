//! `camlab bench`: how fast a network runs on this machine, and how near that is to what the machine can do.

mod report;
mod subject;
mod timing;
mod work;

use std::time::Duration;

use anyhow::Context as _;
use camlab::engine::Precision;
use camlab::kernel::{Isa, Peak, peak_bf16, peak_f32};
use camlab::run::machine;

use super::npy::write_npy;
use super::{part, show};
use crate::cli::BenchArgs;
use report::BenchReport;
use subject::Subject;
use timing::Timing;
use work::Workload;

/// How long the machine's peak is looked for, before and after the work.
const PEAK_TIME: Duration = Duration::from_millis(150);

/// Measures and prints.
pub fn bench(arguments: &BenchArgs) -> anyhow::Result<()> {
    anyhow::ensure!(
        arguments.seconds.is_finite() && arguments.seconds >= 0.0,
        "--seconds {} is no length of time; give a number such as 3",
        arguments.seconds
    );
    let precision = Precision::from(arguments.precision);
    anyhow::ensure!(
        precision == Precision::F32 || !arguments.train,
        "--precision bf16 is for forward passes and maps; training is measured in f32"
    );
    let method = arguments.method.as_ref().map(|method| part::parse("--method", method)).transpose()?;
    let mut subject = Subject::new(arguments)?;
    let network = subject.name.to_owned();
    let flops = subject.network.graph().flops(subject.images.height, subject.images.width)?;
    let batch = subject.images.count;
    let (height, width) = (subject.images.height, subject.images.width);

    let earlier = peak(precision)?;
    let mut work = Workload::new(&mut subject, method.as_ref(), arguments)?;
    let timing = Timing::of(arguments.seconds, || work.run())?;
    // The clock of a loaded processor falls and rises: the peak is the better of before and after.
    let later = peak(precision)?;
    let peak = if later.gflops > earlier.gflops { later } else { earlier };

    let seconds = timing.median.as_secs_f64();
    let gflops = work.passes().map(|passes| passes * (batch as u64 * flops) as f64 / seconds / 1e9);
    let report = BenchReport {
        network,
        input: [height, width],
        batch,
        precision: precision.name(),
        task: work.name.clone(),
        threads: rayon::current_num_threads(),
        images_per_s: batch as f64 / seconds,
        seconds_per_batch: seconds,
        runs: timing.runs,
        gflops,
        peak_gflops: peak.gflops,
        peak_of: peak.loop_of,
        share_of_peak: gflops.map(|gflops| gflops / peak.gflops),
        peak_memory_mb: machine::peak_memory().map(|bytes| bytes as f64 / 1e6),
        hardware: machine::processor(),
        isa: if precision == Precision::Bf16 { "amx" } else { Isa::current().name() },
    };
    if let Some(path) = &arguments.output {
        let (shape, data) = work.output().context("nothing was computed")?;
        write_npy(path, &shape, &data)?;
    }
    show(&if arguments.json { report.json()? } else { report.table() })
}

fn peak(precision: Precision) -> anyhow::Result<Peak> {
    Ok(match precision {
        Precision::F32 => peak_f32(PEAK_TIME),
        Precision::Bf16 => peak_bf16(PEAK_TIME)?,
    })
}
