use std::f64::consts::PI;

use camlab_search::{
    Domain, ImportanceReport, ParameterValue, ParentChoice, SearchPoint, SearchSpace, Trial, TrialOutcome,
    importance, random_point,
};
use rand::RngExt as _;

use crate::support::{golden, numbers, parameter, real, space, values};

/// Random points with the values of `function`.
fn trials(space: &SearchSpace, count: usize, function: impl Fn(&SearchPoint) -> f64) -> Vec<Trial> {
    let trial = |index| {
        let point = random_point(space, 21, index);
        let outcome = TrialOutcome::Value(function(&point));
        Trial { point, outcome }
    };
    (0..count).map(trial).collect()
}

fn report(space: &SearchSpace, trials: &[Trial]) -> ImportanceReport {
    importance(space, trials, 4).expect("a report")
}

fn compare(report: &ImportanceReport, wanted: &[f64], tolerance: f64) {
    eprintln!("{report:?}");
    for (key, wanted) in report.keys.iter().zip(wanted) {
        assert!((key.share - wanted).abs() < tolerance, "{wanted} expected: {key:?}");
        assert!(key.low <= key.share && key.share <= key.high, "{key:?}");
    }
}

/// a + square^2 + [choice 1] + half of the decade, and a key without effect. Variances: of a uniform number, a
/// twelfth of its width squared; of a square on -1 to 1, 4/45; of one of three choices, 2/9.
#[test]
fn shares_of_a_sum_are_those_of_its_terms() {
    let space = space(vec![
        real("a", 0.0, 2.0),
        real("square", -1.0, 1.0),
        parameter("choice", Domain::Choice { count: 3 }),
        parameter("decade", Domain::Real { low: 1e-4, high: 1e-2, log: true }),
        real("nothing", 0.0, 1.0),
        parameter("fixed", Domain::Choice { count: 1 }),
    ]);
    let trials = trials(&space, 400, |point| {
        let at = values(point);
        at[0] + at[1] * at[1] + if at[2] == 1.0 { 1.0 } else { 0.0 } + 0.5 * at[3].log10()
    });
    let parts = [4.0 / 12.0, 4.0 / 45.0, 2.0 / 9.0, 1.0 / 12.0, 0.0, 0.0];
    let sum: f64 = parts.iter().sum();
    let report = report(&space, &trials);
    // The square is the hardest term for trees: what is missed of it makes the others' shares larger.
    compare(&report, &parts.map(|part| part / sum), 0.07);
    assert_eq!(report.keys[4].low, 0.0);
    assert!(report.keys[4].share < 0.01 && report.keys[0].low > 0.3);
    assert!(report.interactions < 0.05 && report.fit > 0.95, "{report:?}");
    assert_eq!(report.trials, 400);
}

/// Ishigami and Homma's function with a = 7 and b = 0.1: first-order indices 0.3139, 0.4424 and 0, the rest, 0.2437,
/// an interaction of the first and the third key. Steps follow the powers slowly: part of the interaction is missed.
#[test]
fn shares_of_ishigamis_function_are_its_sobol_indices() {
    let space = space((0..3).map(|index| real(&format!("x{index}"), -PI, PI)).collect());
    let trials = trials(&space, 800, |point| {
        let at = values(point);
        at[0].sin() + 7.0 * at[1].sin().powi(2) + 0.1 * at[2].powi(4) * at[0].sin()
    });
    let report = report(&space, &trials);
    compare(&report, &[0.3139, 0.4424, 0.0], 0.07);
    assert!((report.interactions - 0.2437).abs() < 0.12, "{report:?}");
    assert_eq!(report.keys[2].low, 0.0);
}

/// Optuna's evaluator (64 trees, mean of eight forests) on 300 trials with noise and an interaction. Its variances
/// include what the trees make of noise, so that shares of the sum over keys are compared. They differ as the models
/// do.
#[test]
fn shares_are_near_optunas() {
    let golden = golden();
    let space = space(vec![
        real("a", 0.0, 1.0),
        real("b", -1.0, 1.0),
        parameter("c", Domain::Whole { low: 0, high: 9, log: false }),
        parameter("d", Domain::Choice { count: 3 }),
        real("e", 0.0, 1.0),
    ]);
    let trial = |trial: &serde_json::Value| {
        let at = numbers(&trial["point"]);
        let point = vec![
            ParameterValue::Real(at[0]),
            ParameterValue::Real(at[1]),
            ParameterValue::Whole(at[2] as i64),
            ParameterValue::Choice(at[3] as usize),
            ParameterValue::Real(at[4]),
        ];
        Trial {
            point: point.into_iter().map(Some).collect(),
            outcome: TrialOutcome::Value(trial["value"].as_f64().expect("a number")),
        }
    };
    let trials: Vec<Trial> =
        golden["fanova"]["trials"].as_array().expect("a list").iter().map(trial).collect();
    let mut report = report(&space, &trials);
    let optuna = numbers(&golden["fanova"]["importances"]);
    let sum: f64 = report.keys.iter().map(|key| key.share).sum();
    let their: f64 = optuna.iter().sum();
    for key in &mut report.keys {
        [&mut key.low, &mut key.share, &mut key.high].into_iter().for_each(|share| *share /= sum);
    }
    compare(&report, &optuna.iter().map(|share| share / their).collect::<Vec<f64>>(), 0.04);
    // The function's own decomposition, noise left out.
    let parts = [1.0 / 3.0, 4.0 / 45.0, 0.0825, 0.37 / 3.0 - (0.7f64 / 3.0).powi(2), 0.0];
    let all: f64 = parts.iter().sum();
    compare(&report, &parts.map(|part| part / all), 0.07);
}

/// Noise alone: no interval excludes 0, and the fit says that there is nothing to explain.
#[test]
fn noise_has_no_cause() {
    let space = space((0..3).map(|index| real(&format!("x{index}"), 0.0, 1.0)).collect());
    for draw in 0..6 {
        let mut random = camlab_base::random::stream(draw, "noise");
        let mut trials = trials(&space, 60, |_| 0.0);
        trials.iter_mut().for_each(|trial| trial.outcome = TrialOutcome::Value(random.random()));
        let report = report(&space, &trials);
        assert!(report.keys.iter().all(|key| key.low == 0.0), "{report:?}");
        assert!(report.fit < 0.1, "{report:?}");
    }
}

/// A branch with an effect of its own: y counts where the choice is 1. Over all combinations, the value is c + c y
/// with c 0 or 1 and y uniform on -1..1: variances 1/4 of the choice, 1/12 of y's half effect, 1/12 of their
/// interaction.
#[test]
fn keys_that_are_not_active_have_no_effect() {
    let mut child = real("y", -1.0, 1.0);
    child.when = vec![ParentChoice { parent: 0, choices: vec![1] }];
    let space = space(vec![parameter("c", Domain::Choice { count: 2 }), child, real("nothing", 0.0, 1.0)]);
    let trials = trials(&space, 400, |point| match &point[1] {
        Some(y) => 1.0 + y.number(),
        None => 0.0,
    });
    let parts = [1.0 / 4.0, 1.0 / 12.0, 1.0 / 12.0];
    let sum: f64 = parts.iter().sum();
    let report = report(&space, &trials);
    compare(&report, &[parts[0] / sum, parts[1] / sum, 0.0], 0.05);
    assert!((report.interactions - parts[2] / sum).abs() < 0.06, "{report:?}");
}

#[test]
fn too_few_trials_have_no_report() {
    let space = space(vec![real("a", 0.0, 1.0)]);
    let mut trials = trials(&space, 10, |point| values(point)[0]);
    assert_eq!(importance(&space, &trials, 1), importance(&space, &trials, 1));
    assert!(importance(&space, &trials, 1).is_some());
    // Values near the largest float.
    let scaled: Vec<Trial> = trials
        .iter()
        .map(|trial| Trial { outcome: TrialOutcome::Value(1e308 * values(&trial.point)[0]), ..trial.clone() })
        .collect();
    let report = importance(&space, &scaled, 1).expect("a report");
    assert!(report.keys[0].share > 0.9 && report.fit.is_finite(), "{report:?}");
    trials[3].outcome = TrialOutcome::Failed;
    assert!(importance(&space, &trials, 1).is_none());
    trials.iter_mut().for_each(|trial| trial.outcome = TrialOutcome::Value(2.0));
    assert!(importance(&space, &trials, 1).is_none());
}
