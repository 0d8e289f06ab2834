use std::error::Error;

/// Text of an error with its causes, `outer: inner: innermost`. A cause whose text the message already
/// contains is not repeated.
pub fn causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::causes;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read it: {source}")]
    struct Outer {
        source: std::io::Error,
    }

    #[derive(Debug, thiserror::Error)]
    #[error("the stage failed")]
    struct Outermost(#[source] Outer);

    #[test]
    fn a_cause_is_said_once() {
        let outer = Outer { source: std::io::Error::other("no such thing") };
        assert_eq!(causes(&outer), "cannot read it: no such thing");
        assert_eq!(causes(&Outermost(outer)), "the stage failed: cannot read it: no such thing");
    }
}
