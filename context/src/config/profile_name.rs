//! What can name a profile: it becomes part of file names and keyring entries, on every system.

/// What is accepted, for messages.
pub(super) const ACCEPTED: &str = "a profile name is 1 to 64 letters, digits, `_` or `-`, and none of the device names of Windows, such as `con` or `lpt1`";

/// Whether a text can name a profile.
pub(super) fn is_profile_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    (1..=64).contains(&name.len()) && name.bytes().all(plain) && !is_device(name)
}

/// Whether Windows keeps the name, with any ending, for a device.
fn is_device(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let port = ["com", "lpt"]
        .iter()
        .find_map(|port| name.strip_prefix(port));
    let is_port = port.is_some_and(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit());
    is_port || ["con", "prn", "aux", "nul"].contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::is_profile_name;

    #[test]
    fn names_are_plain_and_no_devices() {
        for good in [
            "a", "acme-prod_2", "console", "com", "com10", "LPTX", "nul1",
        ] {
            assert!(is_profile_name(good), "{good}");
        }
        for bad in [
            "", "a/b", "a b", "ä", "a.b", "con", "Con", "NUL", "aux", "prn", "com1", "LPT9",
        ] {
            assert!(!is_profile_name(bad), "{bad}");
        }
    }
}
