use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// A mistake in an expression: message, place and remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpressionError {
    /// The expression.
    pub text: String,
    /// Bytes of the expression that are wrong.
    pub span: Range<usize>,
    /// A lowercase fragment with the offending part.
    pub message: String,
    /// Remedy; empty if the message implies it.
    pub remedy: String,
}

impl ExpressionError {
    /// A mistake at a place; one beyond the end of the text is at its end.
    pub fn new(
        text: &str,
        span: Range<usize>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let end = span.end.min(text.len());
        let span = span.start.min(end)..end;
        Self { text: text.to_owned(), span, message: message.into(), remedy: remedy.into() }
    }

    /// Renders the mistake with the expression and a caret; `colour` for terminals.
    pub fn render(&self, colour: bool) -> String {
        let place = AnnotationKind::Primary.span(self.span.clone());
        let snippet = Snippet::source(self.text.as_str()).annotation(place);
        let mut group = Level::ERROR.primary_title(self.message.as_str()).element(snippet);
        if !self.remedy.is_empty() {
            group = group.element(Level::HELP.message(self.remedy.as_str()));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.decor_style(DecorStyle::Ascii).render(&[group])
    }
}

impl std::fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for ExpressionError {}
