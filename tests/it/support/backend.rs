//! Backends that misbehave on purpose.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http::HeaderMap;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The largest request that a test sends.
const REQUEST_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    /// A header, or an empty text.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("headers of tests are text"))
    }
}

/// An HTTP server whose answers a test chooses. It ends with this value.
pub(crate) struct Backend {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    task: JoinHandle<()>,
}

impl Backend {
    /// Answers each request by `answer`, which gets the request and how many came before it.
    pub(crate) async fn start(answer: impl Fn(&Received, usize) -> Response + Clone + Send + Sync + 'static) -> Self {
        let received = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&received);
        let app = Router::new().fallback(move |request: Request| {
            let (kept, answer) = (Arc::clone(&kept), answer.clone());
            async move {
                let (head, body) = request.into_parts();
                let body = axum::body::to_bytes(body, REQUEST_BYTES_MAX).await.expect("the request is whole");
                let path = head.uri.path_and_query().map_or_else(String::new, ToString::to_string);
                let request = Received { path, headers: head.headers, body };
                let mut kept = kept.lock().expect("no test panics with the lock");
                kept.push(request);
                let before = kept.len() - 1;
                answer(&kept[before], before)
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let task = tokio::spawn(async move { axum::serve(listener, app).await.expect("the server runs") });
        Self { address, received, task }
    }

    /// Answers every request in the same way.
    pub(crate) async fn answering(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let headers: Vec<(String, String)> =
            headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let body = Bytes::copy_from_slice(body);
        Self::start(move |_, _| {
            let mut response = Response::builder().status(status);
            for (name, value) in &headers {
                response = response.header(name, value);
            }
            response.body(Body::from(body.clone())).expect("the answer of a test is valid")
        })
        .await
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What arrived so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().expect("no test panics with the lock").clone()
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A server that reads one request of each connection, writes bytes that need not be HTTP, and hangs up or stays silent.
pub(crate) struct Raw {
    address: SocketAddr,
    task: JoinHandle<()>,
}

/// What follows the bytes.
#[derive(Clone, Copy)]
pub(crate) enum Then {
    HangUp,
    StaySilent,
}

impl Raw {
    pub(crate) async fn start(bytes: &'static [u8], then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let task = tokio::spawn(async move {
            let mut silent = vec![];
            loop {
                let (mut stream, _) = listener.accept().await.expect("connections can be accepted");
                if read_request(&mut stream).await.is_none() {
                    continue;
                }
                // The client may be gone already, which is its right.
                drop(stream.write_all(bytes).await);
                match then {
                    Then::HangUp => drop(stream),
                    Then::StaySilent => silent.push(stream),
                }
            }
        });
        Self { address, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn tls_url(&self) -> String {
        format!("https://{}", self.address)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads head and body of an HTTP/1.1 request, or whatever comes first of something else.
async fn read_request(stream: &mut TcpStream) -> Option<()> {
    let mut request = Vec::new();
    loop {
        if stream.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
        if !request.starts_with(b"POST") {
            return Some(());
        }
        let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if request.len() >= end + 4 + length.map_or(0, |length| length.parse().expect("a length")) {
            return Some(());
        }
    }
}
