//! What an error alone cannot know: which account, scopes, proxy and address it happened with.
//!
//! Reads only what the run holds already; nothing is asked of a server or a store that failed.

use super::{Context, Credential};
use crate::auth::claims;
use crate::config::{LONGEST_TIMEOUT, Source};
use crate::error::{Code, Error};

/// What to do when the account's number was taken for its id (`api.md`, Authentication).
pub const RESELLER_HINT: &str = "the account id is all digits, like a reseller number: the id is in the portal under Manage Accounts > View > API, and `skyswitch accounts list` tells those of the accounts below yours";

impl Context {
    /// Adds what this run knows about the error's cause.
    pub fn diagnose(&self, error: &mut Error) {
        if error.code == Code::Forbidden {
            self.explain_scopes(error);
        }
        if error.code == Code::SessionDead && self.has_environment_session() {
            error.add_hint("the credentials come from the environment or a command, not from a login: `skyswitch status` shows from where");
        }
        if matches!(error.http_status, Some(400 | 403 | 404)) && self.has_reseller_number() {
            error.add_hint(RESELLER_HINT);
        }
        if matches!(error.code, Code::Network | Code::Timeout) {
            self.name_the_proxy(error);
        }
        if error.code == Code::UnreadableAnswer {
            error.add_hint(format!("`{}` shows what came", self.again().with("-vv")));
        }
        if error.code == Code::Tls && error.hint.is_some() {
            let again = self.again().value("--cacert", "FILE");
            error.add_hint(format!(
                "a company's own authority is trusted with `{again}`"
            ));
        }
        if error.code == Code::Timeout {
            let waited = self.settings.timeout.as_secs();
            let longer = waited.saturating_mul(4).clamp(1, LONGEST_TIMEOUT);
            if longer > waited {
                let again = self.again().value("--timeout", &longer.to_string());
                error.add_hint(format!("`{again}` waits longer than {waited} s"));
            }
        }
        if is_of_the_server(error.code)
            && let Some(hint) = self.look_alike(None, None)
        {
            error.add_hint(hint);
        }
        error.hint = error.hint.take().map(|hint| self.ready_text(&hint));
        if error.http_status == Some(404) && error.hint.is_none() {
            self.name_the_account(error);
        }
    }

    /// A server that does not find what a command is about may not know the account.
    fn name_the_account(&self, error: &mut Error) {
        if let (Some(account), false) = (&self.settings.account, self.settings.sandbox) {
            let (id, source) = (&account.value, &account.source);
            let other = match source {
                Source::Flag(_) => {
                    let plain = self.as_typed().without_value("--account");
                    format!("`{plain}` asks the profile's own")
                }
                _ => format!("`{}` keeps another", self.ready("profile set account ID")),
            };
            error.add_hint(format!(
                "the account is `{id}` ({source}); {other}; the portal shows the id under Manage Accounts > View > API"
            ));
        }
    }

    fn has_environment_session(&self) -> bool {
        matches!(
            self.credential(),
            Credential::Environment | Credential::Command
        )
    }

    fn has_reseller_number(&self) -> bool {
        let account = self.settings.account.as_ref();
        account.is_some_and(|account| account.value.looks_like_reseller_number())
    }

    /// Which other API of the vendor these credentials or this address belong to, if it shows.
    /// The name and scope are those of a login under way, where there is one.
    pub fn look_alike(&self, username: Option<&str>, scope: Option<&str>) -> Option<String> {
        let settings = &self.settings;
        if settings.sandbox {
            return None;
        }
        if settings.origin.value.host() == "pbx.skyswitch.com" {
            return Some(format!(
                "`pbx.skyswitch.com` is the PBX (NetSapiens) API ({}); this one is at `{}`",
                settings.origin.source,
                crate::model::Origin::default()
            ));
        }
        let scope = scope.unwrap_or(&settings.scope.value);
        let granted = self.claimed_scopes().unwrap_or_default();
        let mut words = scope
            .split_whitespace()
            .chain(granted.iter().map(String::as_str));
        if words.any(|word| word == "offline_access") {
            return Some("`offline_access` is a scope of the UC and Fax API (`/oauth2/token`): its credentials do not work here; the portal gives those of the Telco API".to_owned());
        }
        let username = username.or(settings.credentials.username.as_deref())?;
        // PBX users are `100@name.reseller.service`; the portal's are not.
        username.contains('@').then_some(())?;
        username.ends_with(".service").then(|| {
            "the user name looks like one of the PBX (NetSapiens): this API wants a portal user"
                .to_owned()
        })
    }

    /// What the token in use says it may, if it says anything.
    fn claimed_scopes(&self) -> Option<Vec<String>> {
        let bearer = self.bearer.get()?.held()?;
        claims::scopes(&bearer)
    }

    /// The scopes the token has, or at least those that were asked for.
    fn known_scopes(&self) -> Option<(String, &'static str)> {
        if let Some(scopes) = self.claimed_scopes() {
            return Some((scopes.join(" "), "granted"));
        }
        match self.credential() {
            Credential::Store => {
                let record = self.session.get()?.record().ok()?;
                Some(match record.granted_scope {
                    Some(granted) => (granted, "granted"),
                    None => (record.scope, "asked for"),
                })
            }
            Credential::Environment | Credential::Command => {
                Some((self.settings.scope.value.clone(), "asked for"))
            }
            Credential::Token | Credential::Sandbox => None,
        }
    }

    fn explain_scopes(&self, error: &mut Error) {
        let (scopes, how) = self.known_scopes().unwrap_or_default();
        if !how.is_empty() {
            let shown = if scopes.is_empty() {
                "none"
            } else {
                scopes.as_str()
            };
            error.message = format!("{} (scopes {how}: {shown})", error.message);
        }
        let words: Vec<&str> = scopes.split_whitespace().collect();
        let may_all = words.contains(&"*");
        let mut wanted = words.clone();
        for usual in ["pbx", "account"] {
            if !wanted.contains(&usual) {
                wanted.push(usual);
            }
        }
        if !may_all {
            let complete = words.contains(&"pbx");
            error.add_hint(self.how_to_ask(&wanted.join(" "), complete));
        }
        if may_all || words.contains(&"pbx") {
            error.add_hint(
                "or the user has no right to this account: `skyswitch status` shows which one it is",
            );
        }
    }

    /// `more` where the usual scopes are there already and another one must be missing.
    fn how_to_ask(&self, scopes: &str, more: bool) -> String {
        let more = if more { " SCOPE" } else { "" };
        match self.credential() {
            Credential::Token => {
                format!("set `SKYSWITCH_TOKEN` to a token with the scopes `{scopes}{more}`")
            }
            Credential::Environment | Credential::Command => {
                format!("SKYSWITCH_SCOPE=\"{scopes}{more}\" asks for more")
            }
            Credential::Store | Credential::Sandbox => {
                format!("skyswitch login --scope \"{scopes}{more}\"")
            }
        }
    }

    fn name_the_proxy(&self, error: &mut Error) {
        let origin = &self.settings.origin.value;
        let Some(proxy) = self
            .settings
            .proxy
            .as_ref()
            .filter(|proxy| !self.settings.sandbox && proxy.leads_to(origin))
        else {
            return;
        };
        if let Ok((host, port)) = proxy.address() {
            error.add_hint(format!(
                "the way leads through the proxy `{host}:{port}` ({}); where it asks for a login, put `USER:PASSWORD@` before the host; `NO_PROXY` goes past it",
                proxy.url.source
            ));
        }
    }
}

/// Whether a server answered, and not the way we hoped.
fn is_of_the_server(code: Code) -> bool {
    matches!(
        code,
        Code::SessionDead
            | Code::UnreadableAnswer
            | Code::Redirect
            | Code::NotFound
            | Code::Rejected
            | Code::Forbidden
    )
}
