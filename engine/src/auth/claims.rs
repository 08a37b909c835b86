//! What a token says of itself, for display only.
//!
//! The vendor's access tokens are usually JWTs (`api.md`, Authentication); an opaque one says
//! nothing. No signature is checked, so nothing here may ever decide anything.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::zeroize::Zeroizing;
use serde_json::Value;

use crate::secret::Bearer;

/// The scopes in a JWT's claims, as a list or as one string; none for anything else.
pub fn scopes(token: &Bearer) -> Option<Vec<String>> {
    let claims = claims(token.secret().expose())?;
    crate::api::scopes(&claims)
}

fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let json = Zeroizing::new(URL_SAFE_NO_PAD.decode(claims).ok()?);
    serde_json::from_slice(&json).ok()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::{URL_SAFE_NO_PAD, scopes};
    use crate::secret::{Bearer, Secret};

    fn of(claims: &str) -> Option<Vec<String>> {
        let token = format!("eyJ9.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
        scopes(&Bearer::new(Secret::new(token)).expect("a token"))
    }

    #[test]
    fn scopes_are_read_from_a_jwt_and_from_nothing_else() {
        assert_eq!(
            of(r#"{"scopes":["pbx","account"]}"#),
            Some(vec!["pbx".to_owned(), "account".to_owned()])
        );
        assert_eq!(of(r#"{"scope":"pbx"}"#), Some(vec!["pbx".to_owned()]));
        for odd in ["", "[]", "{}", r#"{"scopes":5}"#, "\u{1}"] {
            assert_eq!(of(odd), None, "{odd}");
        }
        for opaque in ["sbx_at_1", "a.b", "a.b.c", "a.b.c.d", "..", "a.$.c"] {
            let token = Bearer::new(Secret::new(opaque.to_owned())).expect("a token");
            assert_eq!(scopes(&token), None, "{opaque}");
        }
    }
}
