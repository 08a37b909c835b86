//! What the samples of a probe say: nothing, unless two of a kind agree. Pure.

use std::time::Duration;

use crate::model::Route;
use crate::server::Probed;

/// Samples fewer than these say nothing: one flaky answer is one sample.
const ENOUGH: usize = 2;

/// What a probe has seen so far.
#[derive(Debug, Default)]
pub(super) struct Samples {
    created: Vec<u16>,
    updated: Vec<u16>,
    refused: usize,
    lag: Option<Duration>,
    /// Whether a destination stood as it was sent.
    as_sent: Vec<bool>,
    applications: Vec<String>,
    /// Whether the caller's other routes stayed, after a delete without and with a called number.
    bare: Vec<bool>,
    full: Vec<bool>,
    gone: Vec<u16>,
    /// Whether a delete in another spelling reached the route.
    reached: Vec<bool>,
    /// Routes that such a delete did not reach.
    not_reached: Vec<usize>,
}

impl Samples {
    /// The answer to a PUT of a new route.
    pub(super) fn created(&mut self, status: Option<u16>) {
        match status {
            Some(status @ 200..300) => self.created.push(status),
            Some(400 | 404 | 422) => self.refused += 1,
            _ => {}
        }
    }

    /// How many PUTs were refused.
    pub(super) fn refusals(&self) -> usize {
        self.refused
    }

    /// The answer to a PUT over a route.
    pub(super) fn updated(&mut self, status: Option<u16>) {
        self.updated
            .extend(status.filter(|status| (200..300).contains(status)));
    }

    /// How long after a write the read began that showed it.
    pub(super) fn lag(&mut self, lag: Duration) {
        self.lag = self.lag.max(Some(lag));
    }

    /// A row that was sent with this destination.
    pub(super) fn shown(&mut self, found: Option<&Route>, sent: &str) {
        let destination = found.and_then(|route| route.destination.as_deref());
        self.as_sent.extend(destination.map(|found| found == sent));
    }

    /// A row that was sent without application.
    pub(super) fn application(&mut self, found: Option<&Route>) {
        let word = |route: &Route| {
            route
                .application
                .clone()
                .unwrap_or_else(|| "null".to_owned())
        };
        self.applications.extend(found.map(word));
    }

    /// After a delete without called number: which of the caller's others stay. Where they differ, or one
    /// is not known, nothing is said.
    pub(super) fn bare_delete(&mut self, stay: [Option<bool>; 2]) {
        if let [Some(one), Some(other)] = stay
            && one == other
        {
            self.bare.push(one);
        }
    }

    /// The same after a delete with a called number.
    pub(super) fn full_delete(&mut self, stays: Option<bool>) {
        self.full.extend(stays);
    }

    /// The answer to a DELETE of what is gone.
    pub(super) fn gone(&mut self, status: Option<u16>) {
        self.gone
            .extend(status.filter(|status| (200..500).contains(status)));
    }

    /// After a delete in another spelling: whether that route went.
    pub(super) fn other_spelling(&mut self, which: usize, went: Option<bool>) {
        match went {
            Some(true) => self.reached.push(true),
            Some(false) => self.not_reached.push(which),
            None => {}
        }
    }

    /// A delete in the row's own spelling reached it: so it was the spelling before.
    pub(super) fn own_spelling(&mut self, which: usize) {
        if self.not_reached.contains(&which) {
            self.reached.push(false);
        }
    }

    /// What is found out.
    pub(super) fn facts(self) -> Vec<Probed> {
        let mut facts = Vec::new();
        facts.extend(self.lag.map(Probed::Lag));
        let statuses = agreed(&self.created).zip(agreed(&self.updated));
        facts.extend(statuses.map(|(made, changed)| Probed::PutStatus(made, changed)));
        facts.extend(self.unknown_destination().map(Probed::UnknownDestination));
        let rewriting = agreed(&self.as_sent).map(|sent| if sent { "sent" } else { "changed" });
        facts.extend(rewriting.map(Probed::Rewriting));
        facts.extend(agreed(&self.applications).map(Probed::DefaultApplication));
        let delete = match (agreed(&self.bare), agreed(&self.full)) {
            (Some(true), Some(true)) => Some("exact"),
            (Some(false), Some(true)) => Some("wide"),
            (Some(false), Some(false)) => Some("caller"),
            _ => None,
        };
        facts.extend(delete.map(Probed::Delete));
        facts.extend(agreed(&self.gone).map(Probed::DeleteGone));
        let key = agreed(&self.reached).map(|number| if number { "number" } else { "spelling" });
        facts.extend(key.map(Probed::Key));
        facts
    }

    /// The routes of a probe lead to nobody.
    fn unknown_destination(&self) -> Option<&'static str> {
        match (self.created.len(), self.refused) {
            (0, ENOUGH..) => Some("refused"),
            (ENOUGH.., 0) if !self.as_sent.is_empty() => Some("accepted"),
            _ => None,
        }
    }
}

/// The value that enough samples agree on, and none denies.
fn agreed<T: Clone + PartialEq>(samples: &[T]) -> Option<T> {
    let first = samples.first()?;
    let all = samples.len() >= ENOUGH && samples.iter().all(|one| one == first);
    all.then(|| first.clone())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Samples;
    use crate::server::Probed;

    #[test]
    fn one_sample_says_nothing_two_say_it_and_a_third_denies_it() {
        let mut samples = Samples::default();
        let facts = |samples: &Samples| {
            let mut copy = Samples::default();
            copy.gone.clone_from(&samples.gone);
            copy.facts()
        };
        samples.gone(Some(404));
        assert_eq!(facts(&samples), []);
        samples.gone(Some(503));
        samples.gone(None);
        assert_eq!(facts(&samples), []);
        samples.gone(Some(404));
        assert_eq!(facts(&samples), [Probed::DeleteGone(404)]);
        samples.gone(Some(204));
        assert_eq!(facts(&samples), []);
    }

    #[test]
    fn a_delete_is_exact_only_by_both_forms() {
        let delete = |bare: &[[Option<bool>; 2]], full: &[Option<bool>]| {
            let mut samples = Samples::default();
            bare.iter().for_each(|stay| samples.bare_delete(*stay));
            full.iter().for_each(|stay| samples.full_delete(*stay));
            samples.facts()
        };
        let (stays, goes) = ([Some(true); 2], [Some(false); 2]);
        let both = [Some(true), Some(true)];
        assert_eq!(delete(&[stays, stays], &both), [Probed::Delete("exact")]);
        assert_eq!(delete(&[goes, goes], &both), [Probed::Delete("wide")]);
        assert_eq!(
            delete(&[goes, goes], &[Some(false); 2]),
            [Probed::Delete("caller")]
        );
        for bare in [
            vec![stays],
            vec![stays, goes],
            vec![goes, [Some(true), Some(false)]],
            vec![stays, [Some(true), None]],
        ] {
            assert_eq!(delete(&bare, &both), [], "{bare:?}");
        }
        assert_eq!(delete(&[stays, stays], &[Some(true)]), []);
        assert_eq!(delete(&[stays, stays], &[Some(true), None]), []);
    }

    #[test]
    fn that_spelling_counts_wants_a_delete_that_reaches() {
        let key = |own: &[usize]| {
            let mut samples = Samples::default();
            samples.other_spelling(0, Some(false));
            samples.other_spelling(1, Some(false));
            own.iter().for_each(|which| samples.own_spelling(*which));
            samples.facts()
        };
        assert_eq!(key(&[]), []);
        assert_eq!(key(&[0]), []);
        assert_eq!(key(&[0, 1]), [Probed::Key("spelling")]);
        let mut samples = Samples::default();
        samples.other_spelling(0, Some(true));
        samples.other_spelling(1, Some(true));
        assert_eq!(samples.facts(), [Probed::Key("number")]);
    }

    #[test]
    fn lag_is_the_longest_and_nobody_is_accepted_only_without_a_refusal() {
        let mut samples = Samples::default();
        samples.lag(Duration::from_secs(2));
        samples.lag(Duration::ZERO);
        samples.created(Some(422));
        samples.created(Some(404));
        let refused = [
            Probed::Lag(Duration::from_secs(2)),
            Probed::UnknownDestination("refused"),
        ];
        assert_eq!(samples.facts(), refused);
        let mut samples = Samples::default();
        samples.created(Some(201));
        samples.created(Some(201));
        samples.created(Some(400));
        assert_eq!(samples.facts(), []);
    }
}
