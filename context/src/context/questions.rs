//! Questions to a person, and what it means where there is no answer.

use super::{Again, Context};
use crate::error::{Code, Error};
use crate::model::count;
use crate::ui::{Beginning, PromptError};

/// What deleting comes to for who has no other route.
const DANGER: &str = "a caller without one may be dropped";

impl Context {
    /// Asks for a yes; where nobody can be asked, the error has this command with `--yes`.
    pub fn confirm(&self, question: &str, again: Again) -> Result<(), Error> {
        let _asking = self.signals.asking();
        answered(self.ui.confirm(question), again)
    }

    /// The same before routes are deleted that the command line does not name one by one: their number is
    /// typed, for a `y` out of habit would drop calls.
    pub fn confirm_deletes(&self, deletes: usize, again: Again) -> Result<(), Error> {
        let _asking = self.signals.asking();
        let routes = count(deletes, "route");
        let question = format!("This deletes {routes}; {DANGER}.");
        answered(self.ui.type_number(&question, deletes), again)
    }

    /// The same of one route that was named; with the danger where it `leaves_calls` without any.
    pub fn confirm_delete(&self, leaves_calls: bool, again: Again) -> Result<(), Error> {
        if leaves_calls {
            self.ui.notice(&format!("This deletes 1 route; {DANGER}."));
        }
        self.confirm("Delete 1 route?", again)
    }

    /// Lets a person choose one of some words; its place.
    ///
    /// # Errors
    /// `otherwise` where nobody can be asked; nothing was chosen (5).
    pub fn choose(
        &self,
        question: &str,
        items: &[String],
        beginning: Beginning,
        otherwise: impl FnOnce() -> Error,
    ) -> Result<usize, Error> {
        let _choosing = (self.signals.choosing(), self.signals.asking());
        let chosen = self.ui.choose(question, items, beginning);
        self.chosen(question, items, chosen, otherwise)
    }

    /// The same of two ways on, below what is to be said first: nothing that is typed narrows them, and
    /// none is preselected.
    ///
    /// # Errors
    /// As [`Context::choose`].
    pub fn choose_way(
        &self,
        first: &str,
        ways: &[String; 2],
        otherwise: impl FnOnce() -> Error,
    ) -> Result<usize, Error> {
        let _choosing = (self.signals.choosing(), self.signals.asking());
        if self.ui.can_ask() {
            self.ui.show_results();
            self.ui.notice(first);
        }
        let question = "Which way?";
        let chosen = self.ui.choose_way(question, ways);
        self.chosen(question, ways, chosen, otherwise)
    }

    fn chosen(
        &self,
        question: &str,
        items: &[String],
        chosen: Result<Option<usize>, PromptError>,
        otherwise: impl FnOnce() -> Error,
    ) -> Result<usize, Error> {
        match chosen {
            Ok(Some(chosen)) => {
                self.ui.status(&format!("{question} {}", items[chosen]));
                Ok(chosen)
            }
            Err(PromptError::NeedsInput) => Err(otherwise()),
            Ok(None) | Err(PromptError::Cancelled) => {
                let text = "nothing was chosen; nothing was changed";
                Err(Error::new(Code::ConfirmationNeeded, text))
            }
            Err(error) => Err(Error::of(Code::ConfirmationNeeded, error)),
        }
    }
}

/// What an answer means: only a yes goes on.
fn answered(answer: Result<bool, PromptError>, again: Again) -> Result<(), Error> {
    let refused = |text: &str| Error::new(Code::ConfirmationNeeded, text);
    match answer {
        Ok(true) => Ok(()),
        Ok(false) => Err(refused("not confirmed; nothing was changed")),
        Err(PromptError::NeedsInput) => Err(needs_yes(again)),
        Err(error) => Err(refused(&format!("{error}; nothing was changed")).caused_by(error)),
    }
}

/// A yes is needed and nobody can be asked for it.
pub fn needs_yes(again: Again) -> Error {
    let text = "this needs a yes, and nobody can be asked here; nothing was changed";
    let yes = again.with("--yes");
    Error::new(Code::ConfirmationNeeded, text).hint(format!("if you mean it: `{yes}`"))
}
