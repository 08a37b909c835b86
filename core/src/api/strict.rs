//! JSON that every reader understands in the same way: UTF-8, no key twice in one object, no deep nesting.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::error::Error;
use super::lists::unreadable;

/// Checks a whole text.
///
/// # Errors
/// `Unreadable`, saying what is wrong and where.
pub fn check(text: &[u8]) -> Result<(), Error> {
    let text = std::str::from_utf8(text).map_err(|error| {
        let at = error.valid_up_to();
        unreadable(&format!("it is not UTF-8 (byte {})", at + 1))
    })?;
    let mut twice = false;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = Any(&mut twice)
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end());
    read.map_err(|error| {
        let what = if twice {
            "a key stands there twice"
        } else {
            "it is not JSON"
        };
        let (line, column) = (error.line(), error.column());
        unreadable(&format!("{what} (line {line} column {column})"))
    })
}

/// Any value; tells whether a key stood there twice.
struct Any<'t>(&'t mut bool);

impl<'de> DeserializeSeed<'de> for Any<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Any<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Any(self.0))?.is_some() {}
        Ok(())
    }

    // A number comes as a map as well, of one key.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if !keys.insert(key) {
                *self.0 = true;
                return Err(A::Error::custom("a key stands there twice"));
            }
            map.next_value_seed(Any(self.0))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_two_readers_might_read_differently_is_refused_in_words() {
        for text in [
            "{}",
            "[]",
            "1",
            "-1.5e400",
            "null",
            "\"\"",
            "true",
            " [1,{\"a\":{\"a\":1}}] ",
            "[{\"a\":1},{\"a\":1}]",
            "12345678901234567890123",
        ] {
            assert!(check(text.as_bytes()).is_ok(), "{text}");
        }
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for (text, words) in [
            (
                &b"{\"a\":1,\"a\":2}"[..],
                "a key stands there twice (line 1 column 10)",
            ),
            (b"[{\"a\":1,\"\\u0061\":2}]", "a key stands there twice"),
            (b"\"\xff\"", "it is not UTF-8 (byte 2)"),
            (b"\"\\ud800\"", "it is not JSON"),
            (b"[1", "it is not JSON"),
            (b"[] x", "it is not JSON"),
            (b"", "it is not JSON"),
            (deep.as_bytes(), "it is not JSON (line 1 column 128)"),
        ] {
            let error = check(text).expect_err("refused").to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
