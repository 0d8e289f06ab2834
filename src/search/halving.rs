use crate::error::SearchError;
use crate::trial::TrialOutcome;

/// Synchronous successive halving (Jamieson and Talwalkar 2016): all candidates get the resource of the first rung,
/// the best 1/`factor` of them go on to the next rung, and so on up to the full resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HalvingSchedule {
    rungs: Vec<u64>,
    factor: u64,
}

impl HalvingSchedule {
    /// Rungs from at least `least` units up to `resource`, the full amount, each the next divided by `factor`: the
    /// last is `resource`, one before it is `resource / factor` rounded up, and none is below `least`.
    pub fn new(resource: u64, least: u64, factor: u64) -> Result<Self, SearchError> {
        if factor < 2 {
            return Err(SearchError::Factor { factor });
        }
        if least == 0 || least > resource {
            return Err(SearchError::Resource { resource, least });
        }
        let mut rungs = vec![resource];
        let mut power = factor;
        loop {
            let rung = resource.div_ceil(power);
            // Rounded up, a rung can repeat the one after it (2, 1, 1, ...).
            if rung < least || rungs.last() == Some(&rung) {
                break;
            }
            rungs.push(rung);
            match power.checked_mul(factor) {
                Some(next) => power = next,
                None => break,
            }
        }
        rungs.reverse();
        Ok(Self { rungs, factor })
    }

    /// Resource of each rung, ascending; the last is the full amount.
    pub fn rungs(&self) -> &[u64] {
        &self.rungs
    }

    /// The reduction factor.
    pub fn factor(&self) -> u64 {
        self.factor
    }

    /// Number of candidates that a rung of `candidates` passes on: the best 1/`factor`, rounded down, at least one.
    fn kept(&self, candidates: usize) -> usize {
        let factor = usize::try_from(self.factor).unwrap_or(usize::MAX);
        (candidates / factor).max(1).min(candidates)
    }

    /// Number of candidates at each rung, if no candidate fails.
    pub fn sizes(&self, candidates: usize) -> Vec<usize> {
        let step = |size: &usize| Some(self.kept(*size));
        std::iter::successors(Some(candidates), step).take(self.rungs.len()).collect()
    }

    /// Units spent on `candidates` candidates if each goes on from its state at the rung before, none is trained anew
    /// and none fails: the sum of the increments.
    pub fn cost(&self, candidates: usize) -> u64 {
        let before = [0].into_iter().chain(self.rungs.iter().copied());
        let increments = self.rungs.iter().zip(before).map(|(rung, before)| rung - before);
        let sizes = self.sizes(candidates);
        increments
            .zip(sizes)
            .fold(0, |sum, (more, size)| sum.saturating_add(more.saturating_mul(size as u64)))
    }

    /// Indices of the candidates that go on to the next rung, ascending: the best 1/`factor` by value, ties by index.
    /// Candidates without a value (failed or pending) never go on: if none has a value, there are no survivors.
    pub fn survivors(&self, outcomes: &[TrialOutcome]) -> Vec<usize> {
        let mut ranked: Vec<(f64, usize)> = outcomes
            .iter()
            .enumerate()
            .filter_map(|(index, outcome)| Some((outcome.value()?, index)))
            .collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        ranked.truncate(self.kept(outcomes.len()));
        let mut indices: Vec<usize> = ranked.into_iter().map(|(_, index)| index).collect();
        indices.sort_unstable();
        indices
    }
}
