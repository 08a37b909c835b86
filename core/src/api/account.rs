//! The account's routes: by one list where the server gives one that can be relied on, else domain by
//! domain (`design.md` §8 "Lists").

use super::client::Client;
use super::error::Error;
use super::held::Held;
use super::lists::{Completeness, Halt, Worth};
use super::routes::RouteFilter;
use crate::model::{Coverage, Domain, Number, Route, Row as _};

/// What reading the routes of several domains came to.
#[derive(Debug, Default)]
pub struct AccountRead {
    /// Of all lists together.
    pub completeness: Completeness,
    /// What they would have shown.
    pub coverage: Coverage,
    /// The domains whose own list may have been cut.
    pub doubtful: Vec<Domain>,
    /// The names of the account's domains, where they were read for it.
    pub names: Option<Vec<String>>,
    /// Why the list of the whole account was of no use, where that was seen.
    pub no_whole: Option<NoWhole>,
}

/// How a server keeps the list of the whole account back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoWhole {
    /// It refuses it.
    Refused,
    /// It sends an empty one, and the domains' are not.
    Empty,
}

/// What the list of the whole account came to.
enum Whole {
    /// It was handed on.
    Told(Completeness),
    /// It may have been cut, or is empty: held back.
    Doubtful(Completeness, Vec<Route>),
    /// There is none.
    Refused(Error),
    /// Nobody asked for it: it is of no use.
    Useless,
}

/// Whether an answer says that such a list is not to be had.
fn is_refusal(error: &Error) -> bool {
    matches!(error.status(), Some(400 | 403 | 404 | 422))
}

impl AccountRead {
    /// Of one list.
    fn of(completeness: Completeness) -> Self {
        let mut read = Self {
            completeness,
            ..Self::default()
        };
        match completeness.worth() {
            Worth::Whole => read.coverage = true.into(),
            Worth::Doubtful => {}
            Worth::Incomplete => read.coverage.add_more(),
        }
        read
    }

    /// Takes in the list of one domain.
    fn add(&mut self, domain: &Domain, told: &Completeness) {
        self.completeness = self.completeness.and(told);
        match told.worth() {
            Worth::Whole => self.coverage.add_domain(domain.key()),
            Worth::Doubtful => self.doubtful.push(domain.clone()),
            Worth::Incomplete => self.coverage.add_more(),
        }
    }
}

impl Client {
    /// `GET …/pbx/route-by-ani`: the routes that match, one by one.
    ///
    /// The filters are sent, and applied once more here, canonically: the server's may match
    /// substrings (`api.md`, Lists), or only its own spelling of a number or domain. So when a
    /// filtered read brings nothing that matches, or is refused as not found, the whole list is read
    /// once and filtered here, and of a list that may be cut the caller is asked for in each spelling:
    /// "no such route" is never an artefact of spelling.
    ///
    /// # Errors
    /// See [`decode_list`](super::decode_list) and [`Client::send`].
    pub fn routes(
        &self,
        filter: &RouteFilter,
        receive: &mut dyn FnMut(Route) -> Result<(), Halt>,
    ) -> Result<Completeness, Error> {
        if filter.is_empty() {
            return Ok(self.account_routes(None, receive)?.completeness);
        }
        let mut matched = false;
        let filtered = self.filtered(filter, &mut |route| {
            matched = true;
            receive(route)
        });
        // Without a domain it may be refused for want of one.
        let is_none =
            |error: &Error| error.is_not_found() || (filter.domain.is_none() && is_refusal(error));
        let found = match filtered {
            Ok(told) if matched => return Ok(told),
            Err(error) if !is_none(&error) => return Err(error),
            found => found,
        };
        let matches = filter.matcher();
        let mut handed = Vec::new();
        let mut matching = |route: Route| {
            if !matches(&route) || handed.contains(&route) {
                return Ok(());
            }
            if filter.ani.is_some() {
                handed.push(route.clone());
            }
            receive(route)
        };
        let read = match &filter.domain {
            None => self.account_routes(None, &mut matching)?,
            Some(domain) => match self.whole(&mut matching)? {
                Whole::Told(told) => return Ok(told),
                Whole::Doubtful(told, rows) if rows.iter().any(&matches) => {
                    let mut rows = rows.into_iter();
                    rows.try_for_each(matching).map_err(|Halt| Error::Halted)?;
                    return Ok(told);
                }
                _ if *filter == RouteFilter::domain(domain) => return found,
                _ => self.domain_lists(std::slice::from_ref(domain), true, &mut matching)?,
            },
        };
        match &filter.ani {
            Some(ani) if !read.doubtful.is_empty() => {
                self.caller_lists(&read.doubtful, ani, &mut matching)
            }
            _ => Ok(read.completeness),
        }
    }

    /// The routes of one caller in some domains, asked for in each spelling of his number.
    fn caller_lists(
        &self,
        domains: &[Domain],
        ani: &Number,
        receive: &mut dyn FnMut(Route) -> Result<(), Halt>,
    ) -> Result<Completeness, Error> {
        let mut told = Completeness::default();
        for domain in domains {
            for spelling in self.spellings_of(&ani.key()) {
                let filter = RouteFilter {
                    ani: Number::raw(&spelling).ok(),
                    ..RouteFilter::domain(domain)
                };
                told = told.and(&self.filtered(&filter, receive)?);
            }
        }
        Ok(told)
    }

    /// Every route of the account, one by one. A list of the whole account that is refused, empty or
    /// may be cut is read again domain by domain: in `only` these, else in all of `domains list`.
    ///
    /// # Errors
    /// As [`Client::routes`]; the refusal of the whole list where the domains are not to be had either.
    pub fn account_routes(
        &self,
        only: Option<&[Domain]>,
        receive: &mut dyn FnMut(Route) -> Result<(), Halt>,
    ) -> Result<AccountRead, Error> {
        let whole = match self.whole(receive)? {
            Whole::Told(completeness) => return Ok(AccountRead::of(completeness)),
            whole => whole,
        };
        let (domains, told) = match only {
            Some(only) => (only.to_vec(), Completeness::default()),
            None => match self.all_domains() {
                Err(error) if is_refusal(&error) => return undivided(whole, Some(error), receive),
                names => names?,
            },
        };
        if domains.is_empty() {
            return undivided(whole, None, receive);
        }
        let mut read = match (self.domain_lists(&domains, true, receive), &whole) {
            (Err(error), Whole::Refused(_)) if is_refusal(&error) => {
                return undivided(whole, None, receive);
            }
            (read, _) => read?,
        };
        let shown = read.completeness.received;
        read.no_whole = match &whole {
            Whole::Refused(_) => Some(NoWhole::Refused),
            Whole::Doubtful(told, _) if told.received == 0 && shown > 0 => Some(NoWhole::Empty),
            _ => None,
        };
        let is_cut = matches!(&whole, Whole::Doubtful(told, _) if told.received < shown);
        if is_cut || read.no_whole.is_some() {
            self.list_by_domain();
        }
        if only.is_none() && told.is_complete() {
            read.names = Some(domains.iter().map(ToString::to_string).collect());
        }
        // Domains that nobody named may have routes, too.
        read.completeness.doubtful |= told.worth() != Worth::Whole;
        Ok(read)
    }

    /// The lists of some domains. With `spelled` their names are as the server spells them, and an empty
    /// list says that there is nothing; else the list of the whole account is asked, too. Of a domain that
    /// is not found nothing is shown.
    ///
    /// # Errors
    /// As [`Client::routes`]; where none of them is found that.
    pub fn domain_lists(
        &self,
        domains: &[Domain],
        spelled: bool,
        receive: &mut dyn FnMut(Route) -> Result<(), Halt>,
    ) -> Result<AccountRead, Error> {
        let (mut lists, mut missing) = (Vec::new(), None);
        for domain in domains {
            let filter = RouteFilter::domain(domain);
            let read = match spelled {
                true => self.filtered(&filter, receive),
                false => self.routes(&filter, receive),
            };
            match read {
                Err(error) if error.is_not_found() => missing = Some(error),
                read => lists.push((domain, read?)),
            }
        }
        if let (true, Some(error)) = (lists.is_empty(), missing) {
            return Err(error);
        }
        // A longer list from the same call disproves a smaller cut.
        let longest = lists.iter().map(|(_, told)| told.received).max();
        let mut read = AccountRead::default();
        for (domain, mut told) in lists {
            told.doubtful &= Some(told.received) == longest;
            read.add(domain, &told);
        }
        Ok(read)
    }

    /// The list of the whole account. What may have to be read again is held back: no list that may be
    /// cut is long.
    fn whole(&self, receive: &mut dyn FnMut(Route) -> Result<(), Halt>) -> Result<Whole, Error> {
        if self.lists_by_domain() {
            return Ok(Whole::Useless);
        }
        let mut back = Vec::new();
        let mut room = self.known().cut.longest();
        let read = self.filtered(&RouteFilter::default(), &mut |route| {
            if room > 0 {
                room -= 1;
                back.push(route);
                return Ok(());
            }
            back.drain(..).try_for_each(&mut *receive)?;
            receive(route)
        });
        match read {
            Err(error) if is_refusal(&error) => Ok(Whole::Refused(error)),
            Ok(told) if told.received == 0 || told.worth() == Worth::Doubtful => {
                Ok(Whole::Doubtful(told, back))
            }
            // What came of one that broke off is told as well.
            read => match back.drain(..).try_for_each(&mut *receive) {
                Err(Halt) => Err(Error::Halted),
                Ok(()) => read.map(Whole::Told),
            },
        }
    }

    /// The domains of `domains list`.
    fn all_domains(&self) -> Result<(Vec<Domain>, Completeness), Error> {
        let mut held = Held::at_most(self.most_held());
        let mut domains = Vec::new();
        let read = self.domains(false, None, &mut |record| {
            held.add(record.weight())?;
            let name = record.domain.as_deref().map(Domain::parse);
            domains.extend(name.and_then(Result::ok));
            Ok(())
        });
        match held.is_full() {
            true => Err(held.too_much()),
            false => Ok((domains, read?)),
        }
    }
}

/// What the whole list came to, where its domains are not to be had.
fn undivided(
    whole: Whole,
    why: Option<Error>,
    receive: &mut dyn FnMut(Route) -> Result<(), Halt>,
) -> Result<AccountRead, Error> {
    match (whole, why) {
        (Whole::Refused(error), _) | (Whole::Useless, Some(error)) => Err(error),
        (Whole::Doubtful(mut told, rows), why) => {
            // Nobody can tell whether an empty one is true.
            told.doubtful |= why.is_some();
            let mut rows = rows.into_iter();
            rows.try_for_each(receive).map_err(|Halt| Error::Halted)?;
            Ok(AccountRead::of(told))
        }
        (Whole::Told(told), _) => Ok(AccountRead::of(told)),
        (Whole::Useless, None) => Ok(AccountRead::of(Completeness::default())),
    }
}
