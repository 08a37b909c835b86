//! Settings and printer, and what a command may ask of them: a client, a bearer, a journal, a list on
//! standard output. Nothing is opened or connected before somebody asks.

mod again;
mod credentials;
mod diagnosis;
mod domains;
mod facts;
mod loans;
mod questions;
mod results;

pub use again::Again;
pub use again::unresolved;
pub use credentials::store_of;
pub use diagnosis::RESELLER_HINT;
pub use domains::kept_names;
pub use loans::local;
pub use questions::needs_yes;
pub use results::{Read, Receive, incomplete};

use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::sync::Arc;

use crate::api::{self, BearerSource, Client, Held, Http, HttpOptions, Noticed, Pace, RetryPolicy};
use crate::auth::{Credentials, EnvSession, FixedToken, Session, Store, TokenEndpoint};
use crate::config::{CallerNames, ConfigFile, Settings, Source};
use crate::durable;
use crate::error::{Code, Error, FEW_FILES};
use crate::journal::{Header, Journal};
use crate::model::{AccountId, Origin, System};
use crate::output::{Format, Jq};
use crate::sandbox::{self, Sandbox, StatePlace};
use crate::secret::{Bearer, Secret};
use crate::server::Facts;
use crate::signals::Signals;
use crate::ui::Ui;

/// Commands about real accounts alone; see [`Context::refuse_sandbox`].
const NOT_IN_THE_SANDBOX: [&str; 3] = ["login", "logout", "profile"];

/// How a command begins.
const PROGRAM: &str = "skyswitch ";

/// How results are to look.
#[derive(Debug)]
pub struct Output {
    /// The format.
    pub format: Format,
    /// Whether a flag said so, and not a variable.
    pub typed: bool,
    /// `--jq`, compiled.
    pub jq: Option<Jq>,
    /// `--fields` as typed.
    pub fields: Option<String>,
    /// Whether column names are printed.
    pub header: bool,
}

/// What every command gets.
pub struct Context {
    /// Every setting and its source.
    pub settings: Settings,
    /// The printer.
    pub ui: Ui,
    /// How results are to look.
    pub output: Output,
    /// What signals do.
    pub signals: Signals,
    /// Whether numbers are sent as typed.
    pub raw_numbers: bool,
    /// The command line, for the journal.
    pub command_line: String,
    sandbox: OnceCell<Sandbox>,
    store: OnceCell<Arc<dyn Store>>,
    session: OnceCell<Arc<Session>>,
    bearer: OnceCell<Arc<dyn BearerSource>>,
    names: OnceCell<Option<CallerNames>>,
    /// Whether it was said where this goes.
    said_where: Cell<bool>,
    changed: Cell<bool>,
    facts: OnceCell<RefCell<Facts>>,
    noticed: Noticed,
    pace: OnceCell<Pace>,
    /// Never closed: that would wait for the thread it runs on, and the process ends anyway.
    http: OnceCell<ManuallyDrop<Http>>,
}

/// Which credentials a command runs on, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// The embedded emulator's.
    Sandbox,
    /// `SKYSWITCH_TOKEN`.
    Token,
    /// The four variables.
    Environment,
    /// The credential command.
    Command,
    /// A stored login.
    Store,
}

impl Context {
    /// A context; nothing is opened yet.
    pub fn new(
        settings: Settings,
        ui: Ui,
        output: Output,
        signals: Signals,
        raw_numbers: bool,
        command_line: String,
    ) -> Self {
        Self {
            settings,
            ui,
            output,
            signals,
            raw_numbers,
            command_line,
            sandbox: OnceCell::new(),
            store: OnceCell::new(),
            session: OnceCell::new(),
            bearer: OnceCell::new(),
            names: OnceCell::new(),
            said_where: Cell::new(false),
            changed: Cell::new(false),
            facts: OnceCell::new(),
            noticed: Noticed::default(),
            pace: OnceCell::new(),
            http: OnceCell::new(),
        }
    }

    /// For commands that make no sense in the sandbox.
    pub fn refuse_sandbox(&self, command: &str) -> Result<(), Error> {
        if self.settings.sandbox {
            return Err(Error::new(
                Code::Usage,
                format!(
                    "`skyswitch {command}` has nothing to do in the sandbox, which needs no login"
                ),
            )
            .hint(format!(
                "`{}` is about real accounts",
                self.as_typed().without("--sandbox")
            )));
        }
        Ok(())
    }

    /// Remembers that the server was changed: whatever fails later must not deny it.
    pub fn set_changed(&self) {
        self.changed.set(true);
    }

    /// Whether anything was changed on the server by this run.
    pub fn has_changed(&self) -> bool {
        self.changed.get()
    }

    /// Where requests go: the API, or the emulator, which is started when first asked for.
    pub fn origin(&self) -> Result<Origin, Error> {
        if !self.settings.sandbox {
            return Ok(self.settings.origin.value.clone());
        }
        let url = self.sandbox()?.url();
        Origin::parse(&url).map_err(|error| Error::of(Code::Internal, error))
    }

    /// The origin that plans and facts are of. The embedded sandbox listens somewhere else every time,
    /// and is the same server all the same.
    pub fn lasting_origin(&self) -> Result<Origin, Error> {
        if !self.settings.sandbox {
            return self.origin();
        }
        Origin::parse("http://127.0.0.1").map_err(|error| Error::of(Code::Internal, error))
    }

    /// Whether the configuration has a profile of this name.
    pub fn has_profile(&self, name: &str) -> bool {
        let file = self
            .settings
            .config_path
            .as_ref()
            .map(|path| ConfigFile::read(path));
        file.is_some_and(|file| file.is_ok_and(|file| file.profiles.contains_key(name)))
    }

    /// The connection to [`Context::origin`], one a process: what asks for tokens and what calls share it.
    pub fn http(&self) -> Result<Http, Error> {
        let made = || self.connection().map(ManuallyDrop::new);
        once(&self.http, made).map(|http| Http::clone(http))
    }

    fn connection(&self) -> Result<Http, Error> {
        let origin = self.origin()?;
        let proxy = self.settings.proxy.as_ref();
        let proxy = proxy.filter(|proxy| proxy.leads_to(&origin));
        if let Some(proxy) = proxy {
            proxy.address()?;
        }
        let options = HttpOptions {
            timeout: self.settings.timeout,
            extra_roots: self.extra_roots()?,
            proxy: proxy.map(|proxy| proxy.url.value.clone()),
        };
        let http = Http::new(&origin, options);
        http.map(|http| http.noticing(self.noticed.clone()).keeping(self.pace()))
            .map_err(|error| Error::of(Code::Network, error).hint(FEW_FILES))
    }

    fn extra_roots(&self) -> Result<Vec<rustls::pki_types::CertificateDer<'static>>, Error> {
        let Some(setting) = &self.settings.ca_bundle else {
            return Ok(Vec::new());
        };
        let path = setting.value.display();
        let place = format!("{}: `{path}`", setting.source);
        let pem = std::fs::read(&setting.value)
            .map_err(|error| Error::at(Code::InvalidSetting, &place, error))?;
        api::ca_bundle(&pem).map_err(|error| Error::at(Code::InvalidSetting, &place, error))
    }

    /// The API of the account, with a bearer: the login check comes before the account check.
    pub fn client(&self) -> Result<Client, Error> {
        let bearer = self.bearer()?;
        let account = self.account()?;
        let stop = self.signals.stop().clone();
        Ok(
            Client::new(self.http()?, bearer, account, RetryPolicy::default(), stop)
                .holding_at_most(self.most_held())
                .knowing(self.known_lists()),
        )
    }

    /// How many bytes the rows of a list may take that is held as a whole.
    pub fn most_held(&self) -> usize {
        self.settings.max_memory.unwrap_or(Held::USUAL)
    }

    /// The account: flag, variable, profile, or the one the login was for.
    pub fn account(&self) -> Result<AccountId, Error> {
        if self.settings.sandbox {
            let id = &self.sandbox()?.credentials().account_id;
            return AccountId::parse(id).map_err(|error| Error::of(Code::Internal, error));
        }
        match &self.settings.account {
            Some(setting) => Ok(setting.value.clone()),
            None => Err(no_account()),
        }
    }

    /// Which credentials this run uses.
    pub fn credential(&self) -> Credential {
        let settings = &self.settings;
        if settings.sandbox {
            Credential::Sandbox
        } else if settings.token.is_some() {
            Credential::Token
        } else if settings.credentials.any() {
            Credential::Environment
        } else if settings.credential_command.is_some() {
            Credential::Command
        } else {
            Credential::Store
        }
    }

    /// Where bearers come from; one source a process.
    pub fn bearer(&self) -> Result<Arc<dyn BearerSource>, Error> {
        once(&self.bearer, || self.open_bearer()).cloned()
    }

    fn open_bearer(&self) -> Result<Arc<dyn BearerSource>, Error> {
        Ok(match self.credential() {
            Credential::Sandbox => self.memory_session(self.sandbox_credentials()?)?,
            Credential::Token => Arc::new(FixedToken::new(self.fixed_token()?)),
            Credential::Environment => self.memory_session(self.environment_credentials()?)?,
            Credential::Command => self.memory_session(self.command_credentials()?)?,
            Credential::Store => {
                // Not logged in is said before anything else that may be missing.
                self.login()?;
                self.session()?
            }
        })
    }

    fn memory_session(&self, credentials: Credentials) -> Result<Arc<dyn BearerSource>, Error> {
        self.refuse_sandbox_credentials(&credentials)?;
        Ok(Arc::new(EnvSession::new(credentials, self.grants()?)))
    }

    /// The token endpoint of [`Context::origin`].
    fn grants(&self) -> Result<Arc<TokenEndpoint>, Error> {
        let stop = self.signals.stop().clone();
        Ok(Arc::new(TokenEndpoint::new(self.http()?, stop)))
    }

    /// Sandbox credentials never leave this machine.
    pub fn refuse_sandbox_credentials(&self, credentials: &Credentials) -> Result<(), Error> {
        let marked = credentials.client_id.starts_with("sbx_")
            || credentials.username.starts_with("sbx_")
            || credentials.client_secret.expose().starts_with("sbx_")
            || credentials.password.expose().starts_with("sbx_");
        self.refuse_marked(marked)
    }

    fn refuse_marked(&self, marked: bool) -> Result<(), Error> {
        if marked && !self.settings.sandbox && !self.settings.origin.value.is_loopback() {
            return Err(Error::new(
                Code::InvalidSetting,
                "these are sandbox credentials (`sbx_…`), which go to loopback addresses only; nothing was sent",
            )
            .hint("set `SKYSWITCH_API_URL` to the sandbox's address, or use the credentials of a real account"));
        }
        Ok(())
    }

    fn fixed_token(&self) -> Result<Bearer, Error> {
        let token = self
            .settings
            .token
            .clone()
            .unwrap_or_else(|| Secret::new(String::new()));
        self.refuse_marked(token.expose().starts_with("sbx_"))?;
        Bearer::new(token)
            .map_err(|error| Error::at(Code::InvalidSetting, "SKYSWITCH_TOKEN", error))
    }

    fn sandbox_credentials(&self) -> Result<Credentials, Error> {
        let sandbox = self.sandbox()?.credentials();
        Ok(Credentials {
            client_id: sandbox.client_id.clone(),
            client_secret: Secret::new(sandbox.client_secret.clone()),
            username: sandbox.username.clone(),
            password: Secret::new(sandbox.password.clone()),
            scope: "*".to_owned(),
        })
    }

    /// The emulator, started when first asked for, its state kept between commands.
    pub fn sandbox(&self) -> Result<&Sandbox, Error> {
        once(&self.sandbox, || self.start_sandbox())
    }

    fn start_sandbox(&self) -> Result<Sandbox, Error> {
        let state = match self.state_dir() {
            Ok(directory) => {
                let kept = durable::create_private_dir(&directory);
                kept.map(|()| StatePlace::File(directory.join(sandbox::STATE_FILE)))
                    .map_err(|error| format!("`{}`: {error}", directory.display()))
            }
            Err(error) => Err(error.message),
        };
        let state = state.unwrap_or_else(|reason| {
            self.ui.warning(&format!(
                "the sandbox forgets everything at the end of this command: {reason}"
            ));
            StatePlace::Memory
        });
        let options = sandbox::Options {
            state,
            ..sandbox::Options::default()
        };
        start_sandbox(options)
    }

    /// The state directory; the sandbox has its own, apart from real things. One that others can
    /// write to is no place for a journal that `undo` believes.
    pub fn state_dir(&self) -> Result<PathBuf, Error> {
        let directory = self.settings.state_in_use();
        let directory = directory.ok_or_else(|| self.no_state_dir())?;
        let both = self.settings.state_dir.iter().chain([&directory]);
        let unsafe_one = both
            .into_iter()
            .find(|path| (path.is_dir() || !path.exists()) && durable::others_can_write(path));
        match unsafe_one.cloned() {
            None => Ok(directory),
            Some(path) => Err(Error::new(
                Code::StoreUnsafe,
                format!(
                    "`{}` can be written by other users, so it is not used",
                    path.display()
                ),
            )
            .hint(System::HERE.keep_others_out(&path))),
        }
    }

    /// That no state can be kept.
    pub fn no_state_dir(&self) -> Error {
        Error::new(
            Code::JournalUnavailable,
            "there is no home directory to keep state in",
        )
        .hint("set `SKYSWITCH_STATE_DIR` to a directory of your own")
    }

    /// The journal; without one nothing is sent.
    pub fn journal(&self) -> Result<Journal, Error> {
        Ok(Journal::under(&self.state_dir()?))
    }

    /// What the journal says of this run.
    pub fn journal_header(&self, client: &Client) -> Result<Header, Error> {
        let settings = &self.settings;
        Ok(Header {
            account: Some(client.account().clone()),
            origin: self.origin()?,
            profile: settings.profile.value.clone(),
            sandbox: settings.sandbox,
            command: self.command_line.clone(),
            host: settings.host.clone().unwrap_or_default(),
            user: settings.user.clone().unwrap_or_default(),
            undoes: None,
            plan: None,
            file: None,
            empty_domains: Vec::new(),
            at_risk: Vec::new(),
            probe: false,
            until: None,
            ends: Vec::new(),
        })
    }

    /// A command that is ready to type here: with the flags that led here.
    pub fn ready(&self, words: &str) -> String {
        let settings = &self.settings;
        let group = words.split(' ').next().unwrap_or_default();
        let command = match (&settings.profile.source, &settings.profile.value) {
            _ if settings.sandbox && NOT_IN_THE_SANDBOX.contains(&group) => {
                PROGRAM.trim().to_owned()
            }
            _ if settings.sandbox => "skyswitch --sandbox".to_owned(),
            // With the flag the variables beside it would no longer be read.
            (Source::Variable(name), profile) if !settings.beside_profile.is_empty() => {
                return (settings.shell).with_variable(
                    name,
                    profile,
                    &self.with_account("skyswitch", words),
                );
            }
            (Source::Flag(_) | Source::Variable(_), profile) => {
                format!("skyswitch --profile {profile}")
            }
            _ => "skyswitch".to_owned(),
        };
        self.with_account(&command, words)
    }

    fn with_account(&self, command: &str, words: &str) -> String {
        match &self.settings.account {
            Some(account) if matches!(account.source, Source::Flag(_)) => {
                format!("{command} --account {} {words}", account.value)
            }
            _ => format!("{command} {words}"),
        }
    }

    /// A text as one word of a ready command.
    pub fn word<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.settings.shell.word(text)
    }

    /// A flag of a ready command and its value.
    pub fn option(&self, flag: &str, value: &str) -> String {
        self.settings.shell.option(flag, value)
    }

    /// A text with every command in it made ready. Those that have flags already are left alone, and
    /// help needs none.
    pub fn ready_text(&self, text: &str) -> String {
        let mut made = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(PROGRAM) {
            let (before, command) = rest.split_at(at);
            let words = &command[PROGRAM.len()..];
            let typed = before.is_empty() && made.is_empty() || before.ends_with(['`', '\n']);
            let end = words.find(['`', '\n']).unwrap_or(words.len());
            let has_flags = words.starts_with("--") || words[..end].contains("--profile ");
            made.push_str(before);
            rest = match typed && !has_flags && !words.starts_with("help") {
                true => {
                    made.push_str(&self.ready(&words[..end]));
                    &words[end..]
                }
                false => {
                    made.push_str(PROGRAM);
                    words
                }
            };
        }
        made + rest
    }

    /// What writes says first where it goes: on a terminal, with several profiles, with `-v`.
    pub fn announce(&self, client: &Client) {
        let shown = self.settings.several_profiles
            || self.ui.options().stderr_terminal
            || log::log_enabled!(log::Level::Info);
        self.say_where(client, shown);
    }

    /// What callers are called, where the profile says so; read when first asked for.
    pub fn names(&self) -> Option<&CallerNames> {
        let path = self.settings.names.as_deref()?;
        let read = || {
            let (names, fault) = match CallerNames::read(path) {
                Ok(mut names) => {
                    let fault = names.fault.take();
                    (Some(names), fault)
                }
                Err(fault) => (None, Some(fault)),
            };
            if let Some(fault) = fault {
                self.ui.warning(&format!("profile key `names`: {fault}"));
            }
            names
        };
        self.names.get_or_init(read).as_ref()
    }

    /// A text for people with the names of its numbers.
    pub fn with_names<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.names()
            .map_or(Cow::Borrowed(text), |names| names.beside(text))
    }

    /// What plans always says first where it goes.
    pub fn announce_plan(&self, client: &Client) {
        self.say_where(client, true);
    }

    /// Account, profile, and what else is not as it mostly is; and whether a damaged run will be in the
    /// way of an undo; once.
    fn say_where(&self, client: &Client, shown: bool) {
        if shown && self.said_where.replace(true) {
            return;
        }
        let settings = &self.settings;
        if shown && !settings.sandbox {
            let with = match self.credential() {
                Credential::Token => ", token from `SKYSWITCH_TOKEN`",
                Credential::Environment => ", credentials from the environment",
                Credential::Command => ", credentials from a command",
                Credential::Store | Credential::Sandbox => "",
            };
            let at = match settings.origin.source {
                Source::Default => String::new(),
                _ => format!(", at {}", settings.origin.value),
            };
            self.ui.status(&format!(
                "account {}, profile `{}`{with}{at}",
                client.account(),
                settings.profile.value
            ));
        }
        let journal = self.journal().ok();
        if let Some(damaged) = journal.and_then(|journal| journal.newest_fault()) {
            let warning = format!("{damaged}; `skyswitch undo` without an ID stops at it");
            self.ui.warning(&warning);
        }
    }
}

/// What a cell holds, made when it is first asked for.
fn once<T>(cell: &OnceCell<T>, make: impl FnOnce() -> Result<T, Error>) -> Result<&T, Error> {
    match cell.get() {
        Some(made) => Ok(made),
        None => make().map(|made| cell.get_or_init(|| made)),
    }
}

/// Starts the emulator.
pub fn start_sandbox(options: sandbox::Options) -> Result<Sandbox, Error> {
    sandbox::start(options).map_err(|error| match error {
        sandbox::Error::Thread(_) | sandbox::Error::Port(0, _) => {
            Error::of(Code::Network, error).hint(FEW_FILES)
        }
        error => Error::at(Code::InvalidSetting, "the sandbox cannot start", error),
    })
}

/// Nobody named an account.
pub fn no_account() -> Error {
    Error::new(
        Code::NoAccount,
        "no account is named: `--account ID`, `SKYSWITCH_ACCOUNT_ID` or the profile key `account` are accepted",
    )
    .hint("the portal shows the id under Manage Accounts > View > API")
}
