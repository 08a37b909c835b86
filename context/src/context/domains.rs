//! Whole lists of domains, extensions and numbers, and a note of the names for completion.

use crate::api::{self, Client, Completeness, Halt, Held, SubscriberFilter};
use crate::config::Settings;
use crate::context::Context;
use crate::kept_names::{Gathered, KeptNames, Names};
use crate::model::{Domain, DomainRecord, PhoneNumber, Row as _, Subscriber};

impl Context {
    /// Every domain of the account; once the whole list was read its names are kept for completion.
    pub fn domains(
        &self,
        client: &Client,
        fresh: bool,
        receive: &mut dyn FnMut(DomainRecord) -> Result<(), Halt>,
    ) -> Result<Completeness, api::Error> {
        let mut names = Gathered::new(Names::Domains);
        // Nobody knows here whether they are held, and no account has nearly as many.
        let mut held = Held::at_most(client.most_held());
        let read = client.domains(fresh, None, &mut |record| {
            held.add(record.weight())?;
            if let Some(name) = &record.domain {
                names.add(name);
            }
            receive(record)
        });
        if held.is_full() {
            return Err(held.too_much());
        }
        let completeness = read?;
        self.keep(client, Names::Domains, names, &completeness);
        Ok(completeness)
    }

    /// The subscribers of a domain; once all were read their extensions are kept for completion.
    pub fn subscribers(
        &self,
        client: &Client,
        filter: &SubscriberFilter<'_>,
        receive: &mut dyn FnMut(Subscriber) -> Result<(), Halt>,
    ) -> Result<Completeness, api::Error> {
        let domain = filter.domain.key();
        let what = Names::Extensions(&domain);
        let mut names = Gathered::new(what);
        let completeness = client.subscribers(filter, &mut |row| {
            names.add(row.user.as_deref().unwrap_or_default());
            receive(row)
        })?;
        if *filter == SubscriberFilter::domain(filter.domain) {
            self.keep(client, what, names, &completeness);
        }
        Ok(completeness)
    }

    /// The numbers of a domain, or of one of its users; once all were read they are kept for completion.
    pub fn phone_numbers(
        &self,
        client: &Client,
        domain: &Domain,
        user: Option<&str>,
        receive: &mut dyn FnMut(PhoneNumber) -> Result<(), Halt>,
    ) -> Result<Completeness, api::Error> {
        let key = domain.key();
        let what = Names::Numbers(&key);
        let mut names = Gathered::new(what);
        let completeness = client.phone_numbers(domain, user, &mut |row| {
            names.add(row.number.as_deref().unwrap_or_default());
            receive(row)
        })?;
        if user.is_none() {
            self.keep(client, what, names, &completeness);
        }
        Ok(completeness)
    }

    /// A convenience: no command fails for want of it.
    fn keep(&self, client: &Client, what: Names<'_>, names: Gathered, completeness: &Completeness) {
        if completeness.is_complete()
            && self.state_dir().is_ok()
            && let Some(kept) = kept_names(&self.settings, what)
            && let Err(error) = kept.keep(client.account(), names)
        {
            log::debug!("names are not kept for completion: {error}");
        }
    }
}

/// Where names of these settings' account are kept; none without a state directory.
pub fn kept_names(settings: &Settings, what: Names<'_>) -> Option<KeptNames> {
    Some(KeptNames::under(
        &settings.state_in_use()?,
        &settings.profile.value,
        &settings.origin.value,
        settings.account.as_ref().map(|account| &account.value),
        what,
    ))
}
