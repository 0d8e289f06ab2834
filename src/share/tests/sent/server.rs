use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// A request that arrived.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// Method and path, `POST /api/2.0/mlflow/runs/create`.
    pub line: String,
    /// Value of the header `authorization`.
    pub authorization: String,
    /// Content.
    pub body: Vec<u8>,
}

impl Arrived {
    /// The content as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Answer to a request: status and content; `None` closes the connection without one.
pub type Reply = Option<(u16, String)>;

/// An HTTP server on a free port of this machine, for the life of the process.
pub struct TestServer {
    /// Its address.
    pub url: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl TestServer {
    pub fn new(mut answer: impl FnMut(&Arrived) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let log = arrived.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let Some(request) = read(&mut stream) else { continue };
                log.lock().unwrap().push(request.clone());
                if let Some((status, body)) = answer(&request) {
                    let length = body.len();
                    let head = format!(
                        "HTTP/1.1 {status} -\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
                    );
                    stream.get_mut().write_all((head + &body).as_bytes()).unwrap();
                }
            }
        });
        Self { url, arrived }
    }

    /// The requests since the last call.
    pub fn take(&self) -> Vec<Arrived> {
        std::mem::take(&mut self.arrived.lock().unwrap())
    }
}

fn read(stream: &mut BufReader<impl std::io::Read>) -> Option<Arrived> {
    let mut next = || {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
        Some(line.trim_end().to_owned())
    };
    let first = next()?;
    let (mut length, mut authorization) = (0, String::new());
    loop {
        let line = next()?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ")?;
        match &*name.to_lowercase() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => authorization = value.to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Arrived { line: first.strip_suffix(" HTTP/1.1")?.to_owned(), authorization, body })
}
