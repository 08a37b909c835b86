//! Every setting once: its flag, its variable, its key in a profile, and what it does.

/// The profile where nobody names one.
pub(super) const DEFAULT_PROFILE: &str = "default";

/// The names of one setting; an empty one is none.
#[derive(Clone, Copy, Debug)]
pub struct SettingNames {
    /// The flag, which wins over the variable.
    pub flag: &'static str,
    /// The variable, which wins over the profile. An empty one counts as unset.
    pub variable: &'static str,
    /// The key of a profile.
    pub key: &'static str,
    /// What it does, for `help environment` and the man page.
    pub text: &'static str,
}

macro_rules! settings {
    ($($name:ident $flag:literal $variable:literal $key:literal $text:literal)*) => {
        $(#[doc = $text] pub const $name: SettingNames =
            SettingNames { flag: $flag, variable: $variable, key: $key, text: $text };)*

        /// Every setting that a variable can say (`design.md` §4).
        pub const SETTINGS: &[SettingNames] = &[$($name),*];
    };
}

// Setting, flag, variable, key of a profile, and words.
settings! {
    TOKEN              ""          "SKYSWITCH_TOKEN"              ""                   "an access token, used as it is and never refreshed; no store is opened"
    CLIENT_ID          ""          "SKYSWITCH_CLIENT_ID"          "client_id"          "the API client's id; with the next three, no login is needed and no store is opened"
    CLIENT_SECRET      ""          "SKYSWITCH_CLIENT_SECRET"      ""                   "the API client's secret"
    USERNAME           ""          "SKYSWITCH_USERNAME"           "username"           "the portal user's name"
    PASSWORD           ""          "SKYSWITCH_PASSWORD"           ""                   "the portal user's password"
    SCOPE              "--scope"   "SKYSWITCH_SCOPE"              "scope"              "scopes to ask for, separated by spaces (default: `pbx account`)"
    CREDENTIAL_COMMAND ""          "SKYSWITCH_CREDENTIAL_COMMAND" "credential_command" "a command that prints the credentials, split like shell words and run without a shell"
    ACCOUNT_ID         "--account" "SKYSWITCH_ACCOUNT_ID"         "account"            "the account to work on, like `--account`"
    PROFILE            "--profile" "SKYSWITCH_PROFILE"            ""                   "the profile, like `--profile`"
    API_URL            ""          "SKYSWITCH_API_URL"            "api_url"            "scheme, host and port of the API: https, or http on loopback"
    STORE              "--store"   "SKYSWITCH_STORE"              "store"              "where `login` keeps credentials: `keyring` or `file`"
    DOMAIN             "--domain"  "SKYSWITCH_DOMAIN"             "domain"             "the domain for `routes set`, `routes delete` and `routes explain`"
    NAMES              ""          ""                             "names"              "a CSV with the columns `ani` and `name`: tables, plans and `history` then show who a number is"
    OUTPUT             "--output"  "SKYSWITCH_OUTPUT"             ""                   "the output format, like `--output`"
    NO_INPUT           "--no-input" "SKYSWITCH_NO_INPUT"           ""                   "anything but `0` or `false`: never prompt, like `--no-input`"
    CA_BUNDLE          "--cacert"  "SKYSWITCH_CA_BUNDLE"          ""                   "a PEM file of certificates to trust besides the system's, like `--cacert`"
    CONFIG_DIR         ""          "SKYSWITCH_CONFIG_DIR"         ""                   "an absolute path: the directory of `config.toml`"
    STATE_DIR          ""          "SKYSWITCH_STATE_DIR"          ""                   "an absolute path: the directory of the journal, the sandbox and the file store"
    LOG_FILE           ""          "SKYSWITCH_LOG_FILE"           ""                   "a file that `-v` writes to instead of stderr"
    MAX_MEMORY         ""          "SKYSWITCH_MAX_MEMORY"         ""                   "the most memory, in MiB, for the rows of a list that is held as a whole, by `routes plan` or `--jq` (default: 128; two million routes take 800)"
    COMPLETE           ""          "SKYSWITCH_COMPLETE"           ""                   "set by the scripts of `skyswitch completions`: the shell that asks what could be typed"
    NO_COLOR           ""          "NO_COLOR"                     ""                   "never colour"
    CLICOLOR_FORCE     ""          "CLICOLOR_FORCE"               ""                   "colour off a terminal, too"
    TERM               ""          "TERM"                         ""                   "`dumb`: no colour and no progress bar"
    COLUMNS            ""          "COLUMNS"                      ""                   "the width of tables on a terminal"
    HTTPS_PROXY        ""          "HTTPS_PROXY"                  ""                   "the proxy for https, `http://[USER:PASSWORD@]HOST:PORT` (also `https_proxy`)"
    HTTP_PROXY         ""          "HTTP_PROXY"                   ""                   "the proxy where `HTTPS_PROXY` is not set; loopback never uses one"
    ALL_PROXY          ""          "ALL_PROXY"                    ""                   "the proxy where neither is set (also `all_proxy`)"
    NO_PROXY           ""          "NO_PROXY"                     ""                   "hosts reached without the proxy, separated by commas: `host`, `.domain`, `*.domain`, `host:port`, networks, `*` (also `no_proxy`)"
}

/// The keys of a profile.
pub fn profile_keys() -> impl Iterator<Item = &'static str> {
    SETTINGS
        .iter()
        .map(|names| names.key)
        .filter(|key| !key.is_empty())
}
