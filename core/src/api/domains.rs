//! PBX domains.

use reqwest::Method;

use super::client::Client;
use super::error::Error;
use super::http::Call;
use super::lists::{Completeness, Halt, ListItem};
use super::retry::Retry;
use super::routes::LIST_LIMIT;
use crate::model::{DomainRecord, ListCut};

impl ListItem for DomainRecord {
    /// The real reply is an object keyed by domain name (`api.md`, Lists).
    fn fill_key(&mut self, key: &str) {
        if self.domain.is_none() {
            self.domain = Some(key.to_owned());
        }
    }
}

impl Client {
    /// `GET …/pbx/domains`; `fresh` asks past the vendor's cache (`force_refresh=1`).
    ///
    /// # Errors
    /// See [`decode_list`](super::decode_list) and [`Client::send`].
    pub fn domains(
        &self,
        fresh: bool,
        reseller: Option<&str>,
        receive: &mut dyn FnMut(DomainRecord) -> Result<(), Halt>,
    ) -> Result<Completeness, Error> {
        let mut call = Call::new(Method::GET, self.path("pbx/domains"), LIST_LIMIT);
        if fresh {
            call = call.query("force_refresh", "1");
        }
        if let Some(reseller) = reseller {
            call = call.query("reseller", reseller);
        }
        self.list(&call, receive)
    }

    /// A patient read of any list; it is repeated only while nothing has been handed on.
    pub(super) fn list<T: ListItem>(
        &self,
        call: &Call,
        receive: &mut dyn FnMut(T) -> Result<(), Halt>,
    ) -> Result<Completeness, Error> {
        self.list_cut(call, ListCut::Unknown, receive)
    }

    /// The same of lists of which is known how they are cut.
    pub(super) fn list_cut<T: ListItem>(
        &self,
        call: &Call,
        cut: ListCut,
        receive: &mut dyn FnMut(T) -> Result<(), Halt>,
    ) -> Result<Completeness, Error> {
        self.read(call, |response| {
            if let Some(page) = response.page() {
                return Err((page, Retry::Pointless));
            }
            let failed = response.failed();
            let mut handed_on = false;
            super::lists::decode_cut(response.body, cut, &mut |item| {
                handed_on = true;
                receive(item)
            })
            .map_err(|error| {
                let retry = if handed_on {
                    Retry::Pointless
                } else {
                    Retry::Allowed
                };
                (failed(error), retry)
            })
        })
        .inspect(|told| {
            // A page is as long as it was asked to be.
            let is_page = call.query.iter().any(|(name, _)| name == "limit");
            if T::WATCHED {
                self.noticed().list(&call.shown(), is_page, told);
            }
        })
    }
}
