//! `camlab bench`: speed of a network on this machine, absolute and as a share of the machine's measured peak.

mod report;
mod subject;
mod timing;
mod work;

use std::time::Duration;

use anyhow::Context as _;
use camlab::engine::Precision;
use camlab::kernel::bf16::Bf16Unit;
use camlab::kernel::{Isa, Peak, peak_bf16, peak_f32};
use camlab::run::machine;

use super::npy::write_npy;
use super::{check_file, part, show};
use crate::cli::BenchArgs;
use report::BenchReport;
use subject::Subject;
use timing::Timing;
use work::Workload;

/// Duration of each of the two peak measurements, before and after the work.
const PEAK_TIME: Duration = Duration::from_millis(150);

/// Measures the work named on the command line and prints the result.
pub fn bench(arguments: &BenchArgs) -> anyhow::Result<()> {
    arguments.output.iter().try_for_each(|path| check_file("--output", path))?;
    anyhow::ensure!(
        arguments.seconds.is_finite() && arguments.seconds >= 0.0,
        "--seconds {} is not a duration; give a number of seconds from 0, such as 3",
        arguments.seconds
    );
    let precision = Precision::from(arguments.precision);
    anyhow::ensure!(
        precision == Precision::F32 || !arguments.train,
        "--precision bf16 does not apply to --train, which computes in f32; leave out one of them"
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
    // The clock frequency of a loaded processor varies: the higher of both measurements counts.
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
        peak_memory_mb: camlab::base::peak_memory().map(|bytes| bytes as f64 / 1e6),
        hardware: machine::processor(),
        isa: if precision == Precision::Bf16 {
            Bf16Unit::current().map_or("none", Bf16Unit::name)
        } else {
            Isa::current().name()
        },
    };
    if let Some(path) = &arguments.output {
        let (shape, data) = work.output().context("--output: no result to write")?;
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
