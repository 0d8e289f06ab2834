//! The statements that claims are tests of, answered one by one (step A14 of the source article).

use serde::Serialize;

use super::analysis::Analysis;
use super::claims::{difference, interval, is_across, near_chance};
use super::fold::fold;
use super::format;
use camlab_frame::{ClaimRow, Finding, TestedScope, UNCHANGED};

/// Maximum number of tests that are listed for one statement.
const MOST_TESTS: usize = 24;

/// A statement with its answer and the tests that it rests on.
#[derive(Debug, Clone, Serialize)]
pub struct StatementAnswer {
    /// The sentence.
    pub statement: String,
    /// The answer in words.
    pub answer: &'static str,
    /// A CSS class of the page.
    pub class: &'static str,
    /// Numbers of tests by their answers.
    pub counts: String,
    /// The tests, in the order of the file.
    pub tests: Vec<StatementTest>,
    /// Number of tests that are left out.
    pub hidden: usize,
}

/// A test of a statement.
#[derive(Debug, Clone, Serialize)]
pub struct StatementTest {
    /// The side that is claimed to be better.
    pub better: StatementSide,
    /// The side that it is claimed to be better than.
    pub than: StatementSide,
    /// The metric.
    pub metric: String,
    /// Mean difference with its unit; positive supports the statement.
    pub difference: String,
    /// Its 95 % confidence interval.
    pub interval: String,
    /// Number of images with a value on both sides.
    pub images: u32,
    /// Number of seeds with both sides.
    pub seeds: u32,
    /// The answer with its reason.
    pub answer: String,
    /// A CSS class of the page.
    pub class: &'static str,
}

/// One side of a test.
#[derive(Debug, Clone, Serialize)]
pub struct StatementSide {
    /// Method and layer.
    pub map: String,
    /// Network and what made it, contrast, configuration; as far as there are any.
    pub details: String,
}

/// Answer of a test to a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TestAnswer {
    Supported,
    Contradicted,
    CannotTell,
}

impl TestAnswer {
    fn class(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Contradicted => "contradicted",
            Self::CannotTell => "open",
        }
    }
}

/// The statements of a report in the order of the file; empty if no claim names one.
pub fn statements(analysis: &Analysis<'_>) -> Vec<StatementAnswer> {
    let rows = &analysis.frames.claims;
    let trained = !analysis.frames.training.is_empty();
    let several = analysis.configurations.len() > 1;
    let mut sentences: Vec<&str> = Vec::new();
    for row in rows.iter().filter(|row| !row.statement.is_empty()) {
        if !sentences.contains(&row.statement.as_str()) {
            sentences.push(&row.statement);
        }
    }
    let statement = |sentence: &&str| {
        let own: Vec<&ClaimRow> = rows.iter().filter(|row| row.statement == **sentence).collect();
        answer(sentence, own, trained, several)
    };
    sentences.iter().map(statement).collect()
}

fn answer(sentence: &str, rows: Vec<&ClaimRow>, trained: bool, several: bool) -> StatementAnswer {
    let answers: Vec<TestAnswer> = rows.iter().map(|row| answer_of(row, trained).0).collect();
    let of = |wanted: TestAnswer| answers.iter().filter(|answer| **answer == wanted).count();
    let (supported, contradicted) = (of(TestAnswer::Supported), of(TestAnswer::Contradicted));
    let (answer, class) = match (supported > 0, contradicted > 0) {
        (true, false) => ("supported", "supported"),
        (false, true) => ("contradicted", "contradicted"),
        (true, true) => ("mixed: some tests support it, others contradict it", "mixed"),
        (false, false) => ("cannot tell", "open"),
    };
    let counts = format!(
        "{}: {supported} supported, {contradicted} contradicted, {} cannot tell",
        format::count(answers.len(), "test"),
        of(TestAnswer::CannotTell)
    );
    let (shown, hidden) = fold(rows, MOST_TESTS);
    let tests = shown.into_iter().map(|row| test(row, trained, several)).collect();
    StatementAnswer { statement: sentence.to_owned(), answer, class, counts, tests, hidden }
}

fn test(row: &ClaimRow, trained: bool, several: bool) -> StatementTest {
    let (answer, words) = answer_of(row, trained);
    let across = is_across(row);
    let side = |label: &str, [network, origin, contrast, configuration]: [&str; 4]| {
        let map = label.strip_suffix(&format!(" ({network})")).unwrap_or(label);
        let mut details = Vec::new();
        if map != label {
            let named = format!("network {network}");
            details.push(if origin.is_empty() { named } else { format!("{named} ({origin})") });
        }
        if row.contrast != UNCHANGED || row.than_contrast != UNCHANGED {
            details.push(if contrast == UNCHANGED { "unchanged".to_owned() } else { contrast.to_owned() });
        }
        if several || across {
            details.push(configuration.to_owned());
        }
        StatementSide { map: map.to_owned(), details: details.join(" · ") }
    };
    StatementTest {
        better: side(
            &row.better,
            [&row.better_network, &row.better_origin, &row.contrast, &row.configuration],
        ),
        than: side(
            &row.than,
            [&row.than_network, &row.than_origin, &row.than_contrast, &row.than_configuration],
        ),
        metric: row.metric.clone(),
        difference: difference(row),
        interval: interval(row),
        images: row.images,
        seeds: row.seeds,
        answer: words,
        class: answer.class(),
    }
}

/// The answer of a test and its words. Two networks with different weights differ by their training, about which too few
/// seeds tell nothing; two maps of one network do not.
fn answer_of(row: &ClaimRow, trained: bool) -> (TestAnswer, String) {
    let open = |reason: String| (TestAnswer::CannotTell, format!("cannot tell: {reason}"));
    let one_training = trained && row.different_networks && row.scope == TestedScope::Networks;
    let seeds = match row.seeds {
        1 => "one seed".to_owned(),
        several => format!("too few seeds, {several}"),
    };
    match row.finding {
        Finding::Supported | Finding::Contradicted if one_training => {
            let words = if row.finding == Finding::Supported { "better" } else { "worse" };
            let text =
                format!("cannot tell about training ({seeds}); for these networks significantly {words}");
            (TestAnswer::CannotTell, text)
        }
        Finding::Supported => (TestAnswer::Supported, "supported".to_owned()),
        Finding::Contradicted => (TestAnswer::Contradicted, "contradicted: significantly worse".to_owned()),
        Finding::Open => open("no significant difference".to_owned()),
        Finding::TooFew => open(format!("too few images ({})", row.images)),
        Finding::Missing => open("not measured".to_owned()),
        Finding::NearChance => open(near_chance(row)),
    }
}
