use std::time::{Duration, Instant};

/// A first run that takes at least this many times the measuring time is the only run.
const LONG: f64 = 10.0;

/// Duration of one run of the work.
pub struct Timing {
    /// Median over the runs.
    pub median: Duration,
    /// Number of runs in the median.
    pub runs: usize,
}

impl Timing {
    /// Runs `work` repeatedly for about `seconds`. The first two runs are warm-up (page faults, caches, clock
    /// frequency, buffers allocated once) and do not count, unless the first took at least `LONG` times `seconds`.
    pub fn of(seconds: f64, mut work: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<Self> {
        let mut run = || -> anyhow::Result<Duration> {
            let started = Instant::now();
            work()?;
            Ok(started.elapsed())
        };
        let first = run()?;
        if first.as_secs_f64() >= LONG * seconds {
            return Ok(Self { median: first, runs: 1 });
        }
        run()?;
        let started = Instant::now();
        let mut times = vec![run()?];
        while started.elapsed().as_secs_f64() < seconds {
            times.push(run()?);
        }
        times.sort();
        Ok(Self { median: times[times.len() / 2], runs: times.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_work_runs_once_and_short_work_more_often_than_it_counts() {
        let mut calls = 0;
        let mut count = || {
            calls += 1;
            Ok(())
        };
        let once = Timing::of(0.0, &mut count).expect("nothing fails");
        let often = Timing::of(0.002, &mut count).expect("nothing fails");
        assert_eq!(once.runs, 1);
        assert!(often.runs > 1);
        assert_eq!(calls, 1 + 2 + often.runs);
    }
}
