//! The flags every command takes, before or after its name.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args};

use crate::config::Flags;
use crate::output::Format;

/// Flags accepted before and after the subcommand.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// The profile to use [default: `default`, or the config file's `default_profile`]
    #[arg(short, long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// The account to work on: the id from the portal, Manage Accounts > View > API
    #[arg(long, global = true, value_name = "ID")]
    pub account: Option<String>,
    /// Run against an emulator of the API inside this process, on sample data
    #[arg(long, global = true)]
    pub sandbox: bool,
    /// Results and the last error line as JSON; short for `--output json`
    #[arg(long, global = true)]
    pub json: bool,
    /// The output format [default: table]
    #[arg(short = 'o', long, global = true, value_name = "FORMAT", value_parser = formats())]
    pub output: Option<Format>,
    /// Only these columns, in this order, such as `ani,destination`
    #[arg(long, global = true, value_name = "NAMES")]
    pub fields: Option<String>,
    /// Filter the JSON result with a jq expression; strings print raw. Implies `--json`
    #[arg(long, global = true, value_name = "EXPR", conflicts_with = "fields")]
    pub jq: Option<String>,
    /// No column names above tables, CSV and TSV
    #[arg(long, global = true)]
    pub no_header: bool,
    /// Say nothing that was not asked for: no result line, no status
    #[arg(long, global = true)]
    pub quiet: bool,
    /// Log requests to stderr; twice also headers and bodies. Never secrets
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Never prompt: a missing answer is an error
    #[arg(long, global = true)]
    pub no_input: bool,
    /// When to colour
    #[arg(long, global = true, value_name = "WHEN", value_parser = ["auto", "always", "never"])]
    pub color: Option<String>,
    /// How many seconds to wait for an answer, and for each further piece of it [default: 30]
    #[arg(long, global = true, value_name = "SECONDS", allow_negative_numbers = true, value_parser = whole::<u64>)]
    pub timeout: Option<u64>,
    /// Trust the certificates of this PEM file, too
    #[arg(long, global = true, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
    /// Send telephone numbers as typed instead of as 11 digits
    #[arg(long, global = true)]
    pub raw_numbers: bool,
}

/// A whole number as an argument, refused in words.
pub(super) fn whole<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| "a whole number is accepted".to_owned())
}

impl GlobalArgs {
    /// The flags that are settings.
    pub(crate) fn settings_flags(&self) -> Flags {
        Flags {
            profile: self.profile.clone(),
            account: self.account.clone(),
            sandbox: self.sandbox,
            timeout: self.timeout,
            cacert: self.cacert.clone(),
            ..Flags::default()
        }
    }
}

/// The formats by name, so that shells can complete them.
fn formats() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::as_str)).try_map(|text| text.parse())
}
