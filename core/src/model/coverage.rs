//! Of which keys a read tells everything: the rest is unseen, and nobody may call it gone.

use std::collections::HashSet;

use super::{DomainKey, NumberKey, RouteKey};

/// What some reads together would have shown, had it been there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    everything: bool,
    /// Domains whose whole list was read.
    domains: HashSet<DomainKey>,
    /// Callers whose routes were asked for one by one.
    callers: HashSet<(DomainKey, NumberKey)>,
    more: bool,
}

/// All of it, or a list that says itself that there is more.
impl From<bool> for Coverage {
    fn from(whole: bool) -> Self {
        Self {
            everything: whole,
            more: !whole,
            ..Self::default()
        }
    }
}

impl Coverage {
    /// Whatever stands anywhere is shown.
    pub fn is_whole(&self) -> bool {
        self.everything
    }

    /// Whether the server says itself that it has more than it sent.
    pub fn says_more(&self) -> bool {
        self.more
    }

    /// Whether a route at this key would have been shown.
    pub fn shows(&self, key: &RouteKey) -> bool {
        self.shows_domain(&key.domain)
            // Nothing is hashed where no caller was asked for.
            || (!self.callers.is_empty()
                && self.callers.contains(&(key.domain.clone(), key.ani.clone())))
    }

    /// Whether every route of a domain would have been shown.
    pub fn shows_domain(&self, domain: &DomainKey) -> bool {
        self.everything || self.domains.contains(domain)
    }

    /// All routes of a domain were read.
    pub fn add_domain(&mut self, domain: DomainKey) {
        self.domains.insert(domain);
    }

    /// All routes of a caller in a domain were read.
    pub fn add_caller(&mut self, domain: DomainKey, ani: NumberKey) {
        self.callers.insert((domain, ani));
    }

    /// The server says that it has more than it sent.
    pub fn add_more(&mut self) {
        self.more = true;
    }
}
