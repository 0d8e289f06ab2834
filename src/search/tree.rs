use rand::{Rng, RngExt as _};

use crate::feature::Feature;

/// Rows with their outcomes, column by column.
pub(crate) struct TreeData<'a> {
    pub(crate) features: &'a [Feature],
    /// `columns[feature][row]`.
    pub(crate) columns: &'a [Vec<f64>],
    /// `outcomes[row]`.
    pub(crate) outcomes: &'a [f64],
}

/// Part of a feature's values: the interval or the levels that a node covers.
#[derive(Debug, Clone)]
pub(crate) enum Side {
    Interval(f64, f64),
    Levels(Vec<bool>),
}

impl Side {
    /// All values of `feature`.
    fn whole(feature: Feature) -> Self {
        match feature {
            Feature::Unit => Self::Interval(0.0, 1.0),
            Feature::Levels(count) => Self::Levels(vec![true; count]),
        }
    }

    /// Share of the feature's values, 0 to 1.
    pub(crate) fn measure(&self) -> f64 {
        match self {
            Self::Interval(low, high) => high - low,
            Self::Levels(levels) => {
                levels.iter().filter(|level| **level).count() as f64 / levels.len() as f64
            }
        }
    }
}

impl Side {
    /// Share of the feature's values that lie in both sides, 0 to 1.
    pub(crate) fn common(&self, other: &Self) -> f64 {
        match (self, other) {
            (Self::Interval(low, high), Self::Interval(from, to)) => {
                (high.min(*to) - low.max(*from)).max(0.0)
            }
            (Self::Levels(own), Self::Levels(their)) => {
                let both = own.iter().zip(their).filter(|(own, their)| **own && **their).count();
                both as f64 / own.len() as f64
            }
            // Two sides of one feature are of one kind.
            _ => 0.0,
        }
    }
}

/// Question of a node; values for which the answer is yes go left.
enum Question {
    /// Is the value at most this?
    AtMost(f64),
    /// Is the level one of these?
    Among(Vec<bool>),
}

impl Question {
    fn left(&self, value: f64) -> bool {
        match self {
            Self::AtMost(threshold) => value <= *threshold,
            Self::Among(levels) => levels.get(value as usize).copied().unwrap_or(false),
        }
    }

    /// The two parts of `side`, those that go left and right.
    fn halves(&self, side: &Side) -> (Side, Side) {
        match (self, side) {
            (Self::AtMost(threshold), Side::Interval(low, high)) => {
                (Side::Interval(*low, *threshold), Side::Interval(*threshold, *high))
            }
            (Self::Among(left), Side::Levels(levels)) => {
                let part = |wanted: bool| {
                    levels.iter().zip(left).map(|(level, left)| *level && *left == wanted).collect()
                };
                (Side::Levels(part(true)), Side::Levels(part(false)))
            }
            // A question is asked of the feature that it was made for.
            (_, side) => (side.clone(), side.clone()),
        }
    }
}

enum TreeNode {
    Leaf(f64),
    Split { feature: usize, question: Question, left: usize, right: usize },
}

/// Regression tree that splits by the largest decrease of the squared error, down to some depth. Levels are split in
/// the order of their mean outcomes, which is the best of all subsets (Breiman et al. 1984).
pub(crate) struct RegressionTree {
    nodes: Vec<TreeNode>,
}

/// Best split of a node so far.
struct Candidate {
    gain: f64,
    feature: usize,
    question: Question,
}

impl RegressionTree {
    /// Fits the rows with the given indices, with at most 2^`depth` leaves. Splits of equal gain are decided by
    /// `random`.
    pub(crate) fn fit<R: Rng>(data: &TreeData<'_>, rows: &[usize], depth: usize, random: &mut R) -> Self {
        let mut tree = Self { nodes: vec![TreeNode::Leaf(0.0)] };
        let mut open = vec![(0, depth, rows.to_vec())];
        while let Some((node, depth, rows)) = open.pop() {
            let mean = rows.iter().map(|row| data.outcomes[*row]).sum::<f64>() / rows.len() as f64;
            let found = if depth == 0 { None } else { best_split(data, &rows, mean, random) };
            let Some(Candidate { feature, question, .. }) = found else {
                tree.nodes[node] = TreeNode::Leaf(mean);
                continue;
            };
            let (yes, no): (Vec<usize>, Vec<usize>) =
                rows.into_iter().partition(|row| question.left(data.columns[feature][*row]));
            let (left, right) = (tree.nodes.len(), tree.nodes.len() + 1);
            tree.nodes[node] = TreeNode::Split { feature, question, left, right };
            tree.nodes.extend([TreeNode::Leaf(0.0), TreeNode::Leaf(0.0)]);
            open.extend([(left, depth - 1, yes), (right, depth - 1, no)]);
        }
        tree
    }

    /// Prediction for one row of the columns.
    pub(crate) fn predict(&self, columns: &[Vec<f64>], row: usize) -> f64 {
        let mut at = 0;
        loop {
            match &self.nodes[at] {
                TreeNode::Leaf(value) => return *value,
                TreeNode::Split { feature, question, left, right } => {
                    at = if question.left(columns[*feature][row]) { *left } else { *right };
                }
            }
        }
    }

    /// Every leaf: its box, one side per feature, and its value.
    pub(crate) fn leaves(&self, features: &[Feature]) -> Vec<(Vec<Side>, f64)> {
        let mut leaves = Vec::new();
        let mut open = vec![(0, features.iter().copied().map(Side::whole).collect::<Vec<Side>>())];
        while let Some((at, sides)) = open.pop() {
            match &self.nodes[at] {
                TreeNode::Leaf(value) => leaves.push((sides, *value)),
                TreeNode::Split { feature, question, left, right } => {
                    let (yes, no) = question.halves(&sides[*feature]);
                    let mut other = sides.clone();
                    other[*feature] = no;
                    open.push((*right, other));
                    let mut sides = sides;
                    sides[*feature] = yes;
                    open.push((*left, sides));
                }
            }
        }
        leaves
    }
}

/// The split of largest gain; None if no feature or the outcome does not vary.
fn best_split<R: Rng>(data: &TreeData<'_>, rows: &[usize], mean: f64, random: &mut R) -> Option<Candidate> {
    if rows.iter().all(|row| data.outcomes[*row] == data.outcomes[rows[0]]) {
        return None;
    }
    let mut best: Option<Candidate> = None;
    let mut sorted: Vec<(f64, f64)> = Vec::with_capacity(rows.len());
    // A random first feature, so that none is preferred where two split alike.
    let (count, first) = (data.features.len(), random.random::<u64>());
    for step in 0..count {
        let feature = (step + (first % count as u64) as usize) % count;
        let column = &data.columns[feature];
        // Outcomes around their mean: sums of squares keep their digits.
        sorted.clear();
        sorted.extend(rows.iter().map(|row| (column[*row], data.outcomes[*row] - mean)));
        let mut ranks = Vec::new();
        if let Feature::Levels(levels) = data.features[feature] {
            ranks = level_ranks(&sorted, levels);
            sorted.iter_mut().for_each(|(value, _)| *value = ranks[*value as usize] as f64);
        }
        sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let (mut sum, total) = (0.0, sorted.iter().map(|row| row.1).sum::<f64>());
        for place in 1..sorted.len() {
            sum += sorted[place - 1].1;
            let (before, after) = (sorted[place - 1].0, sorted[place].0);
            if before == after {
                continue;
            }
            let (left, right) = (place as f64, (sorted.len() - place) as f64);
            let gain = sum * sum / left + (total - sum) * (total - sum) / right;
            // A gain that is larger by rounding alone is a tie.
            if best.as_ref().is_none_or(|best| gain > best.gain * (1.0 + 1e-9)) {
                let middle = before + 0.5 * (after - before);
                let question = if ranks.is_empty() {
                    Question::AtMost(middle)
                } else {
                    Question::Among(ranks.iter().map(|rank| (*rank as f64) <= middle).collect())
                };
                best = Some(Candidate { gain, feature, question });
            }
        }
    }
    best
}

/// Rank of each level by its mean outcome; a level without rows counts as the node's mean, 0.
fn level_ranks(rows: &[(f64, f64)], levels: usize) -> Vec<usize> {
    let mut sums = vec![(0.0, 0.0); levels];
    for (level, outcome) in rows {
        let (sum, count) = &mut sums[*level as usize];
        *sum += outcome;
        *count += 1.0;
    }
    let means: Vec<f64> =
        sums.iter().map(|(sum, count)| if *count > 0.0 { sum / count } else { 0.0 }).collect();
    let mut order: Vec<usize> = (0..levels).collect();
    order.sort_by(|a, b| means[*a].total_cmp(&means[*b]).then(a.cmp(b)));
    let mut ranks = vec![0; levels];
    order.iter().enumerate().for_each(|(rank, level)| ranks[*level] = rank);
    ranks
}
