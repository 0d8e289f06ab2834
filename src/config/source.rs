use std::ops::Range;
use std::path::{Path, PathBuf};

/// The texts that an experiment is read from: its file, the files that it extends, then each `--set` argument.
///
/// They share one axis of byte offsets, so that a span alone identifies its text. A value keeps its span when files are
/// merged and when sweeps and overrides move it, so that errors always point at the text that the user wrote.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    segments: Vec<Segment>,
}

#[derive(Debug, Clone)]
struct Segment {
    name: String,
    text: String,
    start: usize,
    /// Folder that relative paths in the text start from; empty for the working directory.
    folder: PathBuf,
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
        let mut sources = Self::default();
        sources.push_file(path, text);
        sources
    }

    /// Appends a file's text and returns the offset by which its spans must be shifted.
    pub fn push_file(&mut self, path: &Path, text: impl Into<String>) -> usize {
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        self.append(Segment { name: path.display().to_string(), text: text.into(), start: 0, folder })
    }

    /// Appends a text without a file and returns the offset by which its spans must be shifted.
    pub fn push(&mut self, name: &str, text: &str) -> usize {
        self.append(Segment { name: name.into(), text: text.into(), start: 0, folder: PathBuf::new() })
    }

    fn append(&mut self, mut segment: Segment) -> usize {
        // A gap of one byte, so that a span at the end of a text belongs to that text.
        let start = self.segments.last().map_or(0, |last| last.start + last.text.len() + 1);
        segment.start = start;
        self.segments.push(segment);
        start
    }

    /// The experiment file's text.
    pub fn text(&self) -> &str {
        self.segments.first().map_or("", |first| &first.text)
    }

    /// Names and texts of all sources, in the order in which they were read.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.segments.iter().map(|segment| (segment.name.as_str(), segment.text.as_str()))
    }

    /// Folder that a relative path written at a span starts from; empty for the working directory.
    pub fn folder(&self, span: &Range<usize>) -> &Path {
        self.segment(span).map_or(Path::new(""), |segment| &segment.folder)
    }

    fn segment(&self, span: &Range<usize>) -> Option<&Segment> {
        let after = self.segments.partition_point(|segment| segment.start <= span.start);
        self.segments.get(after.saturating_sub(1))
    }

    /// Name and text of the source that contains a span, and the span relative to that text.
    pub fn locate(&self, span: &Range<usize>) -> (&str, &str, Range<usize>) {
        let Some(segment) = self.segment(span) else { return ("", "", 0..0) };
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
