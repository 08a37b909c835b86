//! What may be typed in its place or behind its flag.

use super::number_of_row;
use crate::context::Context;
use crate::error::Error;
use crate::model::Number;

/// A value, and what an error calls it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Typed<'a> {
    pub(super) place: &'static str,
    pub(super) text: &'a str,
}

impl<'a> Typed<'a> {
    /// Whichever was typed; both is refused before.
    pub(super) fn of(places: [(&'static str, &'a Option<String>); 2]) -> Option<Self> {
        let mut typed = places.into_iter();
        typed.find_map(|(place, text)| {
            let text = text.as_deref()?;
            Some(Self { place, text })
        })
    }

    /// A telephone number; bare digits mean a row that is spelled so.
    pub(super) fn number(self, ctx: &Context) -> Result<Number, Error> {
        let number = number_of_row(ctx, self.place, self.text);
        number.map_err(|error| match self.place {
            "CALLER" => goes_there(ctx, self.text, error),
            _ => error,
        })
    }

    /// The same where another word follows, which is the number where the two are swapped.
    pub(super) fn number_before(self, ctx: &Context, next: Typed<'_>) -> Result<Number, Error> {
        self.number(ctx)
            .map_err(|error| match Number::parse(next.text) {
                Err(_) => error,
                Ok(_) => {
                    let again = ctx.again().swapped(self.text, next.text);
                    error.hint(format!("the caller comes first: `{again}`"))
                }
            })
    }
}

/// A name in the caller's place is a destination.
fn goes_there(ctx: &Context, text: &str, error: Error) -> Error {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if !(text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(is_name)) {
        return error;
    }
    let list = ctx.ready(&format!("routes list --destination {text}"));
    error.hint(format!("`{list}` shows whose calls go there"))
}

/// The caller of the route that a command writes.
#[derive(Debug, clap::Args)]
pub(super) struct Caller {
    /// The caller's number
    #[arg(
        value_name = "CALLER",
        allow_negative_numbers = true,
        required_unless_present = "ani",
        conflicts_with = "ani"
    )]
    caller: Option<String>,
    /// The caller's number, behind a flag
    #[arg(
        long,
        value_name = "NUMBER",
        allow_negative_numbers = true,
        hide_short_help = true
    )]
    ani: Option<String>,
}

impl Caller {
    pub(super) fn typed(&self) -> Typed<'_> {
        let typed = Typed::of([("CALLER", &self.caller), ("--ani", &self.ani)]);
        typed.unwrap_or(Typed {
            place: "CALLER",
            text: "",
        })
    }
}
