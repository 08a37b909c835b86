//! An object none of whose keys stands there twice: whoever reads it would have to choose.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::{CowStrDeserializer, MapAccessDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};

/// The words of the refusal, by which it is known again.
pub(super) const TWICE: &str = "a key stands there twice";

/// Reads an object, known fields and others alike, and refuses a key that comes again.
pub(super) struct Unique<T>(PhantomData<T>);

impl<T> Default for Unique<T> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Unique<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Unique<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        let map = Watched {
            map,
            few: [""; FEW],
            len: 0,
            many: None,
        };
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// So many keys are compared one by one: nothing is hashed or allocated for a row as servers send it.
const FEW: usize = 16;

struct Watched<'de, A> {
    map: A,
    few: [&'de str; FEW],
    len: usize,
    /// Later keys, and those with an escape in them.
    many: Option<HashSet<Cow<'de, str>>>,
}

impl<'de, A> Watched<'de, A> {
    /// Whether a key is new.
    fn insert(&mut self, Key(key): &Key<'de>) -> bool {
        if self.few[..self.len].contains(&&**key) {
            return false;
        }
        let known = self.many.as_ref();
        if known.is_some_and(|many| many.contains(key)) {
            return false;
        }
        match key {
            Cow::Borrowed(key) if self.len < FEW => {
                self.few[self.len] = key;
                self.len += 1;
                true
            }
            key => self
                .many
                .get_or_insert_with(HashSet::new)
                .insert((*key).clone()),
        }
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Watched<'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let Some(key) = self.map.next_key::<Key<'de>>()? else {
            return Ok(None);
        };
        if !self.insert(&key) {
            return Err(A::Error::custom(TWICE));
        }
        seed.deserialize(CowStrDeserializer::new(key.0)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// A key, borrowed from the text where no escape is in it.
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}
