//! Flag > environment > profile > default: which value wins.

use std::path::{Path, PathBuf};
use std::time::Duration;

use directories::ProjectDirs;

use super::edit::ProfileValue;
use super::environment::Environment;
use super::file::{ConfigFile, Profile};
use super::names::{self, DEFAULT_PROFILE, SETTINGS, SettingNames};
use super::names_file::CallerNames;
use super::profile_name::{self, is_profile_name};
use super::proxy::ProxySetting;
use super::setting::{Setting, SettingsError, Source};
use super::settings::{EnvironmentCredentials, Flags, Settings};
use crate::model::{AccountId, Domain, Origin, StoreKind, System, nearest};
use crate::secret::Secret;

/// The longest `--timeout`: an hour.
pub const LONGEST_TIMEOUT: u64 = 3600;
const DEFAULT_SCOPE: &str = "pbx account";
/// What a login keeps for a profile besides its keys: with `--profile` no variable says either
/// (`design.md` §4).
const OF_A_LOGIN: [SettingNames; 3] = [names::TOKEN, names::CLIENT_SECRET, names::PASSWORD];
/// What a `login` that makes the profile still takes: whose it is, it does not say.
const MAKES_A_PROFILE: [&str; 2] = [names::API_URL.variable, names::STORE.variable];

/// Resolves every setting. With `--sandbox` accounts, URLs, credentials and profiles are ignored.
///
/// # Errors
/// The first value that is not acceptable, naming its flag, variable or profile key.
pub fn resolve(flags: &Flags, environment: &Environment) -> Result<Settings, SettingsError> {
    // Without HOME the password file would still name one; a cron job's writes must not land there.
    let home = environment.raw("HOME").map(Path::new);
    let homeless = cfg!(unix) && !home.is_some_and(Path::is_absolute);
    let dirs = ProjectDirs::from("", "", "skyswitch").filter(|_| !homeless);
    let config_path = directory(environment, "SKYSWITCH_CONFIG_DIR")?
        .or_else(|| dirs.as_ref().map(|dirs| dirs.config_dir().to_owned()))
        .map(|directory| directory.join("config.toml"));
    let state_dir =
        directory(environment, "SKYSWITCH_STATE_DIR")?.or_else(|| dirs.as_ref().map(state_dir));
    let file = match &config_path {
        Some(path) if !flags.sandbox => Some(ConfigFile::read(path)?),
        _ => None,
    };
    let profile = profile_name(flags, environment, file.as_ref())?;
    let section = file
        .as_ref()
        .and_then(|file| file.profiles.get(&profile.value));
    let read = section.filter(|_| !flags.about_profiles || flags.looks_up);
    let resolver = Resolver {
        environment,
        profile: read.cloned().unwrap_or_default(),
        sandbox: flags.sandbox,
        whole: flags.profile.is_some(),
        makes_profile: flags.new_profile && section.is_none(),
    };
    Ok(Settings {
        beside_profile: (resolver.of_profile())
            .filter(|name| environment.raw(name).is_some())
            .collect(),
        several_profiles: (file.as_ref())
            .is_some_and(|file| file.profiles.keys().any(|name| *name != profile.value)),
        profile_exists: section.is_some(),
        account: resolver.account(flags)?,
        origin: resolver.origin()?,
        scope: resolver.scope(flags)?,
        store: resolver.store(flags)?,
        domain: resolver.domain()?,
        names: resolver.names(config_path.as_deref()),
        token: resolver.secret(&names::TOKEN)?,
        credentials: resolver.credentials()?,
        credential_command: resolver.credential_command()?,
        profile_client_id: resolver.profile.text(&names::CLIENT_ID).map(str::to_owned),
        profile_username: resolver.profile.text(&names::USERNAME).map(str::to_owned),
        timeout: timeout(flags)?,
        max_memory: max_memory(environment)?,
        ca_bundle: resolver.ca_bundle(flags),
        proxy: resolver.proxy()?,
        sandbox: flags.sandbox,
        config_path,
        state_dir,
        profile,
        shell: environment.shell(),
        user: environment.user().map(str::to_owned),
        host: environment.host().map(str::to_owned).or_else(host_name),
    })
}

/// A directory that is the same one wherever a command is started: two of them would keep two
/// journals and lock each other out of nothing.
fn directory(
    environment: &Environment,
    name: &'static str,
) -> Result<Option<PathBuf>, SettingsError> {
    match environment.raw(name).map(PathBuf::from) {
        Some(path) if !path.is_absolute() => Err(SettingsError::Invalid {
            from: Source::Variable(name),
            what: "an absolute path is accepted; `~` is for the shell to replace".to_owned(),
        }),
        path => Ok(path),
    }
}

fn state_dir(dirs: &ProjectDirs) -> PathBuf {
    // None on macOS and Windows.
    dirs.state_dir().unwrap_or(dirs.data_local_dir()).to_owned()
}

fn host_name() -> Option<String> {
    #[cfg(unix)]
    return Some(
        rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned(),
    );
    #[cfg(not(unix))]
    None
}

fn profile_name(
    flags: &Flags,
    environment: &Environment,
    file: Option<&ConfigFile>,
) -> Result<Setting<String>, SettingsError> {
    let Some(file) = file else {
        return Ok(Setting::default_of(DEFAULT_PROFILE.to_owned()));
    };
    let (value, source) = if let Some(name) = &flags.profile {
        (name.clone(), Source::Flag("--profile"))
    } else if let Some(name) = environment.text("SKYSWITCH_PROFILE")? {
        (name.to_owned(), Source::Variable("SKYSWITCH_PROFILE"))
    } else if file.default_profile.is_some() {
        (default_profile(file), Source::Profile("default_profile"))
    } else {
        (DEFAULT_PROFILE.to_owned(), Source::Default)
    };
    if !is_profile_name(&value) {
        return Err(SettingsError::Invalid {
            from: source,
            what: profile_name::ACCEPTED.to_owned(),
        });
    }
    match known_profile(file, &value) {
        Ok(value) => Ok(Setting { value, source }),
        Err(_) if flags.new_profile || flags.about_profiles => Ok(Setting { value, source }),
        Err(error) => Err(error),
    }
}

/// The profile where nobody names one, as `config.toml` spells it.
pub fn default_profile(file: &ConfigFile) -> String {
    let name = file.default_profile.as_deref().unwrap_or(DEFAULT_PROFILE);
    file.spelled(name).unwrap_or(name).to_owned()
}

/// The name of a profile that there is, as `config.toml` spells it; `default` is always there.
///
/// # Errors
/// [`SettingsError::UnknownProfile`].
pub fn known_profile(file: &ConfigFile, name: &str) -> Result<String, SettingsError> {
    if let Some(spelled) = file.spelled(name) {
        return Ok(spelled.to_owned());
    }
    if name.eq_ignore_ascii_case(DEFAULT_PROFILE) {
        return Ok(DEFAULT_PROFILE.to_owned());
    }
    let known: Vec<String> = file.profiles.keys().cloned().collect();
    Err(SettingsError::UnknownProfile {
        nearest: nearest(name, known.iter().map(String::as_str)).map(str::to_owned),
        name: name.to_owned(),
        known,
    })
}

/// A value of a profile as the file keeps it, checked as if it were used.
///
/// # Errors
/// [`SettingsError::Invalid`], naming the key and what is accepted.
pub fn checked(key: &'static str, text: &str) -> Result<ProfileValue, SettingsError> {
    let from = Source::Profile(key);
    if text.trim().is_empty() {
        let what =
            format!("the value is empty; `skyswitch profile unset {key}` takes the key away");
        return Err(SettingsError::Invalid { from, what });
    }
    if key == names::NAMES.key {
        return names_file(text, from);
    }
    if key == names::CREDENTIAL_COMMAND.key {
        return command_words(text, from).map(ProfileValue::Words);
    }
    let resolver = Resolver {
        environment: &Environment::default(),
        profile: Profile::of(key, text),
        sandbox: false,
        whole: true,
        makes_profile: false,
    };
    let flags = Flags::default();
    resolver.account(&flags)?;
    resolver.origin()?;
    resolver.scope(&flags)?;
    resolver.store(&flags)?;
    resolver.domain()?;
    Ok(text.into())
}

/// The whole path of a file of names that can be read to its end.
fn names_file(text: &str, from: Source) -> Result<ProfileValue, SettingsError> {
    let path = std::path::absolute(text).unwrap_or_else(|_| text.into());
    let fault = match CallerNames::read(&path) {
        Ok(names) => names.fault,
        Err(fault) => Some(fault),
    };
    match (fault, path.to_str()) {
        (None, Some(path)) => Ok(path.into()),
        (fault, _) => {
            let what = fault.unwrap_or_else(|| "a path in UTF-8 is accepted".to_owned());
            Err(SettingsError::Invalid { from, what })
        }
    }
}

/// The words of a command, as a shell would split them.
fn command_words(text: &str, from: Source) -> Result<Vec<String>, SettingsError> {
    let words = System::HERE.words(text).ok();
    let words = words.filter(|words| !words.is_empty());
    words.ok_or_else(|| SettingsError::Invalid {
        from,
        what: "words with matching quotes are accepted".to_owned(),
    })
}

fn timeout(flags: &Flags) -> Result<Duration, SettingsError> {
    match flags.timeout {
        None => Ok(Duration::from_secs(30)),
        Some(seconds) if (1..=LONGEST_TIMEOUT).contains(&seconds) => {
            Ok(Duration::from_secs(seconds))
        }
        Some(_) => Err(SettingsError::Invalid {
            from: Source::Flag("--timeout"),
            what: format!("1 to {LONGEST_TIMEOUT} seconds are accepted"),
        }),
    }
}

/// In MiB; the sandbox's lists take as much.
fn max_memory(environment: &Environment) -> Result<Option<usize>, SettingsError> {
    let name = names::MAX_MEMORY.variable;
    let Some(text) = environment.text(name)? else {
        return Ok(None);
    };
    let mib = text.parse().ok().filter(|mib| (1..=1 << 20).contains(mib));
    let bytes = mib.and_then(|mib: usize| mib.checked_mul(1 << 20));
    bytes.map(Some).ok_or_else(|| SettingsError::Invalid {
        from: Source::Variable(name),
        what: "a number of MiB is accepted, such as 2000".to_owned(),
    })
}

struct Resolver<'a> {
    environment: &'a Environment,
    profile: Profile,
    sandbox: bool,
    /// The profile was named on the command line.
    whole: bool,
    makes_profile: bool,
}

impl Resolver<'_> {
    /// The variables that say what a profile says.
    fn of_profile(&self) -> impl Iterator<Item = &'static str> {
        let keys = SETTINGS.iter().filter(|names| !names.key.is_empty());
        let makes = self.makes_profile;
        keys.chain(&OF_A_LOGIN)
            .map(|names| names.variable)
            .filter(move |name| !(makes && MAKES_A_PROFILE.contains(name)))
    }

    fn variable(&self, name: &'static str) -> Result<Option<&str>, SettingsError> {
        if self.sandbox || (self.whole && self.of_profile().any(|other| other == name)) {
            return Ok(None);
        }
        Ok(self.environment.text(name)?)
    }

    /// Flag, variable, profile: the first that says something.
    fn text(
        &self,
        flag: Option<&str>,
        names: &'static SettingNames,
    ) -> Result<Option<Setting<String>>, SettingsError> {
        let said = if let Some(value) = flag {
            Some((value, Source::Flag(names.flag)))
        } else if let Some(value) = self.variable(names.variable)? {
            Some((value, Source::Variable(names.variable)))
        } else {
            let said = self.profile.text(names);
            said.map(|value| (value, Source::Profile(names.key)))
        };
        Ok(said.map(|(value, source)| Setting {
            value: value.to_owned(),
            source,
        }))
    }

    fn account(&self, flags: &Flags) -> Result<Option<Setting<AccountId>>, SettingsError> {
        if self.sandbox {
            return Ok(None);
        }
        let text = self.text(flags.account.as_deref(), &names::ACCOUNT_ID)?;
        parse(text, AccountId::parse)
    }

    fn origin(&self) -> Result<Setting<Origin>, SettingsError> {
        let origin = parse(self.text(None, &names::API_URL)?, Origin::parse)?;
        Ok(origin.unwrap_or_else(|| Setting::default_of(Origin::default())))
    }

    fn scope(&self, flags: &Flags) -> Result<Setting<String>, SettingsError> {
        let text = self.text(flags.scope.as_deref(), &names::SCOPE)?;
        let scope = parse(text, |text| {
            let words: Vec<&str> = text.split_ascii_whitespace().collect();
            let good = !words.is_empty()
                && words
                    .iter()
                    .all(|word| word.bytes().all(|b| b.is_ascii_graphic()));
            good.then(|| words.join(" "))
                .ok_or("scopes separated by spaces are accepted, such as `pbx account`")
        })?;
        Ok(scope.unwrap_or_else(|| Setting::default_of(DEFAULT_SCOPE.to_owned())))
    }

    fn store(&self, flags: &Flags) -> Result<Setting<StoreKind>, SettingsError> {
        let text = self.text(flags.store.map(StoreKind::as_str), &names::STORE)?;
        let store = parse(text, str::parse)?;
        Ok(store.unwrap_or_else(|| Setting::default_of(StoreKind::Keyring)))
    }

    /// Beside `config.toml`, where the path is not a whole one.
    fn names(&self, config: Option<&Path>) -> Option<PathBuf> {
        let path = self.profile.text(&names::NAMES)?;
        let beside = config.and_then(Path::parent).unwrap_or(Path::new(""));
        Some(beside.join(path))
    }

    fn domain(&self) -> Result<Option<Setting<Domain>>, SettingsError> {
        let mut text = self.text(None, &names::DOMAIN)?;
        if self.sandbox {
            // Neither a credential nor an account: the sandbox has domains of its own.
            let variable = self.environment.text(names::DOMAIN.variable)?;
            text = variable.map(|value| Setting {
                value: value.to_owned(),
                source: Source::Variable(names::DOMAIN.variable),
            });
        }
        parse(text, Domain::parse)
    }

    fn secret(&self, names: &'static SettingNames) -> Result<Option<Secret>, SettingsError> {
        let text = self.variable(names.variable)?;
        Ok(text.map(|text| Secret::new(text.to_owned())))
    }

    fn credentials(&self) -> Result<EnvironmentCredentials, SettingsError> {
        let text = |names: &'static SettingNames| {
            Ok::<_, SettingsError>(self.variable(names.variable)?.map(str::to_owned))
        };
        Ok(EnvironmentCredentials {
            client_id: text(&names::CLIENT_ID)?,
            client_secret: self.secret(&names::CLIENT_SECRET)?,
            username: text(&names::USERNAME)?,
            password: self.secret(&names::PASSWORD)?,
        })
    }

    fn credential_command(&self) -> Result<Option<Setting<Vec<String>>>, SettingsError> {
        const NAME: &str = names::CREDENTIAL_COMMAND.variable;
        if let Some(text) = self.variable(NAME)? {
            let value = command_words(text, Source::Variable(NAME))?;
            return Ok(Some(Setting {
                value,
                source: Source::Variable(NAME),
            }));
        }
        Ok(self
            .profile
            .credential_command
            .clone()
            .map(|value| Setting {
                value,
                source: Source::Profile(names::CREDENTIAL_COMMAND.key),
            }))
    }

    fn ca_bundle(&self, flags: &Flags) -> Option<Setting<PathBuf>> {
        let flag = flags.cacert.clone().map(|value| Setting {
            value,
            source: Source::Flag("--cacert"),
        });
        flag.or_else(|| {
            self.environment
                .raw("SKYSWITCH_CA_BUNDLE")
                .map(|path| Setting {
                    value: Path::new(path).to_owned(),
                    source: Source::Variable("SKYSWITCH_CA_BUNDLE"),
                })
        })
    }

    fn proxy(&self) -> Result<Option<ProxySetting>, SettingsError> {
        let first = |names: &[&'static str]| -> Result<Option<Setting<String>>, SettingsError> {
            for name in names {
                if let Some(text) = self.variable(name)? {
                    return Ok(Some(Setting {
                        value: text.to_owned(),
                        source: Source::Variable(name),
                    }));
                }
            }
            Ok(None)
        };
        let Some(url) = first(&[
            "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy",
        ])?
        else {
            return Ok(None);
        };
        Ok(Some(ProxySetting {
            url: Setting {
                value: Secret::new(url.value),
                source: url.source,
            },
            except: first(&["NO_PROXY", "no_proxy"])?.map(|setting| setting.value),
        }))
    }
}

fn parse<T, E: ToString>(
    text: Option<Setting<String>>,
    read: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<Setting<T>>, SettingsError> {
    text.map(|Setting { value, source }| match read(&value) {
        Ok(value) => Ok(Setting { value, source }),
        Err(error) => Err(SettingsError::Invalid {
            from: source,
            what: error.to_string(),
        }),
    })
    .transpose()
}

#[cfg(test)]
mod tests {
    use super::{Environment, Flags, Settings, SettingsError, Source, StoreKind, resolve};

    struct Setup {
        home: tempfile::TempDir,
        flags: Flags,
    }

    impl Setup {
        fn new(config: &str) -> Self {
            let home = tempfile::tempdir().expect("temp");
            std::fs::write(home.path().join("config.toml"), config).expect("write");
            Self {
                home,
                flags: Flags::default(),
            }
        }

        fn resolve(&self, pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
            let directory = self.home.path().to_str().expect("utf-8");
            let fixed = [
                ("SKYSWITCH_CONFIG_DIR", directory),
                ("SKYSWITCH_STATE_DIR", directory),
            ];
            resolve(
                &self.flags,
                &Environment::of(fixed.into_iter().chain(pairs.iter().copied())),
            )
        }
    }

    const CONFIG: &str = "[profiles.default]\naccount = \"from-profile\"\ndomain = \"p.example\"\nstore = \"file\"\n[profiles.acme]\napi_url = \"https://x.example\"\n";

    #[test]
    fn flag_then_environment_then_profile_then_default() {
        let mut setup = Setup::new(CONFIG);
        let account = |s: &Settings| s.account.clone().map(|a| (a.value.to_string(), a.source));
        let settings = setup.resolve(&[]).expect("profile");
        assert_eq!(
            account(&settings),
            Some(("from-profile".into(), Source::Profile("account")))
        );
        assert_eq!(settings.store.value, StoreKind::File);
        assert!(settings.several_profiles);
        let settings = setup
            .resolve(&[("SKYSWITCH_ACCOUNT_ID", "from-env")])
            .expect("env");
        assert_eq!(
            account(&settings),
            Some(("from-env".into(), Source::Variable("SKYSWITCH_ACCOUNT_ID")))
        );
        let settings = setup
            .resolve(&[("SKYSWITCH_ACCOUNT_ID", "")])
            .expect("empty is unset");
        assert_eq!(
            account(&settings),
            Some(("from-profile".into(), Source::Profile("account")))
        );
        setup.flags.account = Some("from-flag".into());
        let settings = setup
            .resolve(&[("SKYSWITCH_ACCOUNT_ID", "from-env")])
            .expect("flag");
        assert_eq!(
            account(&settings),
            Some(("from-flag".into(), Source::Flag("--account")))
        );
        assert_eq!(settings.scope.value, "pbx account");
        assert_eq!(settings.scope.source, Source::Default);
    }

    #[test]
    fn the_sandbox_ignores_accounts_urls_credentials_and_profiles() {
        let mut setup = Setup::new("this is not TOML");
        setup.flags.sandbox = true;
        setup.flags.account = Some("real".into());
        let settings = setup
            .resolve(&[
                ("SKYSWITCH_TOKEN", "t"),
                ("SKYSWITCH_API_URL", "nonsense"),
                ("SKYSWITCH_PROFILE", "x"),
                ("SKYSWITCH_USERNAME", "u"),
            ])
            .expect("nothing of it is read");
        assert!(settings.account.is_none() && settings.token.is_none());
        assert!(!settings.credentials.any() && settings.domain.is_none());
    }

    #[test]
    fn bad_values_name_their_place() {
        let setup = Setup::new(CONFIG);
        for (name, value) in [
            ("SKYSWITCH_ACCOUNT_ID", "../x"),
            ("SKYSWITCH_API_URL", "http://api.example"),
            ("SKYSWITCH_STORE", "cloud"),
            ("SKYSWITCH_DOMAIN", "a/b"),
            ("SKYSWITCH_PROFILE", "a/b"),
            ("SKYSWITCH_CREDENTIAL_COMMAND", "pass 'show"),
        ] {
            let error = setup.resolve(&[(name, value)]).expect_err(name).to_string();
            assert!(error.contains(name), "{error}");
        }
        let error = setup
            .resolve(&[("SKYSWITCH_PROFILE", "acne")])
            .expect_err("unknown");
        assert!(
            matches!(error, SettingsError::UnknownProfile { nearest: Some(name), .. } if name == "acme")
        );
    }

    #[test]
    fn the_proxy_for_everything_serves_where_no_other_is_set() {
        let setup = Setup::new("");
        let all = ("ALL_PROXY", "http://all.example");
        for (others, variable) in [
            (vec![], "ALL_PROXY"),
            (vec![("https_proxy", "http://one.example")], "https_proxy"),
            (vec![("HTTP_PROXY", "http://one.example")], "HTTP_PROXY"),
        ] {
            let variables = [others, vec![all]].concat();
            let settings = setup.resolve(&variables).expect("a proxy");
            let source = settings.proxy.expect("a proxy").url.source;
            assert_eq!(source, Source::Variable(variable));
        }
    }

    #[test]
    fn a_profile_named_by_flag_is_a_whole() {
        let mut setup = Setup::new(CONFIG);
        let set = [
            ("SKYSWITCH_ACCOUNT_ID", "from-env"),
            ("SKYSWITCH_TOKEN", "t"),
            ("SKYSWITCH_SCOPE", "one"),
            ("SKYSWITCH_API_URL", "nonsense"),
            ("SKYSWITCH_STORE", "cloud"),
            ("SKYSWITCH_DOMAIN", "e.example"),
            ("SKYSWITCH_CREDENTIAL_COMMAND", "pass 'show"),
        ];
        setup.flags.profile = Some("acme".into());
        let settings = setup.resolve(&set).expect("none of them is read");
        assert!(settings.account.is_none() && settings.token.is_none());
        assert!(settings.domain.is_none() && settings.credential_command.is_none());
        assert_eq!(settings.scope.source, Source::Default);
        assert_eq!(settings.store.value, StoreKind::Keyring);
        assert_eq!(settings.passed_over().len(), set.len());
        // Named by a variable it is one setting among others.
        setup.flags.profile = None;
        let mut set = vec![("SKYSWITCH_ACCOUNT_ID", "from-env")];
        set.push(("SKYSWITCH_PROFILE", "acme"));
        let settings = setup.resolve(&set).expect("both");
        assert!(settings.passed_over().is_empty());
        assert_eq!(
            settings.account.expect("account").value.as_str(),
            "from-env"
        );
    }

    #[test]
    fn a_login_takes_the_address_and_store_of_a_profile_it_makes_and_nothing_else() {
        let mut setup = Setup::new(CONFIG);
        let set = [
            ("SKYSWITCH_API_URL", "https://made.example"),
            ("SKYSWITCH_STORE", "file"),
            ("SKYSWITCH_ACCOUNT_ID", "from-env"),
        ];
        setup.flags.new_profile = true;
        for (name, origin, passed_over) in [
            ("made", "https://made.example", 1),
            ("acme", "https://x.example", 3),
        ] {
            setup.flags.profile = Some(name.into());
            let settings = setup.resolve(&set).expect(name);
            assert_eq!(settings.origin.value.to_string(), origin);
            assert!(settings.account.is_none());
            assert_eq!(settings.passed_over().len(), passed_over);
        }
    }

    #[test]
    fn a_profile_has_its_own_api() {
        let mut setup = Setup::new(CONFIG);
        setup.flags.profile = Some("acme".into());
        let settings = setup.resolve(&[]).expect("acme");
        assert_eq!(settings.origin.value.to_string(), "https://x.example");
        assert!(settings.account.is_none());
    }
}
