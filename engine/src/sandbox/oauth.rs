//! The token endpoint: password and refresh grants, and what a bearer is worth.
//!
//! `api.md`, Authentication. Shapes and revocation follow league oauth2-server, on which the
//! vendor's tokens seem to be built (inferred): a refresh revokes the old refresh *and* access token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::data::{Data, Token};
use super::exchange::{Pairs, Request, Response, pairs};
use super::quirks::TokenForm;
use super::refusal::Refusal;
use super::rules::{Moment, Rules};

/// The scopes that may be asked for, as a request has them: part 1's first, then the vendor's longer list.
const SCOPES: &str = "pbx account user routing phone_number e911 messaging catalog billing lnp carrier \
    entitlement uc_config message report branding port-in ten_dlc tollfree_a2p log sms mms port_out";

/// `POST /oauth/token`.
pub(super) fn grant(
    data: &mut Data,
    rules: &Rules,
    moment: &Moment,
    request: &Request,
) -> Result<Response, Refusal> {
    let form = form(request)?;
    let kind = required(&form, "grant_type")?;
    match kind {
        "password" => password(data, rules, moment, &form),
        "refresh_token" => refresh(data, rules, moment, &form),
        _ => Err(Refusal::new(
            400,
            "unsupported_grant_type",
            "The authorization grant type is not supported by the authorization server.",
        )
        .hinted("Check that all required parameters have been provided")),
    }
}

/// `GET /oauth/token`: what the bearer is; 400 `{}` if it is nothing (vendor).
pub(super) fn describe(data: &Data, rules: &Rules, moment: &Moment, request: &Request) -> Response {
    match bearer(data, moment, request) {
        Ok(token) => Response::json(
            200,
            &json!({
                "username": rules.credentials.username,
                "scopes": token.scopes,
                "expires": token.expires_at / 1000,
            }),
        ),
        Err(_) => Response::json(400, &json!({})),
    }
}

/// The live token of a request.
///
/// # Errors
/// 401 with the reason: none given, unknown, revoked, expired.
pub(super) fn bearer<'a>(
    data: &'a Data,
    moment: &Moment,
    request: &Request,
) -> Result<&'a Token, Refusal> {
    let given = request.authorization.as_deref().and_then(|header| {
        let (scheme, token) = header.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token)
    });
    let Some(given) = given else {
        return Err(Refusal::unauthorized("No access token was given"));
    };
    let Some(token) = data.tokens.iter().find(|token| token.access == given) else {
        return Err(Refusal::unauthorized("The access token is invalid"));
    };
    if token.revoked {
        return Err(Refusal::unauthorized("The access token has been revoked"));
    }
    if token.expires_at <= moment.now {
        return Err(Refusal::unauthorized("The access token has expired"));
    }
    Ok(token)
}

/// Whether a token may do what a scope allows; `*` allows all.
pub(super) fn allows(token: &Token, scope: &str) -> bool {
    token.scopes.iter().any(|held| held == scope || held == "*")
}

fn password(
    data: &mut Data,
    rules: &Rules,
    moment: &Moment,
    form: &Pairs,
) -> Result<Response, Refusal> {
    check_client(rules, form)?;
    let username = required(form, "username")?;
    let password = required(form, "password")?;
    if username != rules.credentials.username || password != rules.credentials.password {
        let message = "The user credentials were incorrect.";
        return Err(Refusal::new(400, "invalid_grant", message));
    }
    let scopes = scopes(optional(form, "scope").unwrap_or(""))?;
    Ok(issue(data, rules, moment, scopes))
}

fn refresh(
    data: &mut Data,
    rules: &Rules,
    moment: &Moment,
    form: &Pairs,
) -> Result<Response, Refusal> {
    check_client(rules, form)?;
    for extra in ["username", "password", "scope"] {
        if optional(form, extra).is_some() {
            return Err(bad_request(format!("A refresh takes no `{extra}`")));
        }
    }
    let given = required(form, "refresh_token")?;
    let dead = |hint: &str| {
        Err(Refusal::new(400, "invalid_grant", "The refresh token is invalid.").hinted(hint))
    };
    let Some(old) = data.tokens.iter_mut().find(|token| token.refresh == given) else {
        return dead("Cannot decrypt the refresh token");
    };
    if old.revoked {
        return dead("Token has been revoked");
    }
    old.revoked = true;
    let scopes = old.scopes.clone();
    Ok(issue(data, rules, moment, scopes))
}

fn issue(data: &mut Data, rules: &Rules, moment: &Moment, scopes: Vec<String>) -> Response {
    let expires_at = moment
        .now
        .saturating_add(rules.token_ttl.saturating_mul(1000));
    let token = Token {
        access: match rules.quirks.token {
            TokenForm::Opaque => format!("sbx_at_{}", secret(moment, "access")),
            TokenForm::Jwt => jwt(rules, moment, &scopes, expires_at),
        },
        refresh: format!("sbx_rt_{}", secret(moment, "refresh")),
        scopes,
        expires_at,
        revoked: false,
    };
    let reply = json!({
        "token_type": "Bearer",
        "expires_in": rules.token_ttl,
        "access_token": token.access,
        "refresh_token": token.refresh,
    });
    data.remember(token);
    Response::json(200, &reply)
        .with("cache-control", "no-store, private")
        .with("pragma", "no-cache")
        .after_change()
}

/// The form of the request, or why it is not one.
fn form(request: &Request) -> Result<Pairs, Refusal> {
    let kind = request.content_type.as_deref().unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(bad_request(
            "The body must be application/x-www-form-urlencoded",
        ));
    }
    if request
        .query
        .as_deref()
        .is_some_and(|query| !query.is_empty())
    {
        return Err(bad_request("The parameters belong into the body"));
    }
    let text =
        std::str::from_utf8(&request.body).map_err(|_| bad_request("The body is not UTF-8"))?;
    let form =
        pairs(text).map_err(|message| bad_request(format!("The body is malformed: {message}")))?;
    for (at, (name, _)) in form.iter().enumerate() {
        if form[..at].iter().any(|(earlier, _)| earlier == name) {
            return Err(bad_request(format!(
                "The parameter `{name}` is given twice"
            )));
        }
    }
    Ok(form)
}

fn check_client(rules: &Rules, form: &Pairs) -> Result<(), Refusal> {
    let id = required(form, "client_id")?;
    let secret = required(form, "client_secret")?;
    if id == rules.credentials.client_id && secret == rules.credentials.client_secret {
        Ok(())
    } else {
        Err(Refusal::new(
            401,
            "invalid_client",
            "Client authentication failed",
        ))
    }
}

/// Splits at spaces; none is a token that may do nothing (vendor).
fn scopes(text: &str) -> Result<Vec<String>, Refusal> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in text.split(' ').filter(|scope| !scope.is_empty()) {
        if scope != "*" && !SCOPES.split(' ').any(|known| known == scope) {
            let message = "The requested scope is invalid, unknown, or malformed";
            return Err(Refusal::new(400, "invalid_scope", message)
                .hinted(format!("Check the `{scope}` scope")));
        }
        if !scopes.iter().any(|seen| seen == scope) {
            scopes.push(scope.to_owned());
        }
    }
    Ok(scopes)
}

fn optional<'a>(form: &'a Pairs, name: &str) -> Option<&'a str> {
    super::rules::parameter(form, name)
}

fn required<'a>(form: &'a Pairs, name: &str) -> Result<&'a str, Refusal> {
    optional(form, name)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| {
            bad_request("The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed.")
                .hinted(format!("Check the `{name}` parameter"))
        })
}

fn bad_request(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "invalid_request", message)
}

/// 40 hex digits that nobody guesses and that differ for each use.
fn secret(moment: &Moment, purpose: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(moment.nonce.to_le_bytes());
    hash.update(moment.now.to_le_bytes());
    hash.update(purpose);
    (hash.finalize()[..20].iter())
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The claims of `api.md` (Authentication) in the shape of a JWT; the signature part says what it is.
fn jwt(rules: &Rules, moment: &Moment, scopes: &[String], expires_at: u64) -> String {
    let issued = moment.now / 1000;
    let header = json!({"typ": "JWT", "alg": "RS256"});
    let claims = json!({
        "aud": rules.credentials.client_id,
        "jti": format!("sbx_{}", secret(moment, "jti")),
        "iat": issued,
        "nbf": issued,
        "exp": expires_at / 1000,
        "sub": rules.credentials.username,
        "scopes": scopes,
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string().as_bytes());
    format!(
        "{}.{}.{}",
        part(&header),
        part(&claims),
        URL_SAFE_NO_PAD.encode(b"sbx_unsigned")
    )
}
