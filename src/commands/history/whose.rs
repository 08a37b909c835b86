//! Whose runs people see: those of the account in use, unless they ask for all; and what says whose a
//! run is where that is not plain.

use std::collections::BTreeMap;

use crate::context::Context;
use crate::journal::Header;
use crate::model::{AccountId, Origin};

/// So much of an account's id tells it from others.
const FEW: usize = 8;

/// The account in use and the profile it is reached by.
#[derive(Clone, Copy)]
pub(super) struct InUse<'c> {
    account: &'c AccountId,
    origin: &'c Origin,
    profile: &'c str,
}

impl<'c> InUse<'c> {
    /// None where nobody named an account, and in the sandbox, which has one alone.
    pub(super) fn of(ctx: &'c Context) -> Option<Self> {
        let settings = &ctx.settings;
        let account = settings.account.as_ref().filter(|_| !settings.sandbox)?;
        Some(Self {
            account: &account.value,
            origin: &settings.origin.value,
            profile: &settings.profile.value,
        })
    }

    /// Whether a run was made there; a call of `api` outside any account was, if it went to the server.
    pub(super) fn has(&self, header: &Header) -> bool {
        let outside = header.account.is_none() && header.origin == *self.origin;
        outside || header.is_of(self.account, self.origin, false)
    }

    fn made(&self, header: &Header) -> bool {
        self.has(header) && header.profile == self.profile
    }
}

/// What runs of these headers are called by whose they are, in brackets: their profile, and as much of
/// the account as tells two of one profile apart, or else the server. Empty where all are of the profile
/// in use, and in the sandbox.
pub(super) fn names<'h>(
    ctx: &Context,
    headers: impl Iterator<Item = Option<&'h Header>>,
) -> Vec<String> {
    let headers: Vec<_> = headers.collect();
    let own = InUse::of(ctx);
    let is_own = |header: &Header| own.is_some_and(|own| own.made(header));
    if ctx.settings.sandbox || headers.iter().flatten().all(|header| is_own(header)) {
        return vec![String::new(); headers.len()];
    }
    let mut accounts: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for header in headers.iter().flatten() {
        let of = accounts.entry(&header.profile).or_default();
        let account = (&header.account, &header.origin);
        if !of.contains(&account) {
            of.push(account);
        }
    }
    let name = |header: &Header| {
        let (profile, of) = (&header.profile, &accounts[header.profile.as_str()]);
        let servers = of.iter().filter(|(other, _)| *other == &header.account);
        match &header.account {
            _ if of.len() == 1 => format!("[{profile}]"),
            _ if servers.count() > 1 => format!("[{profile} {}]", header.origin),
            None => format!("[{profile} no account]"),
            Some(account) => {
                let few: String = account.as_str().chars().take(FEW).collect();
                format!("[{profile} {few}]")
            }
        }
    };
    let name = |header: &Option<&Header>| header.map_or_else(String::new, name);
    headers.iter().map(name).collect()
}

/// Behind a run that another profile made: which, and on which account.
pub(super) fn made_by(ctx: &Context, header: &Header) -> Option<String> {
    let plain = ctx.settings.sandbox || InUse::of(ctx).is_some_and(|own| own.made(header));
    let account = header.account.as_ref();
    let account = account.map_or("no account".to_owned(), |id| format!("account {id}"));
    (!plain).then(|| {
        format!(
            "{account}, profile `{}`, at {}",
            header.profile, header.origin
        )
    })
}
