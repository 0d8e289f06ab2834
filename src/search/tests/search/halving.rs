use camlab_search::TrialOutcome::{Failed, Pending, Value};
use camlab_search::{HalvingSchedule, SearchError};

#[test]
fn rungs_are_geometric_up_to_the_full_resource() {
    let rungs = |resource, least, factor| {
        HalvingSchedule::new(resource, least, factor).expect("a schedule").rungs().to_vec()
    };
    assert_eq!(rungs(18, 2, 3), [2, 6, 18]);
    assert_eq!(rungs(81, 1, 3), [1, 3, 9, 27, 81]);
    assert_eq!(rungs(20, 2, 3), [3, 7, 20]);
    assert_eq!(rungs(5, 5, 2), [5]);
    assert_eq!(rungs(3, 1, 2), [1, 2, 3]);
    assert_eq!(rungs(u64::MAX, u64::MAX / 2, 2).len(), 2);
    assert_eq!(HalvingSchedule::new(5, 6, 2), Err(SearchError::Resource { resource: 5, least: 6 }));
    assert_eq!(HalvingSchedule::new(5, 0, 2), Err(SearchError::Resource { resource: 5, least: 0 }));
    assert_eq!(HalvingSchedule::new(5, 1, 1), Err(SearchError::Factor { factor: 1 }));
}

/// 27 candidates for 2 units, 9 for 4 more, 3 for 12 more: 54 + 36 + 36.
#[test]
fn cost_is_the_sum_of_the_increments() {
    let schedule = HalvingSchedule::new(18, 2, 3).expect("a schedule");
    assert_eq!(schedule.sizes(27), [27, 9, 3]);
    assert_eq!(schedule.cost(27), 126);
    assert_eq!(schedule.sizes(2), [2, 1, 1]);
    assert_eq!(schedule.cost(2), 4 + 4 + 12);
    assert_eq!(schedule.cost(0), 0);
}

#[test]
fn survivors_are_the_best() {
    let schedule = HalvingSchedule::new(18, 2, 3).expect("a schedule");
    let outcomes = [Value(3.0), Failed, Value(1.0), Value(f64::NAN), Value(1.0), Value(2.0)];
    assert_eq!(schedule.survivors(&outcomes), [2, 4]);
    let ties = [Value(2.0), Value(1.0), Value(1.0)];
    assert_eq!(schedule.survivors(&ties), [1]);
    assert_eq!(schedule.survivors(&[Failed, Value(9.0), Failed, Pending, Failed, Failed]), [1]);
    assert_eq!(schedule.survivors(&[Failed, Failed]), [0; 0]);
    assert_eq!(schedule.survivors(&[]), [0; 0]);
    assert_eq!(schedule.survivors(&[Value(4.0), Value(3.0)]), [1]);
}
