use camlab_base::random::stream;
use rand::RngExt as _;

use crate::bandwidth::Bandwidth;
use crate::domain::Domain;
use crate::grid::grid;
use crate::parzen::ParzenEstimator;
use crate::random::random_point;
use crate::space::{ParentChoice, SearchPoint, SearchSpace};
use crate::trial::{Trial, TrialOutcome};

/// Multivariate tree-structured Parzen estimator (Bergstra et al. 2011; Falkner et al. 2018; Watanabe 2023,
/// arXiv:2304.11127), with the decisions of Optuna's `TPESampler(multivariate=True, group=True, constant_liar=True)`.
///
/// Two decisions are others by default: [`Bandwidth::resolution`] and [`Tpe::repeat`].
///
/// The best tenth of the finished trials (at most 25) are *below*, all others *above*. Candidates are drawn from the
/// density of those below; the one with the largest ratio of the two densities is proposed. Parameters with the same
/// conditions are active together and have a joint density, fitted to the trials in which they are active.
#[derive(Debug, Clone, PartialEq)]
pub struct Tpe {
    /// Number of finished trials before which points are random.
    pub startup: usize,
    /// Number of candidates, of which the best is proposed.
    pub candidates: usize,
    /// Bandwidth of the kernels of numerical parameters.
    pub bandwidth: Bandwidth,
    /// Proposes a point that was evaluated before, as Optuna does. Otherwise such a point is drawn anew, up to
    /// [`REDRAWS`] times; after that, one of the points that are left takes its place, if [`grid`] lists all points.
    pub repeat: bool,
}

/// Largest number of times that a repeated point is drawn anew.
pub const REDRAWS: usize = 16;

impl Default for Tpe {
    /// Optuna's number of random trials and candidates; a finer bandwidth, and no point twice.
    fn default() -> Self {
        Self { startup: 10, candidates: 24, bandwidth: Bandwidth::default(), repeat: false }
    }
}

/// Parameters with the same conditions, by index; those with a single value are left out.
struct ParameterGroup {
    when: Vec<ParentChoice>,
    members: Vec<usize>,
}

impl Tpe {
    /// The next `count` points after `trials`, which are all known trials, in order. Points of one call see each
    /// other as pending.
    ///
    /// Points are random until `startup` trials have ended. Failed trials count as worse than any value. Pending
    /// trials are above, which keeps points away from them. Trials with a point outside the space are passed over.
    pub fn propose(
        &self,
        space: &SearchSpace,
        seed: u64,
        trials: &[Trial],
        count: usize,
    ) -> Vec<SearchPoint> {
        let mut known = trials.to_vec();
        for _ in 0..count {
            let point = self.next(space, seed, &known);
            known.push(Trial { point, outcome: TrialOutcome::Pending });
        }
        known.drain(trials.len()..).map(|trial| trial.point).collect()
    }

    fn next(&self, space: &SearchSpace, seed: u64, trials: &[Trial]) -> SearchPoint {
        let index = trials.len();
        if trials.iter().filter(|trial| trial.outcome.finished()).count() < self.startup {
            return random_point(space, seed, index);
        }
        let known: Vec<&Trial> = trials.iter().filter(|trial| space.contains(&trial.point)).collect();
        let (below, above) = split(&known);
        let groups = groups(space);
        let draw = |attempt: usize| {
            self.draw(space, seed, &format!("search/tpe/{index}/{attempt}"), &groups, [&below, &above])
        };
        let first = draw(0);
        let new = |point: &SearchPoint| known.iter().all(|trial| trial.point != *point);
        if self.repeat || new(&first) {
            return first;
        }
        if let Some(other) = (1..=REDRAWS).map(draw).find(new) {
            return other;
        }
        // Few are left: one of them, or a repeated point if there is none.
        let left: Vec<SearchPoint> = grid(space).unwrap_or_default().into_iter().filter(new).collect();
        let chosen =
            (stream(seed, &format!("search/tpe/{index}/left")).random::<f64>() * left.len() as f64) as usize;
        left.into_iter().nth(chosen).unwrap_or(first)
    }

    /// Draws a point from the random streams whose names begin with `name`.
    fn draw(
        &self,
        space: &SearchSpace,
        seed: u64,
        name: &str,
        groups: &[ParameterGroup],
        [below, above]: [&[&Trial]; 2],
    ) -> SearchPoint {
        let parameters = space.parameters();
        let mut point: SearchPoint = vec![None; parameters.len()];
        // In the order of the space, so that parents are drawn before their children.
        for index in 0..parameters.len() {
            if !space.active(index, &point) {
                continue;
            }
            let domain = &parameters[index].domain;
            if domain.single() {
                point[index] = Some(domain.only());
                continue;
            }
            let Some(group) = groups.iter().find(|group| group.members.first() == Some(&index)) else {
                continue;
            };
            let domains: Vec<&Domain> = group.members.iter().map(|at| &parameters[*at].domain).collect();
            let fit = |trials: &[&Trial]| ParzenEstimator::new(&domains, &group.rows(trials), self.bandwidth);
            let (better, worse) = (fit(below), fit(above));
            let mut component = stream(seed, &format!("{name}/component/{}", parameters[index].name));
            let own = |at: &usize| stream(seed, &format!("{name}/value/{}", parameters[*at].name));
            let mut values: Vec<_> = group.members.iter().map(own).collect();
            let mut best: Option<(f64, Vec<f64>)> = None;
            for _ in 0..self.candidates.max(1) {
                let candidate = better.sample(&mut component, &mut values);
                let ratio = better.log_density(&candidate) - worse.log_density(&candidate);
                if best.as_ref().is_none_or(|(largest, _)| ratio > *largest) {
                    best = Some((ratio, candidate));
                }
            }
            for (at, value) in group.members.iter().zip(best.map(|(_, point)| point).unwrap_or_default()) {
                point[*at] = Some(parameters[*at].domain.nearest(value));
            }
        }
        point
    }
}

impl ParameterGroup {
    /// Values of the members in those trials in which they are active.
    fn rows(&self, trials: &[&Trial]) -> Vec<Vec<f64>> {
        let row = |trial: &&Trial| -> Option<Vec<f64>> {
            self.members.iter().map(|at| Some(trial.point[*at]?.number())).collect()
        };
        trials.iter().filter_map(row).collect()
    }
}

/// The groups of the space, in the order of their first members.
fn groups(space: &SearchSpace) -> Vec<ParameterGroup> {
    let mut groups: Vec<ParameterGroup> = Vec::new();
    for (index, parameter) in space.parameters().iter().enumerate() {
        if parameter.domain.single() {
            continue;
        }
        let mut when = parameter.when.clone();
        for condition in &mut when {
            condition.choices.sort_unstable();
            condition.choices.dedup();
        }
        when.sort_unstable();
        when.dedup();
        match groups.iter_mut().find(|group| group.when == when) {
            Some(group) => group.members.push(index),
            None => groups.push(ParameterGroup { when, members: vec![index] }),
        }
    }
    groups
}

/// The better and the worse trials, both in their order.
fn split<'a>(trials: &[&'a Trial]) -> (Vec<&'a Trial>, Vec<&'a Trial>) {
    let finished = trials.iter().filter(|trial| trial.outcome.finished()).count();
    let mut ranked: Vec<(f64, usize)> = trials
        .iter()
        .enumerate()
        .filter_map(|(index, trial)| Some((trial.outcome.value()?, index)))
        .collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    ranked.truncate(finished.div_ceil(10).min(25));
    let mut better = vec![false; trials.len()];
    ranked.iter().for_each(|(_, index)| better[*index] = true);
    let side = |wanted: bool| {
        trials.iter().zip(&better).filter(|(_, better)| **better == wanted).map(|(trial, _)| *trial).collect()
    };
    (side(true), side(false))
}
