use crate::ShareError;

/// Longest key of a metric, parameter or tag, in characters: `MAX_ENTITY_KEY_LENGTH` of `mlflow/utils/validation.py`.
const LONGEST: usize = 250;

/// A key as every MLflow server takes it, such as `grad-cam_x2B__x2B_` for `grad-cam++`. ASCII letters, digits, `-`, `.`,
/// space, `/` and `_` stand for themselves; every other character is `_xHH_` with its code point in two to six
/// upper-case hexadecimal digits. So is a `_` before an `x`, and so are those characters that would make the key no
/// normalised path, which MLflow refuses: a `/` at an end or after another, the first `.` of a part `.` or `..`.
///
/// [`decode_key`] restores the key.
pub fn encode_key(key: &str) -> String {
    let mut encoded = String::with_capacity(key.len());
    let mut previous: Option<&str> = None;
    for part in key.split('/') {
        // A `/` is part of a normalised path only between two parts that are not empty.
        match previous.map(|previous| previous.is_empty() || part.is_empty()) {
            Some(true) => encoded.push_str("_x2F_"),
            Some(false) => encoded.push('/'),
            None => {}
        }
        previous = Some(part);
        let dots = part == "." || part == "..";
        let mut letters = part.chars().enumerate().peekable();
        while let Some((at, letter)) = letters.next() {
            let before_x = letters.peek().is_some_and(|(_, next)| *next == 'x');
            let plain = match letter {
                '_' => !before_x,
                '.' => !(dots && at == 0),
                _ => letter.is_ascii_alphanumeric() || matches!(letter, '-' | ' '),
            };
            match plain {
                true => encoded.push(letter),
                false => encoded.push_str(&format!("_x{:02X}_", u32::from(letter))),
            }
        }
    }
    encoded
}

/// The key that [`encode_key`] encoded. Other texts come back with every `_xHH_` replaced that denotes a character.
pub fn decode_key(encoded: &str) -> String {
    let mut key = String::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some(at) = rest.find("_x") {
        key.push_str(&rest[..at]);
        rest = &rest[at..];
        let digits = rest[2..].find('_').map(|end| &rest[2..2 + end]);
        let letter = digits
            .filter(|digits| (2..=6).contains(&digits.len()))
            .filter(|digits| digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'A'..=b'F')))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32));
        match (letter, digits) {
            (Some(letter), Some(digits)) => {
                key.push(letter);
                rest = &rest[digits.len() + 3..];
            }
            _ => {
                key.push('_');
                rest = &rest[1..];
            }
        }
    }
    key.push_str(rest);
    key
}

/// The encoded key, within MLflow's length.
///
/// # Errors
/// [`ShareError::LongKey`].
pub(super) fn checked_key(key: &str) -> Result<String, ShareError> {
    let encoded = encode_key(key);
    let length = encoded.len();
    match length <= LONGEST {
        true => Ok(encoded),
        false => Err(ShareError::LongKey { key: encoded, length, most: LONGEST }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_look_as_documented() {
        for (key, encoded) in [
            (
                "max-box-acc-v2/resnet50/grad-cam++/layer4",
                "max-box-acc-v2/resnet50/grad-cam_x2B__x2B_/layer4",
            ),
            ("a@0.5", "a_x40_0.5"),
            ("train/net/train_loss", "train/net/train_loss"),
            ("max_x", "max_x5F_x"),
            ("/a//b/", "_x2F_a_x2F__x2F_b_x2F_"),
            ("../a/./b", "_x2E_./a/_x2E_/b"),
            ("a:b%c\u{e9}\u{1f600}", "a_x3A_b_x25_c_xE9__x1F600_"),
        ] {
            assert_eq!(encode_key(key), encoded);
            assert_eq!(decode_key(encoded), key);
        }
    }

    /// The rules of `mlflow/utils/validation.py`: `^[/\w.\- ]*$` and `posixpath.normpath(name) == name`.
    fn is_valid(key: &str) -> bool {
        key.chars().all(|c| c.is_ascii_alphanumeric() || "_/.- ".contains(c))
            && key.split('/').all(|part| !["", ".", ".."].contains(&part))
    }

    proptest! {
        #[test]
        fn every_key_comes_back(key in "[a-z0-9_x2BF./+@% \u{e9}\u{1f600}-]{1,24}") {
            let encoded = encode_key(&key);
            prop_assert!(is_valid(&encoded), "{encoded}");
            prop_assert_eq!(decode_key(&encoded), key);
        }

        #[test]
        fn so_does_every_text(key in any::<String>()) {
            prop_assert_eq!(decode_key(&encode_key(&key)), key);
        }
    }

    #[test]
    fn a_key_that_is_too_long_is_refused() {
        assert!(checked_key(&"a".repeat(250)).is_ok());
        let error = checked_key(&"+".repeat(51)).unwrap_err().to_string();
        assert!(error.contains("255 characters"), "{error}");
    }
}
