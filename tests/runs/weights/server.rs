//! A small HTTP server on loopback that serves one file, well or badly.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Answer to one connection.
#[derive(Clone, Copy)]
pub enum Answer {
    /// As asked: the whole file or a range.
    Well,
    /// The whole file, whatever range was asked for.
    Whole,
    /// As asked, but so many bytes of it; then the connection is dropped.
    Drop(usize),
    /// A status and nothing else.
    Status(&'static str),
    /// A range that begins elsewhere.
    WrongRange,
}

/// A server; it ends after its answers, or when it is dropped and nobody asks within a few seconds.
pub struct Server {
    address: String,
    asked: Arc<Mutex<Vec<Option<String>>>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves `file`, one connection per answer.
    pub fn new(file: Vec<u8>, answers: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, answers) = (Arc::clone(&asked), answers.to_vec());
        listener.set_nonblocking(true).expect("a listener that can be left");
        let thread = std::thread::spawn(move || {
            for answer in answers {
                let Some(stream) = accept(&listener) else { return };
                serve(stream, &file, answer, &log);
            }
        });
        Self { address, asked, thread: Some(thread) }
    }

    /// The URL of the file under a name.
    pub fn url(&self, name: &str) -> String {
        format!("http://{}/models/{name}", self.address)
    }

    /// The `Range` of every request so far.
    pub fn asked(&self) -> Vec<Option<String>> {
        self.asked.lock().expect("a log").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.thread.take().map(JoinHandle::join));
    }
}

/// The next connection, if one comes within five seconds.
fn accept(listener: &TcpListener) -> Option<TcpStream> {
    for _ in 0..500 {
        if let Ok((stream, _)) = listener.accept() {
            stream.set_nonblocking(false).expect("a stream that waits");
            stream
                .set_read_timeout(Some(Duration::from_secs(5)))
                .expect("a stream that does not wait forever");
            return Some(stream);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    None
}

fn serve(mut stream: TcpStream, file: &[u8], answer: Answer, log: &Mutex<Vec<Option<String>>>) {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && request.len() < 1 << 14 {
        match stream.read(&mut byte) {
            Ok(1) => request.push(byte[0]),
            _ => return,
        }
    }
    let request = String::from_utf8_lossy(&request).to_ascii_lowercase();
    let range = request.lines().find_map(|line| line.strip_prefix("range: ")).map(str::to_owned);
    log.lock().expect("a log").push(range.clone());
    let start =
        range.as_deref().and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let part = |start: usize, claimed: usize, sent: usize| -> Vec<u8> {
        if start >= file.len() {
            return b"HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                .to_vec();
        }
        let (rest, total) = (file.len() - start, file.len());
        let head = format!(
            "HTTP/1.1 206 Partial Content\r\nContent-Length: {rest}\r\n\
             Content-Range: bytes {claimed}-{}/{total}\r\nConnection: close\r\n\r\n",
            total - 1
        );
        [head.as_bytes(), &file[start..start + sent.min(rest)]].concat()
    };
    let whole = |sent: usize| -> Vec<u8> {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", file.len());
        [head.as_bytes(), &file[..sent.min(file.len())]].concat()
    };
    let bytes = match (answer, start) {
        (Answer::Well, Some(start)) => part(start, start, usize::MAX),
        (Answer::Drop(sent), Some(start)) => part(start, start, sent),
        (Answer::WrongRange, Some(start)) => part(0, start + 1, usize::MAX),
        (Answer::Drop(sent), None) => whole(sent),
        (Answer::Well | Answer::Whole | Answer::WrongRange, _) => whole(usize::MAX),
        (Answer::Status(status), _) => {
            format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes()
        }
    };
    // The client may have left.
    drop(stream.write_all(&bytes));
    drop(stream.flush());
}
