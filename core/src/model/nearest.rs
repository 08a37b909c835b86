//! "Did you mean": the nearest of some known names.

/// Whether a slip of the finger makes one of the other; two letters swapped are one.
pub fn is_slip(typed: &str, name: &str) -> bool {
    let slips = strsim::damerau_levenshtein(typed, name);
    let chars = typed.chars().count();
    slips <= 1 + chars / 5 && 2 * slips <= chars.max(name.chars().count())
}

/// The candidate most like `text`, if any is alike enough to be worth naming. A number is like no other:
/// the next one is somebody else's.
pub fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_by(text, candidates, |name| name)
}

/// The nearest domain: its first label decides, for accounts' domains share all the others.
pub fn nearest_domain<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let label = |name: &'a str| name.split('.').next().unwrap_or_default();
    nearest_by(
        text.split('.').next().unwrap_or_default(),
        candidates,
        label,
    )
}

fn nearest_by<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    part: impl Fn(&'a str) -> &'a str,
) -> Option<&'a str> {
    let text = text.to_lowercase();
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    candidates
        .into_iter()
        .filter_map(|name| {
            let part = part(name).to_lowercase();
            let likeness = strsim::jaro_winkler(&text, &part);
            let near = likeness > 0.8 || is_slip(&text, &part);
            let same_number = text == part;
            (near && (same_number || !digits(&text) && !digits(&part))).then_some((likeness, name))
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::{is_slip, nearest, nearest_domain};

    #[test]
    fn names_the_nearest_and_stays_silent_when_none_is_near() {
        let names = ["acme.15611.service", "bluebird.15611.service"];
        let users = ["jane", "john", "100", "200"];
        for (text, near) in [
            ("jnae", Some("jane")),
            ("ajne", Some("jane")),
            ("Jhon", Some("john")),
            ("zzz", None),
            ("x", None),
            ("300", None),
            ("10", None),
        ] {
            assert_eq!(nearest(text, users), near, "{text}");
        }
        for (text, near) in [
            ("acne.15611.service", Some(names[0])),
            ("amce", Some(names[0])),
            ("acmee", Some(names[0])),
            ("lbuebird.15611.service", Some(names[1])),
            ("acme.1.service", Some(names[0])),
            ("nope.15611.service", None),
        ] {
            assert_eq!(nearest_domain(text, names), near, "{text}");
        }
    }

    #[test]
    fn a_slip_is_one_letter_or_two_swapped_and_more_only_in_long_words() {
        for (typed, name, slip) in [
            ("lsit", "list", true),
            ("st", "set", true),
            ("x", "y", false),
            ("aply", "pull", false),
            ("--desitnatoin", "--destination", true),
        ] {
            assert_eq!(is_slip(typed, name), slip, "{typed}");
        }
    }
}
