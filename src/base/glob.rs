//! Name patterns for parameters.

/// Returns true if `pattern` matches the whole of `name`: `*` matches any run of characters (dots included),
/// `?` exactly one.
///
/// ```
/// use camlab_base::glob::matches;
///
/// assert!(matches("layer4.*", "layer4.0.conv1.weight") && matches("fc.?ias", "fc.bias"));
/// assert!(!matches("layer4.*", "layer3.0.conv1.weight"));
/// ```
pub fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    // Position after the last `*`, and how far that `*` has consumed the name; everything before is settled.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p + 1, n));
                p += 1;
            }
            Some(letter) if *letter == b'?' || *letter == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((after, reached)) => {
                    star = Some((after, reached + 1));
                    (p, n) = (after, reached + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|letter| *letter == b'*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    /// The same pairs give the same results in Python's `fnmatch.fnmatchcase`.
    #[test]
    fn patterns_mean_what_fnmatch_takes_them_for() {
        let yes = [
            ("layer4.*", "layer4.0.conv1.weight"),
            ("*", "fc.bias"),
            ("fc.*", "fc.bias"),
            ("*.bn?.weight", "layer1.0.bn2.weight"),
            ("layer*.conv1.*", "layer3.1.conv1.weight"),
            ("conv1.weight", "conv1.weight"),
            ("*weight*", "fc.weight"),
            ("a*b*c", "aXbXbc"),
        ];
        let no = [
            ("layer4.*", "layer3.0.conv1.weight"),
            ("layer4", "layer4.0.conv1.weight"),
            ("fc.?", "fc.bias"),
            ("*.bias", "fc.weight"),
            ("", "fc.weight"),
            ("a*b*c", "aXcXb"),
        ];
        assert!(yes.iter().all(|(pattern, name)| matches(pattern, name)));
        assert!(!no.iter().any(|(pattern, name)| matches(pattern, name)));
    }
}
