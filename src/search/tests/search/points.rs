use std::collections::BTreeMap;

use camlab_search::{
    Domain, Parameter, ParameterValue, ParentChoice, SearchError, SearchSpace, Tpe, Trial, TrialOutcome,
    grid, random_point,
};
use proptest::prelude::*;

use crate::support::{conditional, parameter, real, space, values};

/// Trials with the given outcomes: proposals of random points, evaluated in order.
fn history(space: &SearchSpace, seed: u64, outcomes: &[TrialOutcome]) -> Vec<Trial> {
    let trial = |(index, outcome): (usize, &TrialOutcome)| Trial {
        point: random_point(space, seed, index),
        outcome: *outcome,
    };
    outcomes.iter().enumerate().map(trial).collect()
}

fn outcome() -> impl Strategy<Value = TrialOutcome> {
    prop_oneof![
        4 => (-3.0..3.0f64).prop_map(TrialOutcome::Value),
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY)].prop_map(TrialOutcome::Value),
        1 => Just(TrialOutcome::Failed),
        1 => Just(TrialOutcome::Pending),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn points_lie_in_the_space_and_depend_on_the_arguments_alone(
        outcomes in prop::collection::vec(outcome(), 0..40), seed: u64, count in 1usize..5,
    ) {
        let space = conditional();
        let trials = history(&space, seed, &outcomes);
        let points = Tpe::default().propose(&space, seed, &trials, count);
        prop_assert_eq!(points.len(), count);
        for point in &points {
            prop_assert!(space.contains(point), "{:?}", point);
        }
        prop_assert_eq!(&points, &Tpe::default().propose(&space, seed, &trials, count));
        // Points of one batch see each other as pending: asking for them one by one is the same.
        let mut later = trials;
        for point in points {
            prop_assert_eq!(&Tpe::default().propose(&space, seed, &later, 1)[0], &point);
            later.push(Trial { point, outcome: TrialOutcome::Pending });
        }
    }

    #[test]
    fn startup_points_do_not_depend_on_batches_or_outcomes(
        outcomes in prop::collection::vec(outcome(), 0..10), seed: u64,
    ) {
        let space = conditional();
        let trials = history(&space, seed, &outcomes);
        let points = Tpe::default().propose(&space, seed, &trials, 10 - outcomes.len());
        for (index, point) in points.iter().enumerate() {
            prop_assert_eq!(point, &random_point(&space, seed, outcomes.len() + index));
        }
    }
}

/// Each value of a choice and a whole number, and each decile of a (logarithmic) real one, is as likely as the
/// others.
#[test]
fn random_points_are_uniform() {
    let space = space(vec![
        parameter("choice", Domain::Choice { count: 10 }),
        parameter("whole", Domain::Whole { low: -4, high: 5, log: false }),
        real("real", -1.0, 1.0),
        parameter("log", Domain::Real { low: 1e-3, high: 1e2, log: true }),
    ]);
    let rounds = 4000;
    let mut counts = [[0; 10]; 4];
    for trial in 0..rounds {
        let point = values(&random_point(&space, 1, trial));
        let bins =
            [point[0], point[1] + 4.0, (point[2] + 1.0) * 5.0, ((point[3].log10() + 3.0) * 2.0).min(9.9)];
        bins.iter().zip(&mut counts).for_each(|(bin, counts)| counts[*bin as usize] += 1);
    }
    // Chi-square with 9 degrees of freedom: 27.9 is exceeded once in a thousand times.
    for counts in counts {
        let square: f64 = counts.iter().map(|count| (f64::from(*count) - 400.0).powi(2) / 400.0).sum();
        assert!(square < 27.9, "{counts:?}");
    }
}

/// A new parameter and a new name leave the draws of the others as they are.
#[test]
fn parameters_have_streams_of_their_own() {
    let (a, b) = (real("a", 0.0, 1.0), real("b", 0.0, 1.0));
    let both = random_point(&space(vec![b.clone(), a.clone()]), 7, 3);
    assert_eq!(both[1], random_point(&space(vec![a]), 7, 3)[0]);
    assert_eq!(both[0], random_point(&space(vec![b]), 7, 3)[0]);
    assert_ne!(both[0], both[1]);
}

#[test]
fn grids_have_every_combination_once() {
    let when = |choices: &[usize]| vec![ParentChoice { parent: 0, choices: choices.to_vec() }];
    let parameters = vec![
        parameter("method", Domain::Choice { count: 3 }),
        Parameter { when: when(&[1]), ..parameter("width", Domain::Whole { low: -1, high: 2, log: false }) },
        Parameter { when: when(&[1, 2]), ..parameter("kind", Domain::Choice { count: 2 }) },
    ];
    let space = space(parameters);
    let points = grid(&space).expect("a grid");
    assert_eq!(points.len(), 1 + 4 * 2 + 2);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for point in &points {
        assert!(space.contains(point));
        *seen.entry(format!("{point:?}")).or_default() += 1;
    }
    assert!(seen.values().all(|count| *count == 1));
    assert_eq!(points[0], [Some(ParameterValue::Choice(0)), None, None]);
}

#[test]
fn grids_are_of_countable_values_and_limited() {
    let whole = |high, log| space(vec![parameter("a", Domain::Whole { low: 1, high, log })]);
    assert_eq!(grid(&whole(camlab_search::GRID_LIMIT as i64, false)).expect("a grid").len(), 100_000);
    assert_eq!(grid(&whole(camlab_search::GRID_LIMIT as i64 + 1, false)), None);
    assert_eq!(grid(&whole(1 << 52, false)), None);
    assert_eq!(grid(&whole(4, true)), None);
    assert_eq!(grid(&space(vec![real("a", 0.0, 1.0)])), None);
    assert_eq!(grid(&space(vec![])), Some(vec![vec![]]));
}

/// With twenty points in all, the first twenty proposals are twenty points; Optuna's would repeat some.
#[test]
fn no_point_is_repeated_while_others_are_left() {
    let space = space(vec![
        parameter("a", Domain::Choice { count: 5 }),
        parameter("b", Domain::Whole { low: 0, high: 3, log: false }),
    ]);
    let tpe = Tpe { startup: 1, ..Tpe::default() };
    let mut trials: Vec<Trial> = Vec::new();
    for _ in 0..20 {
        for point in tpe.propose(&space, 3, &trials, 1) {
            assert!(trials.iter().all(|trial| trial.point != point), "{point:?} again");
            let value = values(&point).iter().sum();
            trials.push(Trial { point, outcome: TrialOutcome::Value(value) });
        }
    }
    // Nothing is left: it goes on all the same.
    assert!(space.contains(&tpe.propose(&space, 3, &trials, 1)[0]));
}

#[test]
fn spaces_are_checked() {
    let error = |parameters| SearchSpace::new(parameters).expect_err("an error").to_string();
    let whole = |low, high, log| vec![parameter("a", Domain::Whole { low, high, log })];
    assert!(error(vec![real("a", 1.0, 0.0)]).contains("bounds 1 and 0"));
    assert!(error(vec![real("a", f64::NAN, 0.0)]).contains("finite"));
    assert!(error(vec![real("a", -1e308, 1e308)]).contains("finite"));
    assert!(error(whole(0, 4, true)).contains("positive"));
    assert!(error(whole(0, i64::MAX, false)).contains("2^53"));
    assert!(error(whole(i64::MIN, 0, false)).contains("2^53"));
    assert!(error(vec![parameter("a", Domain::Choice { count: 0 })]).contains("no choices"));
    assert!(error(vec![real("a", 0.0, 1.0), real("a", 0.0, 1.0)]).contains("two parameters"));
    let child = |parent, choice| Parameter {
        when: vec![ParentChoice { parent, choices: vec![choice] }],
        ..real("b", 0.0, 1.0)
    };
    let choice = parameter("a", Domain::Choice { count: 2 });
    assert!(matches!(SearchSpace::new(vec![choice.clone(), child(1, 0)]), Err(SearchError::Parent { .. })));
    assert!(error(vec![choice.clone(), child(0, 2)]).contains("choice 2 of `a`, which has 2"));
    assert!(error(vec![real("a", 0.0, 1.0), child(0, 0)]).contains("has 0 choices"));
    assert!(SearchSpace::new(vec![choice, child(0, 1)]).is_ok());
}
