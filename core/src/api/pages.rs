//! Page after page of a list that comes in envelopes, in either dialect (`api.md`, Lists):
//! `{"pagination":{"count","per_page","page"},"data"}` and `current_page/per_page/total/data`.

use serde_json::Value;

use super::client::Client;
use super::error::Error;
use super::http::Call;
use super::lists::{Completeness, unreadable};
use super::retry::Retry;

/// Most bytes of one page.
const PAGE_LIMIT: u64 = 4 * 1024 * 1024;
/// Most pages of one list: a server that always has one more is stopped here.
const MOST_PAGES: u64 = 10_000;

/// One page.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Its items.
    pub items: Vec<Value>,
}

/// The pages of a list, fetched one at a time.
pub struct Pages<'a> {
    client: &'a Client,
    call: Call,
    next: Option<u64>,
    received: u64,
    /// The rows of the pages before the first that was asked for.
    skipped: u64,
    /// The most rows an answer has spoken of.
    announced: u64,
    last: Option<Page>,
}

/// What an envelope says of the page it holds.
struct Envelope {
    page: Option<u64>,
    per_page: Option<u64>,
    /// Of the whole list.
    total: Option<u64>,
    /// Of the whole list or of this page: nobody says.
    count: Option<u64>,
}

impl<'a> Pages<'a> {
    /// The pages of a GET; whatever `page` its query names comes first.
    pub fn new(client: &'a Client, mut call: Call) -> Self {
        call.most = PAGE_LIMIT;
        Self {
            client,
            call,
            next: Some(0),
            received: 0,
            skipped: 0,
            announced: 0,
            last: None,
        }
    }

    /// The next page; none after the last.
    ///
    /// # Errors
    /// The call's own; `Unreadable` for what is no list, and for a server that repeats itself or
    /// never ends.
    pub fn next_page(&mut self) -> Result<Option<Page>, Error> {
        let Some(number) = self.next else {
            return Ok(None);
        };
        if number > MOST_PAGES {
            return Err(unreadable(&format!(
                "the list has no end: {MOST_PAGES} pages were read"
            )));
        }
        let mut call = self.call.clone();
        if number > 0 {
            call.query.retain(|(name, _)| name != "page");
            call = call.query("page", &number.to_string());
        }
        let value = self.read(&call)?;
        let envelope = Envelope::of(&value);
        let page = Page {
            items: items(value)?,
        };
        if number > 0
            && envelope
                .as_ref()
                .is_some_and(|envelope| envelope.page.is_some_and(|page| page != number))
        {
            return Err(unreadable(&format!(
                "page {number} was asked for and another one came"
            )));
        }
        if !page.items.is_empty() && self.last.as_ref() == Some(&page) {
            return Err(unreadable(&format!(
                "the server sends the same page again as page {number}"
            )));
        }
        let items = page.items.len() as u64;
        self.received += items;
        if let Some(envelope) = &envelope {
            if number == 0 {
                self.skipped = envelope.skipped();
            }
            let told = envelope.total.max(envelope.count).unwrap_or(0);
            self.announced = self.announced.max(told);
        }
        let seen = self.skipped.saturating_add(self.received);
        self.next = envelope.and_then(|envelope| envelope.next(number, items, seen));
        self.last = Some(page.clone());
        Ok(Some(page))
    }

    /// What there was to receive, once there is no further page.
    pub fn completeness(&self) -> Completeness {
        let seen = self.skipped.saturating_add(self.received);
        Completeness {
            received: self.received,
            missing: (self.announced > seen).then_some(Some(self.announced)),
            ..Completeness::default()
        }
    }

    fn read(&self, call: &Call) -> Result<Value, Error> {
        self.client.read(call, |response| {
            if let Some(page) = response.page() {
                return Err((page, Retry::Allowed));
            }
            let of_answer = response.failed();
            let failed = |error| (of_answer(error), Retry::Allowed);
            let bytes = response.body.read_all().map_err(failed)?;
            super::strict::check(&bytes).map_err(failed)?;
            serde_json::from_slice(&bytes).map_err(|_| failed(unreadable("it is not JSON")))
        })
    }
}

impl Envelope {
    fn of(value: &Value) -> Option<Self> {
        let fields = value.as_object()?;
        fields.get("data")?;
        let number = |name: &str| {
            let inner = fields
                .get("pagination")
                .and_then(|pagination| pagination.get(name));
            match inner.or_else(|| fields.get(name))? {
                // More than fits is more than can come.
                Value::Number(number) if !number.to_string().starts_with('-') => {
                    Some(number.as_u64().unwrap_or(u64::MAX))
                }
                Value::String(text) => text.parse().ok(),
                _ => None,
            }
        };
        Some(Self {
            page: number("page").or_else(|| number("current_page")),
            per_page: number("per_page"),
            total: number("total"),
            count: number("count"),
        })
    }

    /// The rows of the pages before this one, if it is the first that was asked for.
    fn skipped(&self) -> u64 {
        let before = self.page.unwrap_or(1).saturating_sub(1);
        before.saturating_mul(self.per_page.unwrap_or(0))
    }

    /// The number of the page after this one, if there may be one.
    ///
    /// `total` is the end. Nobody says whether `count` is of the whole or of this page: with it alone a
    /// full page asks for the next one even where `count` is reached. An empty page ends the list.
    fn next(&self, number: u64, items: u64, seen: u64) -> Option<u64> {
        let page = self.page.unwrap_or(number.max(1));
        let more = match (self.total, self.count) {
            (Some(total), _) => total > seen,
            (None, count) => {
                let full = self
                    .per_page
                    .is_some_and(|per_page| per_page > 0 && items >= per_page);
                let whole = count.is_some_and(|count| count == seen && count != items);
                count.is_some_and(|count| count > seen) || (full && !whole)
            }
        };
        (items > 0 && more).then(|| page.saturating_add(1))
    }
}

/// The items of a page: of an array, of an envelope's array or map, or the one object itself.
fn items(value: Value) -> Result<Vec<Value>, Error> {
    match value {
        Value::Array(items) => Ok(items),
        Value::Object(mut fields) => match fields.remove("data") {
            Some(Value::Array(items)) => Ok(items),
            Some(Value::Object(map)) => Ok(map.into_iter().map(|(_, item)| item).collect()),
            Some(_) => Err(unreadable("its `data` is no list")),
            None if fields.is_empty() => Ok(Vec::new()),
            None => Ok(vec![Value::Object(fields)]),
        },
        _ => Err(unreadable("it is no list")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Envelope, items};
    use serde_json::json;

    fn next(value: &serde_json::Value, number: u64, received: u64) -> Option<u64> {
        let count = items(value.clone()).expect("items").len() as u64;
        Envelope::of(value)?.next(number, count, received)
    }

    #[test]
    fn both_dialects_lead_to_the_next_page_and_end() {
        let total =
            |page: u64| json!({"current_page": page, "per_page": 2, "total": 5, "data": [1, 2]});
        assert_eq!(next(&total(1), 0, 2), Some(2));
        assert_eq!(next(&total(2), 2, 4), Some(3));
        let last = json!({"current_page": 3, "per_page": 2, "total": 5, "data": [5]});
        assert_eq!(next(&last, 3, 5), None);
        let whole = |page: u64| json!({"pagination": {"count": 4, "per_page": 2, "page": page}, "data": [1, 2]});
        assert_eq!(next(&whole(1), 0, 2), Some(2));
        assert_eq!(
            next(&whole(2), 2, 4),
            None,
            "`count` is of the whole, and reached"
        );
        let own = |page: u64| json!({"pagination": {"count": 2, "per_page": 2, "page": page}, "data": [1, 2]});
        assert_eq!(next(&own(1), 0, 2), Some(2), "`count` may be of this page");
        let empty = json!({"pagination": {"count": 0, "per_page": 2, "page": 3}, "data": []});
        assert_eq!(next(&empty, 3, 4), None);
        let short = json!({"pagination": {"count": 1, "per_page": 2, "page": 2}, "data": [3]});
        assert_eq!(next(&short, 2, 3), None);
    }

    #[test]
    fn what_has_no_envelope_has_one_page() {
        assert_eq!(next(&json!([1, 2]), 0, 2), None);
        assert_eq!(next(&json!({"a": 1}), 0, 1), None);
    }
}
