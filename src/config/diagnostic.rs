use std::collections::HashSet;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::Sources;

/// One error or warning about an experiment file: message, position and remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// A lowercase fragment with the offending value.
    pub message: String,
    /// Remedy; empty if the message implies it.
    pub remedy: String,
    /// Byte range in [`Sources`]; `None` for the whole file.
    pub span: Option<Range<usize>>,
    /// Other places that the message speaks of, with a few words on each.
    pub also: Vec<(Range<usize>, String)>,
    /// The sweep cell in which the error occurs; `None` without a sweep.
    pub cell: Option<Box<str>>,
    /// The texts that the places lie in, if they are those of another experiment that this one refers to.
    pub elsewhere: Option<Arc<Sources>>,
}

impl Diagnostic {
    /// A diagnostic at a span.
    pub fn at(span: Option<Range<usize>>, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        let (message, remedy, also) = (message.into(), remedy.into(), Vec::new());
        Self { message, remedy, span, also, cell: None, elsewhere: None }
    }

    /// The same as a diagnostic of an experiment that refers to the one that it is about.
    #[must_use]
    pub fn in_other(mut self, sources: &Arc<Sources>) -> Self {
        self.elsewhere.get_or_insert_with(|| Arc::clone(sources));
        self
    }

    /// The same with another place that the message speaks of.
    pub fn and(mut self, span: Range<usize>, words: impl Into<String>) -> Self {
        self.also.push((span, words.into()));
        self
    }

    /// Renders an error with the source line and a caret; `colour` for terminals.
    pub fn render(&self, sources: &Sources, colour: bool) -> String {
        self.render_as(Level::ERROR, sources, colour)
    }

    /// Renders a warning, as [`Self::render`] does an error.
    pub fn render_warning(&self, sources: &Sources, colour: bool) -> String {
        self.render_as(Level::WARNING, sources, colour)
    }

    fn render_as(&self, level: Level<'_>, sources: &Sources, colour: bool) -> String {
        let mut title = self.message.clone();
        if let Some(cell) = &self.cell {
            let _ = write!(title, " (in cell {cell})");
        }
        let sources = self.elsewhere.as_deref().unwrap_or(sources);
        let span = self.span.clone().unwrap_or(0..0);
        let (name, text, local) = sources.locate(&span);
        let mut snippet = Snippet::source(text).path(name).annotation(AnnotationKind::Primary.span(local));
        let mut others = Vec::new();
        for (span, words) in &self.also {
            let (other, other_text, local) = sources.locate(span);
            let annotation = AnnotationKind::Context.span(local).label(words.as_str());
            // Several `--set` have one name.
            match std::ptr::eq(text, other_text) {
                true => snippet = snippet.annotation(annotation),
                false => others.push(Snippet::source(other_text).path(other).annotation(annotation)),
            }
        }
        let mut group = level.primary_title(title).element(snippet);
        for other in others {
            group = group.element(other);
        }
        if !self.remedy.is_empty() {
            group = group.element(Level::HELP.message(self.remedy.clone()));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.decor_style(DecorStyle::Ascii).render(&[group])
    }
}

/// All errors found in an experiment; never empty.
#[derive(Debug, Clone)]
pub struct Invalid {
    /// The texts that were read.
    pub sources: Sources,
    /// The errors, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

impl Invalid {
    /// Sorts the errors by position, those in other experiments last, and drops repetitions (every cell of a sweep finds
    /// the same errors).
    pub fn new(sources: Sources, mut diagnostics: Vec<Diagnostic>) -> Self {
        let file = |found: &Diagnostic| {
            let sources = found.elsewhere.as_ref()?;
            sources.files().next().map(|file| file.identity.to_path_buf())
        };
        diagnostics.sort_by_cached_key(|d| (file(d), d.span.as_ref().map_or((0, 0), |s| (s.start, s.end))));
        let mut seen = HashSet::new();
        diagnostics.retain(|found| seen.insert((file(found), found.message.clone(), found.span.clone())));
        Self { sources, diagnostics }
    }

    /// Renders every diagnostic, separated by blank lines.
    pub fn render(&self, colour: bool) -> String {
        let rendered: Vec<_> = self.diagnostics.iter().map(|d| d.render(&self.sources, colour)).collect();
        rendered.join("\n\n")
    }
}

impl std::fmt::Display for Invalid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Invalid {}
