use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camlab_fetch::{HttpAnswer, HttpCall, HttpClient};
use serde_json::Value;

use crate::ShareError;

/// Credentials of an MLflow server.
#[derive(Clone, Default)]
pub enum MlflowAuth {
    /// None.
    #[default]
    Open,
    /// Bearer token (`MLFLOW_TRACKING_TOKEN`).
    Token(String),
    /// Name and password (`MLFLOW_TRACKING_USERNAME`, `MLFLOW_TRACKING_PASSWORD`).
    Basic {
        /// Name.
        user: String,
        /// Password.
        password: String,
    },
}

/// Hides the secrets.
impl fmt::Debug for MlflowAuth {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Open => "Open",
            Self::Token(_) => "Token(..)",
            Self::Basic { .. } => "Basic { .. }",
        })
    }
}

/// An MLflow tracking server.
pub struct MlflowServer {
    client: HttpClient,
    url: String,
}

/// An error response.
pub(super) struct MlflowRefusal {
    call: String,
    status: u16,
    /// MLflow's name of the error, such as `RESOURCE_DOES_NOT_EXIST`; empty if the response has none.
    pub(super) code: String,
    message: String,
}

impl MlflowServer {
    /// Server at `url`, `http://HOST:PORT` or `https://HOST/PATH`. Opens no connection yet.
    ///
    /// # Errors
    /// [`ShareError::Address`]: another scheme, no host, or credentials within the address.
    pub fn new(url: &str, auth: &MlflowAuth) -> Result<Self, ShareError> {
        let wrong = || ShareError::Address(without_credentials(url));
        let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")).ok_or_else(wrong)?;
        let host = rest.split('/').next().unwrap_or_default();
        if host.is_empty() || host.contains('@') || url.contains(['?', '#', ' ']) {
            return Err(wrong());
        }
        let authorization = match auth {
            MlflowAuth::Open => None,
            MlflowAuth::Token(token) => Some(format!("Bearer {token}")),
            MlflowAuth::Basic { user, password } => {
                Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
            }
        };
        let headers = authorization.map(|value| ("authorization".to_owned(), value)).into_iter().collect();
        Ok(Self { client: HttpClient::new(headers), url: url.trim_end_matches('/').to_owned() })
    }

    /// Host and port of the address, as it stands there.
    pub(super) fn host(&self) -> &str {
        self.url.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default()
    }

    /// GET of a call such as `experiments/get-by-name?experiment_name=a`.
    pub(super) fn get(&self, call: &str) -> Result<Result<Value, MlflowRefusal>, ShareError> {
        self.json(call, HttpCall::Get)
    }

    /// POST; `repeatable` as in [`HttpCall::Post`].
    pub(super) fn post(&self, call: &str, body: &Value, repeatable: bool) -> Result<Value, ShareError> {
        let json = body.to_string();
        let answer = self.json(call, HttpCall::Post { json: json.as_bytes(), repeatable })?;
        answer.map_err(MlflowRefusal::error)
    }

    /// POST whose refusal the caller looks at; sent once.
    pub(super) fn try_post(
        &self,
        call: &str,
        body: &Value,
    ) -> Result<Result<Value, MlflowRefusal>, ShareError> {
        self.json(call, HttpCall::Post { json: body.to_string().as_bytes(), repeatable: false })
    }

    /// PUT of a file's bytes at a path below the proxy of artefacts, percent-encoded.
    pub(super) fn put_artifact(&self, path: &str, bytes: &[u8]) -> Result<(), ShareError> {
        let call = format!("api/2.0/mlflow-artifacts/artifacts/{path}");
        let answer = self.client.call(&format!("{}/{call}", self.url), HttpCall::Put(bytes));
        let answer = answer.map_err(ShareError::Connection)?;
        match answer.status {
            200..=299 => Ok(()),
            _ => Err(MlflowRefusal::new(&call, &answer).error()),
        }
    }

    /// A response without a field that MLflow's always have.
    pub(super) fn lacks(&self, call: &str, field: &str) -> ShareError {
        let reason = format!("it has no `{field}`");
        ShareError::Answer { call: call.to_owned(), reason, url: self.url.clone() }
    }

    fn json(&self, call: &str, request: HttpCall<'_>) -> Result<Result<Value, MlflowRefusal>, ShareError> {
        let url = format!("{}/api/2.0/mlflow/{call}", self.url);
        let answer = self.client.call(&url, request).map_err(ShareError::Connection)?;
        if !(200..=299).contains(&answer.status) {
            return Ok(Err(MlflowRefusal::new(call, &answer)));
        }
        serde_json::from_slice(&answer.body).map(Ok).map_err(|error| ShareError::Answer {
            call: call.to_owned(),
            reason: format!("no JSON: {error}"),
            url: self.url.clone(),
        })
    }
}

impl MlflowRefusal {
    fn new(call: &str, answer: &HttpAnswer) -> Self {
        let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let text = |field: &str| said[field].as_str().unwrap_or_default().trim().to_owned();
        let mut message = text("message");
        if message.is_empty() {
            let body = String::from_utf8_lossy(&answer.body);
            message = body.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect();
        }
        if message.is_empty() {
            message = "no message".into();
        }
        let call = call.split('?').next().unwrap_or(call).to_owned();
        Self { call, status: answer.status, code: text("error_code"), message }
    }

    /// The refusal as an error with a remedy.
    pub(super) fn error(self) -> ShareError {
        let remedy = match self.status {
            401 | 403 => {
                "set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, to an account that \
                 may write to the experiment"
            }
            300..=399 => "give the address that the server redirects to with --mlflow",
            404 | 405 if self.code.is_empty() => "check that --mlflow is the address of an MLflow server",
            413 => "raise the largest request of the server or of the proxy before it",
            429 | 500..=599 => "send again; if it stays so, look into the server's log",
            _ => "send again; if it stays so, report the message with the version of the server",
        };
        ShareError::Refused { call: self.call, status: self.status, message: self.message, remedy }
    }
}

/// The address with a password in it replaced.
fn without_credentials(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or((None, url), |(scheme, rest)| (Some(scheme), rest));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = match authority.rsplit_once('@') {
        Some((_, host)) => format!("...@{host}"),
        None => authority.to_owned(),
    };
    match scheme {
        Some(scheme) => format!("{scheme}://{host}{path}"),
        None => format!("{host}{path}"),
    }
}

/// A text as a part of an address: RFC 3986's unreserved characters as they are, every other byte as `%HH`.
pub(super) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte))
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_checked_and_a_password_in_it_is_not_repeated() {
        let open = |url: &str| MlflowServer::new(url, &MlflowAuth::Open);
        assert_eq!(open("https://a.org:80/mlflow/").unwrap().host(), "a.org:80");
        for url in ["a.org", "sqlite:///a.db", "http://", "http://ann:secret@a.org/x", "http://a.org?x"] {
            let error = open(url).err().unwrap().to_string();
            assert!(error.contains("http://HOST:PORT") && !error.contains("secret"), "{error}");
        }
        let auth = MlflowAuth::Basic { user: "ann".into(), password: "secret".into() };
        assert!(!format!("{auth:?} {:?}", MlflowAuth::Token("secret".into())).contains("secret"));
    }

    #[test]
    fn parts_of_addresses_are_those_of_rfc_3986() {
        assert_eq!(percent_encoded("a b/c+~\u{e9}"), "a%20b%2Fc%2B~%C3%A9");
    }
}
