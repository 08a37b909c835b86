//! The neighbours of a route: subscribers and numbers of a domain, and the accounts below this one
//! (`api.md`, Neighbours). All are read and none is written.

use std::time::Duration;

use reqwest::Method;

use super::client::Client;
use super::error::Error;
use super::http::Call;
use super::lists::{Completeness, Halt, ListItem, decode_list};
use super::routes::LIST_LIMIT;
use crate::model::{
    Account, Domain, DomainKey, PhoneNumber, SubAccount, Subscriber, SubscriberKind,
};

impl ListItem for Subscriber {
    /// The reply is a map by extension.
    fn fill_key(&mut self, key: &str) {
        self.user.get_or_insert_with(|| key.to_owned());
    }
}

impl ListItem for PhoneNumber {
    fn fill_key(&mut self, key: &str) {
        self.number.get_or_insert_with(|| key.to_owned());
    }

    /// The reply is an array of bare numbers.
    fn of_text(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| Self {
            number: Some(text.to_owned()),
            ..Self::default()
        })
    }
}

impl ListItem for SubAccount {
    fn fill_key(&mut self, key: &str) {
        self.id.get_or_insert_with(|| key.to_owned());
    }
}

/// Which subscribers of a domain are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriberFilter<'a> {
    /// The domain.
    pub domain: &'a Domain,
    /// Only the one with this extension.
    pub user: Option<&'a str>,
    /// Only the one that logs in so.
    pub login: Option<&'a str>,
    /// Only these; what has a code that nobody knows passes as each.
    pub kind: Option<SubscriberKind>,
}

impl<'a> SubscriberFilter<'a> {
    /// All of a domain.
    pub fn domain(domain: &'a Domain) -> Self {
        Self {
            domain,
            user: None,
            login: None,
            kind: None,
        }
    }

    fn matches(&self, row: &Subscriber, domain: &DomainKey) -> bool {
        let is = |wanted: Option<&str>, found: &Option<String>| {
            wanted.is_none_or(|wanted| found.as_deref() == Some(wanted))
        };
        is_of(row.domain.as_deref(), domain)
            && is(self.user, &row.user)
            && is(self.login, &row.subscriber_login)
            && (self.kind).is_none_or(|kind| row.kind().is_none_or(|found| found == kind))
    }
}

/// A row that does not say its domain is of the one that was asked for.
fn is_of(found: Option<&str>, domain: &DomainKey) -> bool {
    found.is_none_or(|found| DomainKey::of(found) == *domain)
}

impl Client {
    /// `GET …/pbx/subscribers`: the users, queues and attendants of a domain. The filters are sent, and
    /// applied once more here.
    ///
    /// # Errors
    /// See [`decode_list`] and [`Client::send`].
    pub fn subscribers(
        &self,
        filter: &SubscriberFilter<'_>,
        receive: &mut dyn FnMut(Subscriber) -> Result<(), Halt>,
    ) -> Result<Completeness, Error> {
        let domain = filter.domain.key();
        self.list(
            &self.call_for_subscribers(filter),
            &mut |row: Subscriber| {
                if filter.matches(&row, &domain) {
                    receive(row)
                } else {
                    Ok(())
                }
            },
        )
    }

    /// The same as the server filters it, once and with the token in hand, within a time: for what nobody
    /// waits for.
    ///
    /// # Errors
    /// See [`decode_list`] and [`Http::send`](super::Http::send).
    pub fn glance_at_subscribers(
        &self,
        filter: &SubscriberFilter<'_>,
        time: Duration,
        receive: &mut dyn FnMut(Subscriber) -> Result<(), Halt>,
    ) -> Result<Completeness, Error> {
        let mut call = self.call_for_subscribers(filter);
        call.time = Some(time);
        let response = self.send_once(&call)?;
        if response.html {
            return Err(super::unreadable("it is an HTML page"));
        }
        decode_list(response.body, receive)
    }

    fn call_for_subscribers(&self, filter: &SubscriberFilter<'_>) -> Call {
        let call = Call::new(Method::GET, self.path("pbx/subscribers"), LIST_LIMIT)
            .query("domain", filter.domain.as_str());
        let kind = filter.kind.map(SubscriberKind::as_filter);
        let narrowed = [
            ("user", filter.user),
            ("login", filter.login),
            ("filter", kind),
        ];
        let told = narrowed
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        told.fold(call, |call, (name, value)| call.query(name, value))
    }

    /// `GET …/pbx/phone-numbers`: the numbers of a domain, or those of it that lead to one user.
    ///
    /// # Errors
    /// See [`decode_list`] and [`Client::send`].
    pub fn phone_numbers(
        &self,
        domain: &Domain,
        user: Option<&str>,
        receive: &mut dyn FnMut(PhoneNumber) -> Result<(), Halt>,
    ) -> Result<Completeness, Error> {
        let mut call = Call::new(Method::GET, self.path("pbx/phone-numbers"), LIST_LIMIT)
            .query("domain", domain.as_str());
        if let Some(user) = user {
            call = call.query("user", user);
        }
        let key = domain.key();
        self.list(&call, &mut |mut row: PhoneNumber| {
            if !is_of(row.domain.as_deref(), &key) {
                return Ok(());
            }
            row.domain.get_or_insert_with(|| domain.to_string());
            row.user = row.user.or_else(|| user.map(str::to_owned));
            receive(row)
        })
    }

    /// `GET …/sub-accounts`: every account below this one, parents first; deleted ones are left out.
    ///
    /// # Errors
    /// See [`decode_list`] and [`Client::send`].
    pub fn sub_accounts(
        &self,
        receive: &mut dyn FnMut(Account) -> Result<(), Halt>,
    ) -> Result<Completeness, Error> {
        let call = Call::new(Method::GET, self.path("sub-accounts"), LIST_LIMIT);
        let mut failed = None;
        let read = self.list(&call.query("recursive", "1"), &mut |row: SubAccount| {
            flatten(row, receive).map_err(|error| {
                failed = Some(error);
                Halt
            })
        });
        match failed {
            Some(error) => Err(error),
            None => read,
        }
    }
}

/// Hands on an account, then what is nested in it.
fn flatten(
    row: SubAccount,
    receive: &mut dyn FnMut(Account) -> Result<(), Halt>,
) -> Result<(), Error> {
    let account = Account {
        id: row.id,
        name: row.name,
        account_number: row.account_number,
        parent_id: row.parent_id,
    };
    let id = account.id.clone();
    if row.deleted_at.is_none() {
        receive(account).map_err(|Halt| Error::Halted)?;
    }
    let Some(children) = row.children else {
        return Ok(());
    };
    let mut failed = None;
    let read = decode_list(children.as_bytes(), &mut |mut child: SubAccount| {
        child.parent_id = child.parent_id.or_else(|| id.clone());
        flatten(child, receive).map_err(|error| {
            failed = Some(error);
            Halt
        })
    });
    failed.map_or(read.map(|_| ()), Err)
}
