//! "Did you mean": the nearest of some known names.

/// The candidate most like `text`, if any is alike enough to be worth naming.
pub fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text = text.to_lowercase();
    candidates
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&text, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// The nearest domain: its first label decides, for accounts' domains share all the others.
pub fn nearest_domain<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let label = |name: &str| name.split('.').next().unwrap_or_default().to_lowercase();
    let wanted = label(text);
    let alike = candidates
        .into_iter()
        .filter(|name| strsim::jaro_winkler(&wanted, &label(name)) > 0.8);
    nearest(text, alike)
}

#[cfg(test)]
mod tests {
    use super::{nearest, nearest_domain};

    #[test]
    fn names_the_nearest_and_stays_silent_when_none_is_near() {
        let names = ["acme.15611.service", "bluebird.15611.service"];
        assert_eq!(nearest("acne.15611.service", names), Some(names[0]));
        assert_eq!(nearest("zzz", names), None);
        assert_eq!(nearest_domain("acne.15611.service", names), Some(names[0]));
        assert_eq!(nearest_domain("nope.15611.service", names), None);
    }
}
