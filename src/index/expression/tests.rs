use proptest::prelude::*;

use super::*;

fn name(text: &str) -> NameInExpression {
    NameInExpression { text: text.to_owned(), span: 0..0 }
}

fn literal(text: &str) -> Literal {
    match parse(&format!("x == {text}")).unwrap() {
        Expression::Compare(_, _, literal) => literal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn and_binds_more_than_or_and_not_more_than_both() {
    let parsed = parse("a == 1 or not b == 2 and c").unwrap();
    let by_hand = Expression::Or(vec![
        Expression::Compare(name("a"), Operator::Equal, literal("1")),
        Expression::And(vec![
            Expression::Not(Box::new(Expression::Compare(name("b"), Operator::Equal, literal("2")))),
            Expression::Holds(name("c")),
        ]),
    ]);
    assert_eq!(parsed, by_hand);
    assert_eq!(parse("((a == 1)) or (not (b == 2) and (c))").unwrap(), by_hand);
    assert_eq!(parse("x not in [a, b]").unwrap(), parse("NOT x IN ['a', \"b\",]").unwrap());
    assert_eq!(parse("x ~ grad*").unwrap(), parse("x matches 'grad*'").unwrap());
    assert_eq!(parse("`a name` has").unwrap_err().message, "unexpected `has`");
    assert_eq!(parse("has(lr)").unwrap(), Expression::Has(name("lr")));
}

#[test]
fn mistakes_are_told_with_their_place() {
    for (text, marked, message) in [
        ("", "", "the expression ends where the name of a column is expected"),
        ("a ==", "", "the expression ends where a number or a text is expected"),
        ("a = 1", "=", "`=` is no operator of an expression"),
        ("a && b", "&&", "`&&` is no operator of an expression"),
        ("!a", "!", "`!` is no operator of an expression"),
        ("a == 'x", "'x", "the quote ' is not closed"),
        ("(a == 1", "(", "the bracket is not closed by `)`"),
        ("a == 1)", ")", "unexpected `)`"),
        ("a in b", "b", "found `b` where a list is expected"),
        ("a in [1 2]", "2", "found `2` where `]` is expected"),
        ("a b", "b", "unexpected `b`"),
        ("'a' == 1", "'a'", "found `'a'` where the name of a column is expected"),
        ("a == 1 and and", "and", "found `and` where the name of a column is expected"),
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!((&text[error.span.clone()], error.message.as_str()), (marked, message), "{text}");
        assert!(!error.render(false).is_empty());
    }
    let deep = parse(&"(".repeat(100_000)).unwrap_err();
    assert_eq!(deep.message, "more than 100 brackets and `not` inside each other");
    let caret = parse("network = 'a'").unwrap_err().to_string();
    assert!(caret.contains("network = 'a'\n  |         ^"), "{caret}");
}

#[test]
fn values_compare_by_their_kind() {
    let is = |value, operator, text: &str| holds(value, operator, &literal(text));
    let number = FieldValue::Number(60.5);
    assert!(is(number, Operator::Greater, "60") && is(number, Operator::AtMost, "'60.5'"));
    assert!(!is(number, Operator::Less, "word") && is(number, Operator::NotEqual, "word"));
    let text = FieldValue::Text("grad-cam");
    assert!(is(text, Operator::Equal, "grad-cam") && is(text, Operator::Contains, "'-c'"));
    assert!(is(text, Operator::Matches, "grad*") && !is(text, Operator::Matches, "*grad"));
    // Numbers in texts are numbers beside numbers, and texts beside texts.
    assert!(is(FieldValue::Text("10"), Operator::Greater, "9"));
    assert!(is(FieldValue::Text("10"), Operator::Less, "'9'"));
    assert!(
        is(FieldValue::Truth(true), Operator::Equal, "True")
            && !is(FieldValue::Truth(true), Operator::Equal, "1")
    );
    let tags = ["best".to_owned(), "paper".to_owned()];
    let tags = FieldValue::Texts(&tags);
    assert!(is(tags, Operator::Equal, "best") && is(tags, Operator::Contains, "paper"));
    assert!(!is(tags, Operator::Contains, "pap") && !is(tags, Operator::NotEqual, "best"));
    assert!(is(FieldValue::Texts(&[]), Operator::NotEqual, "best"));
    let network = FieldValue::Either("kaiming", "resnet50");
    assert!(is(network, Operator::Equal, "resnet50") && is(network, Operator::Equal, "kaiming"));
    assert!(!is(network, Operator::NotEqual, "resnet50") && is(network, Operator::NotEqual, "vgg16"));
}

#[test]
fn times_and_commits_are_compared_as_precisely_as_they_are_written() {
    let time = FieldValue::Prefix("2026-11-01T07:40:12.123Z");
    for (operator, text, expected) in [
        (Operator::Equal, "2026-11-01", true),
        (Operator::AtLeast, "2026-11-01", true),
        (Operator::Greater, "2026-11-01", false),
        (Operator::Greater, "2026-10-31", true),
        (Operator::Less, "2026-11", false),
        (Operator::Greater, "'2026-11-01 07:39'", true),
        (Operator::Matches, "*T07:*", true),
    ] {
        assert_eq!(holds(time, operator, &literal(text)), expected, "{operator:?} {text}");
    }
    assert!(holds(FieldValue::Prefix("1234567890abcdef"), Operator::Equal, &literal("1234567")));
}

fn expressions() -> impl Strategy<Value = Expression> {
    let names = prop_oneof!["[a-z][a-z0-9_.@-]{0,8}", ".*", "(and|or|not|in|has|matches|contains)"];
    let names = || names.clone().prop_map(|text| NameInExpression { text, span: 0..0 });
    let literals = || {
        prop_oneof![
            ".*".prop_map(|text| Literal { text, number: None, span: 0..0 }),
            any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(|number| Literal {
                text: number.to_string(),
                number: Some(number),
                span: 0..0
            }),
        ]
    };
    let operators = proptest::sample::select(&Operator::ALL[..]);
    let leaf = prop_oneof![
        names().prop_map(Expression::Has),
        names().prop_map(Expression::Holds),
        (names(), operators, literals())
            .prop_map(|(name, (operator, _), literal)| Expression::Compare(name, operator, literal)),
        (names(), proptest::collection::vec(literals(), 0..3))
            .prop_map(|(name, list)| Expression::In(name, list)),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Expression::And),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Expression::Or),
            inner.prop_map(|inner| Expression::Not(Box::new(inner))),
        ]
    })
}

proptest! {
    #[test]
    fn a_printed_expression_parses_to_the_same(expression in expressions()) {
        let printed = expression.to_string();
        let parsed = parse(&printed);
        prop_assert_eq!(parsed.as_ref(), Ok(&expression), "{}", printed);
    }

    #[test]
    fn no_text_panics(text in "(?s).{0,40}") {
        if let Err(error) = parse(&text) {
            error.render(true);
        }
    }

    #[test]
    fn no_sequence_of_words_panics(words in proptest::collection::vec(
        proptest::sample::select(vec!["and", "or", "not", "(", ")", "[", "]", ",", "in", "has", "a", "==", "~", "5", "'x'", "`y`"]),
        0..12,
    )) {
        let text = words.join(" ");
        match parse(&text) {
            Ok(parsed) => prop_assert_eq!(parse(&parsed.to_string()), Ok(parsed)),
            Err(error) => drop(error.render(false)),
        }
    }
}
