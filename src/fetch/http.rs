use std::time::Duration;

use ureq::http::{Method, Request, StatusCode};
use ureq::{Agent, Error};

/// Attempts of a request that may be repeated.
const TRIES: u32 = 4;
/// Pause before the second attempt; doubled before each further one.
const PAUSE: Duration = Duration::from_millis(250);
/// Timeout for the connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Timeout for sending a body, and for the whole response.
const TRANSFER: Duration = Duration::from_secs(300);
/// Longest response that is read.
const LARGEST: u64 = 64 << 20;

/// HTTP client that sends the same headers with every request and keeps its connections open.
pub struct HttpClient {
    agent: Agent,
    headers: Vec<(String, String)>,
}

/// Request to a server.
#[derive(Debug, Clone, Copy)]
pub enum HttpCall<'a> {
    /// GET; repeated after failures of the connection.
    Get,
    /// POST of a JSON document.
    Post {
        /// The document.
        json: &'a [u8],
        /// The server's state is the same after one such request and after two: repeated like a GET.
        repeatable: bool,
    },
    /// PUT of bytes; repeated like a GET.
    Put(&'a [u8]),
}

/// Response of a server, of any status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// HTTP status, such as 200.
    pub status: u16,
    /// Content.
    pub body: Vec<u8>,
}

/// Errors of a request that got no response.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// No request can be made of the address or the headers.
    #[error("no request can be made of `{url}`: {reason}")]
    Request {
        /// Address.
        url: String,
        /// The fault.
        reason: String,
    },
    /// No connection, or one that broke, at every attempt.
    #[error("no response from `{url}`: {reason}{}", if *.tries > 1 { format!(" ({tries} attempts)") } else { String::new() })]
    Connection {
        /// Address.
        url: String,
        /// Error of the last attempt.
        reason: String,
        /// Number of attempts.
        tries: u32,
    },
}

impl HttpClient {
    /// Client whose requests all have these headers; their values stay out of error texts.
    pub fn new(headers: Vec<(String, String)>) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A redirected POST would arrive as a GET.
            .max_redirects(0)
            .timeout_connect(Some(CONNECT))
            .timeout_send_body(Some(TRANSFER))
            .timeout_recv_response(Some(TRANSFER))
            .timeout_recv_body(Some(TRANSFER))
            .user_agent(concat!("camlab/", env!("CARGO_PKG_VERSION")));
        Self { agent: config.build().into(), headers }
    }

    /// Sends a request and returns the response, whatever its status. After a refused connection it tries again
    /// (four times, a quarter of a second and more apart); a request that may be repeated also after a broken
    /// connection, a timeout and the statuses 429, 502, 503 and 504.
    ///
    /// # Errors
    /// [`HttpError`]: no response at the last attempt, an address or header that is malformed.
    pub fn call(&self, url: &str, call: HttpCall<'_>) -> Result<HttpAnswer, HttpError> {
        let repeatable = !matches!(call, HttpCall::Post { repeatable: false, .. });
        let mut tries = 1;
        loop {
            let last = tries == TRIES;
            match self.attempt(url, call) {
                Ok(answer) if last || !repeatable || !is_passing(answer.status) => return Ok(answer),
                Ok(_) => {}
                Err(error) if is_of_the_request(&error) => {
                    return Err(HttpError::Request { url: url.to_owned(), reason: error.to_string() });
                }
                Err(error) if last || !(repeatable || is_refused(&error)) => {
                    return Err(HttpError::Connection {
                        url: url.to_owned(),
                        reason: error.to_string(),
                        tries,
                    });
                }
                Err(_) => {}
            }
            std::thread::sleep(PAUSE * 2u32.pow(tries - 1));
            tries += 1;
        }
    }

    fn attempt(&self, url: &str, call: HttpCall<'_>) -> Result<HttpAnswer, Error> {
        let (method, kind, body) = match call {
            HttpCall::Get => (Method::GET, None, None),
            HttpCall::Post { json, .. } => (Method::POST, Some("application/json"), Some(json)),
            HttpCall::Put(bytes) => (Method::PUT, Some("application/octet-stream"), Some(bytes)),
        };
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let response = match body {
            Some(body) => self.agent.run(request.body(body)?)?,
            None => self.agent.run(request.body(())?)?,
        };
        let status = response.status().as_u16();
        let body = response.into_body().into_with_config().limit(LARGEST).read_to_vec()?;
        Ok(HttpAnswer { status, body })
    }
}

/// A status that the same request may not get again.
fn is_passing(status: u16) -> bool {
    [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::BAD_GATEWAY,
        StatusCode::SERVICE_UNAVAILABLE,
        StatusCode::GATEWAY_TIMEOUT,
    ]
    .iter()
    .any(|passing| passing.as_u16() == status)
}

fn is_of_the_request(error: &Error) -> bool {
    matches!(error, Error::Http(_) | Error::BadUri(_) | Error::InvalidProxyUrl)
}

/// The request cannot have arrived.
fn is_refused(error: &Error) -> bool {
    match error {
        Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        Error::ConnectionFailed | Error::HostNotFound => true,
        _ => false,
    }
}
