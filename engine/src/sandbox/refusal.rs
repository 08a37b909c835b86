//! How the emulator says no: the reference's error body, league's for the token endpoint, and the
//! other forms that `api.md` (Errors) has seen, for the `errors` quirk.

use serde_json::{Value, json};

use super::exchange::Response;
use super::quirks::{ErrorForm, NotFound, Quirks};

/// A refused request, not yet in any form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
    /// Only the token endpoint has one.
    pub(super) hint: Option<String>,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            hint: None,
            headers: Vec::new(),
        }
    }

    /// 400: a parameter is missing, unknown, doubled, empty or bad.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_parameters", message)
    }

    /// 404.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "not_found", message)
    }

    /// 401.
    pub(super) fn unauthorized(message: &str) -> Self {
        Self::new(401, "unauthorized", message)
    }

    /// 405, naming what would be allowed.
    pub(super) fn method(allowed: &str) -> Self {
        let mut refusal = Self::new(
            405,
            "method_not_allowed",
            "This method is not supported here",
        );
        refusal.headers.push(("allow", allowed.to_owned()));
        refusal
    }

    pub(super) fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// As the API says it, under the quirks in force.
    pub(super) fn into_api_response(mut self, quirks: &Quirks) -> Response {
        if self.status == 404 && quirks.not_found == NotFound::BadRequest {
            self.status = 400;
        }
        let (code, message) = (self.code, self.message.as_str());
        let body = match quirks.errors {
            ErrorForm::Reference => json!({"error": code, "message": message}),
            ErrorForm::Message => json!({"message": message}),
            ErrorForm::Sentence => json!({"error": format!("{message}.")}),
            ErrorForm::Msg => json!({"msg": message}),
            ErrorForm::Object => json!({}),
            ErrorForm::Fields => {
                if self.status == 400 {
                    self.status = 422;
                }
                json!({"message": "The given data was invalid.", "errors": {field(message): [message]}})
            }
            ErrorForm::Empty => return self.finish(Response::empty),
            ErrorForm::Html => {
                return self.finish(|status| Response::text(status, "text/html", html(status)));
            }
        };
        self.finish(|status| Response::json(status, &body))
    }

    /// As the token endpoint says it (`api.md`, Authentication: the last item).
    pub(super) fn into_token_response(mut self, quirks: &Quirks) -> Response {
        if let Some(status) = quirks.token_errors.status()
            && matches!(self.status, 400 | 401)
        {
            self.status = status;
        }
        let mut body = json!({"error": self.code, "error_description": self.message});
        if let Some(hint) = &self.hint {
            body["hint"] = Value::from(hint.as_str());
        }
        body["message"] = Value::from(self.message.as_str());
        self.finish(|status| Response::json(status, &body))
    }

    fn finish(self, make: impl FnOnce(u16) -> Response) -> Response {
        let mut response = make(self.status);
        for (name, value) in self.headers {
            response = response.with(name, value);
        }
        response
    }
}

/// The parameter that a message names in backticks.
fn field(message: &str) -> &str {
    message.split('`').nth(1).unwrap_or("request")
}

/// A page such as proxies and frameworks send.
pub(super) fn html(status: u16) -> String {
    format!(
        "<!DOCTYPE html>\n<html><head><title>{status}</title></head>\n<body><h1>{status}</h1><script>/* sandbox */</script></body></html>\n"
    )
}
