//! An HTTP server for one test that keeps what it is sent, and answers as it is told: a webhook, and an OTLP receiver that takes
//! whatever comes.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use prost::Message;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The largest request that a test sends.
const REQUEST_BYTES_MAX: usize = 64 << 20;

/// The server. It ends with this value.
pub(crate) struct Hook {
    address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Kept {
    /// What is answered at paths that begin with `/hook`.
    status: StatusCode,
    came: Vec<Came>,
}

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Came {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// What was answered.
    pub(crate) status: StatusCode,
}

impl Came {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers)).to_str().unwrap()
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Hook {
    /// Takes everything, until it is told otherwise.
    pub(crate) async fn start() -> Self {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let app = Router::new().fallback(keep).with_state(Arc::clone(&kept));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, kept, server }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on, this is the answer at paths that begin with `/hook`.
    pub(crate) fn answer(&self, status: u16) {
        self.kept().status = StatusCode::from_u16(status).unwrap();
    }

    /// All requests to a path, whatever was answered.
    pub(crate) fn came(&self, path: &str) -> Vec<Came> {
        self.kept().came.iter().filter(|came| came.path == path).cloned().collect()
    }

    /// The JSON of those requests to a path that were accepted.
    pub(crate) fn told(&self, path: &str) -> Vec<Value> {
        self.came(path).iter().filter(|came| came.status.is_success()).map(Came::json).collect()
    }

    /// All requests to a path as one: protobuf's repeated fields join by being put one after the other.
    pub(crate) fn joined<T: Message + Default>(&self, path: &str) -> T {
        let bodies: Vec<u8> = self.came(path).iter().flat_map(|came| came.body.clone()).collect();
        T::decode(bodies.as_slice()).unwrap()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }
}

async fn keep(State(kept): State<Arc<Mutex<Kept>>>, request: Request) -> StatusCode {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, REQUEST_BYTES_MAX).await else { return StatusCode::PAYLOAD_TOO_LARGE };
    let path = head.uri.path().to_owned();
    let mut kept = kept.lock().unwrap();
    let status = if path.starts_with("/hook") { kept.status } else { StatusCode::OK };
    kept.came.push(Came { path, headers: head.headers, body, status });
    status
}
