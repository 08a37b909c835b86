//! The whole list of domains, and a note of the names for completion.

use crate::api::{self, Client, Completeness, Halt, Held};
use crate::config::Settings;
use crate::context::Context;
use crate::domain_names::{DomainNames, Gathered};
use crate::model::{DomainRecord, Row as _};

impl Context {
    /// Every domain of the account; once the whole list was read its names are kept for completion.
    pub fn domains(
        &self,
        client: &Client,
        fresh: bool,
        receive: &mut dyn FnMut(DomainRecord) -> Result<(), Halt>,
    ) -> Result<Completeness, api::Error> {
        let mut names = Gathered::default();
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
        if completeness.is_complete()
            && self.state_dir().is_ok()
            && let Some(kept) = domain_names(&self.settings)
            && let Err(error) = kept.keep(client.account(), names)
        {
            // A convenience: no command fails for want of it.
            log::debug!("the domains' names are not kept for completion: {error}");
        }
        Ok(completeness)
    }
}

/// Where the names of these settings' account are kept; none without a state directory.
pub(crate) fn domain_names(settings: &Settings) -> Option<DomainNames> {
    Some(DomainNames::under(
        &settings.state_in_use()?,
        &settings.profile.value,
        &settings.origin.value,
        settings.account.as_ref().map(|account| &account.value),
    ))
}
