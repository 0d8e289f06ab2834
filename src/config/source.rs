use std::ops::Range;
use std::path::{Path, PathBuf};

/// The texts that an experiment is read from: its file, the files that it extends, then each `--set` argument.
///
/// They share one axis of byte offsets, so that a span alone identifies its text. A value keeps its span when files are
/// merged and when sweeps and overrides move it, so that errors always point at the text that the user wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    segments: Vec<Segment>,
    references: Vec<FileReference>,
}

/// A file that an experiment is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceFile<'a> {
    /// Its path as messages show it.
    pub path: &'a Path,
    /// Its identity: equal for all spellings of one file's path.
    pub identity: &'a Path,
    /// Its text, as read.
    pub text: &'a str,
}

/// An entry of `extends`, or the path of an experiment that is referred to, and the file that it led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReference {
    /// The entry as written.
    pub written: String,
    /// Folder that the entry starts from.
    pub folder: PathBuf,
    /// Identity of the file.
    pub identity: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Segment {
    name: String,
    text: String,
    start: usize,
    /// Folder that relative paths in the text start from; empty for the working directory.
    folder: PathBuf,
    /// Path and identity of the text's file; `None` for a `--set` argument.
    file: Option<(PathBuf, PathBuf)>,
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
        sources.push_file(path, path, text);
        sources
    }

    /// Appends a file's text and returns the offset by which its spans must be shifted.
    pub fn push_file(&mut self, path: &Path, identity: &Path, text: impl Into<String>) -> usize {
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let file = Some((path.to_path_buf(), identity.to_path_buf()));
        self.append(Segment { name: path.display().to_string(), text: text.into(), start: 0, folder, file })
    }

    /// Appends the text of a `--set` argument and returns the offset by which its spans must be shifted.
    pub fn push(&mut self, name: &str, text: &str) -> usize {
        let folder = PathBuf::new();
        self.append(Segment { name: name.into(), text: text.into(), start: 0, folder, file: None })
    }

    /// Notes that an entry of `extends` led to a file.
    pub fn refer(&mut self, reference: FileReference) {
        if !self.references.contains(&reference) {
            self.references.push(reference);
        }
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

    /// The files, the experiment file first, each once, in the order in which they were read.
    pub fn files(&self) -> impl Iterator<Item = SourceFile<'_>> {
        self.segments.iter().filter_map(|segment| {
            let (path, identity) = segment.file.as_ref()?;
            Some(SourceFile { path, identity, text: &segment.text })
        })
    }

    /// The entries of `extends` in these files, each once.
    pub fn references(&self) -> &[FileReference] {
        &self.references
    }

    /// The `--set` arguments, in their order.
    pub fn overrides(&self) -> impl Iterator<Item = &str> {
        let own = self.segments.iter().filter(|segment| segment.file.is_none());
        own.map(|segment| segment.text.as_str())
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
