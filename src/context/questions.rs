//! Questions to a person, and what it means where there is no answer.

use super::{Again, Context};
use crate::error::{Code, Error};
use crate::ui::{Beginning, PromptError};

impl Context {
    /// Asks for a yes; where nobody can be asked, the error has this command with `--yes`.
    pub fn confirm(&self, question: &str, again: Again) -> Result<(), Error> {
        match self.ui.confirm(question) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::new(
                Code::ConfirmationNeeded,
                "not confirmed; nothing was changed",
            )),
            Err(PromptError::NeedsInput) => Err(needs_yes(again)),
            Err(error) => Err(Error::new(
                Code::ConfirmationNeeded,
                format!("{error}; nothing was changed"),
            )
            .caused_by(error)),
        }
    }

    /// Lets a person choose one of some words; its place.
    ///
    /// # Errors
    /// `otherwise` where nobody can be asked; nothing was chosen (5).
    pub(crate) fn choose(
        &self,
        question: &str,
        items: &[String],
        beginning: Beginning,
        otherwise: impl FnOnce() -> Error,
    ) -> Result<usize, Error> {
        let _choosing = self.signals.choosing();
        let chosen = self.ui.choose(question, items, beginning);
        self.chosen(question, items, chosen, otherwise)
    }

    /// The same of two ways on, which nothing that is typed narrows; none is preselected.
    ///
    /// # Errors
    /// As [`Context::choose`].
    pub(crate) fn choose_way(
        &self,
        question: &str,
        ways: &[String; 2],
        otherwise: impl FnOnce() -> Error,
    ) -> Result<usize, Error> {
        let _choosing = self.signals.choosing();
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

/// A yes is needed and nobody can be asked for it.
pub(crate) fn needs_yes(again: Again) -> Error {
    let text = "this needs a yes, and nobody can be asked here; nothing was changed";
    let yes = again.with("--yes");
    Error::new(Code::ConfirmationNeeded, text).hint(format!("if you mean it: `{yes}`"))
}
