use std::ops::Range;
use std::path::Path;

/// The texts that an experiment is read from: the file, then each `--set` argument.
///
/// They share one axis of byte offsets, so that a span alone identifies its text. A value keeps its span when sweeps
/// and overrides move it, so that errors always point at the text that the user wrote.
#[derive(Debug, Clone)]
pub struct Sources {
    segments: Vec<Segment>,
}

#[derive(Debug, Clone)]
struct Segment {
    name: String,
    text: String,
    start: usize,
}

/// Human-readable position of a span's first character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The file's path as given, or `--set`.
    pub name: String,
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.name, self.line, self.column)
    }
}

impl Sources {
    /// Sources of one file's text.
    pub fn file(path: &Path, text: impl Into<String>) -> Self {
        Self { segments: vec![Segment { name: path.display().to_string(), text: text.into(), start: 0 }] }
    }

    /// Appends a text and returns the offset by which its spans must be shifted.
    pub fn push(&mut self, name: &str, text: &str) -> usize {
        // A gap of one byte, so that a span at the end of a text belongs to that text.
        let start = self.segments.last().map_or(0, |last| last.start + last.text.len() + 1);
        self.segments.push(Segment { name: name.into(), text: text.into(), start });
        start
    }

    /// The experiment file's text.
    pub fn text(&self) -> &str {
        &self.segments[0].text
    }

    /// The experiment file's name, as given.
    pub fn name(&self) -> &str {
        &self.segments[0].name
    }

    /// Name and text of the source that contains a span, and the span relative to that text.
    pub fn locate(&self, span: &Range<usize>) -> (&str, &str, Range<usize>) {
        let segment = self.segments.iter().rev().find(|s| s.start <= span.start).unwrap_or(&self.segments[0]);
        let clamp = |offset: usize| {
            let mut at = offset.saturating_sub(segment.start).min(segment.text.len());
            while !segment.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        (&segment.name, &segment.text, clamp(span.start)..clamp(span.end))
    }

    /// Line and column of a span's first character.
    pub fn position(&self, span: &Range<usize>) -> Position {
        let (name, text, local) = self.locate(span);
        let before = &text[..local.start];
        Position {
            name: name.into(),
            line: before.matches('\n').count() + 1,
            column: before.rsplit('\n').next().unwrap_or("").chars().count() + 1,
        }
    }
}
