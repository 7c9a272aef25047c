//! Makes request bodies: chunks one after the other, compressed in one go.

use std::fmt;
use std::io;
use std::sync::{Mutex, PoisonError};

use libdeflater::CompressionLvl;

use crate::chunk::Chunk;
use crate::config::Compression;

/// Level of gzip. Higher ones cost two to ten times the time for a tenth of the bytes; 0, which libdeflate calls the fastest,
/// compresses nothing.
const GZIP_LEVEL: CompressionLvl = match CompressionLvl::new(1) {
    Ok(level) => level,
    Err(_) => panic!("libdeflate has a level 1"),
};

/// Level of zstd, for the same reason.
const ZSTD_LEVEL: i32 = 1;

/// Scratch room that is kept between requests: twice the usual batch. What a larger batch needed is given back.
const SCRATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Compressors of one destination, used again and again; as many as there are requests under way at once.
pub(super) struct Compressors {
    compression: Compression,
    idle: Mutex<Vec<Compressor>>,
}

impl fmt::Debug for Compressors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Compressors {{ {:?} }}", self.compression)
    }
}

impl Compressors {
    pub(super) const fn new(compression: Compression) -> Self {
        Self { compression, idle: Mutex::new(Vec::new()) }
    }

    pub(super) const fn compression(&self) -> Compression {
        self.compression
    }

    /// The request of these chunks, after `room` bytes of zero. Compression runs beside the async threads: a batch takes
    /// milliseconds.
    pub(super) async fn body(&self, chunks: &[Chunk], room: usize) -> io::Result<Vec<u8>> {
        let mut compressor = match self.compression {
            Compression::None => return Ok(concatenated(chunks, room)),
            Compression::Gzip | Compression::Zstd => self.take()?,
        };
        let chunks = chunks.to_vec();
        let work = tokio::task::spawn_blocking(move || {
            let body = compressor.body(&chunks, room);
            (compressor, body)
        });
        let (compressor, body) = work.await.map_err(io::Error::other)?;
        self.idle().push(compressor);
        body
    }

    fn take(&self) -> io::Result<Compressor> {
        let idle = self.idle().pop();
        idle.map_or_else(|| Compressor::new(self.compression), Ok)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Compressor>> {
        // A compressor is out of the pool while it works, so that nothing in here can be half done.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn concatenated(chunks: &[Chunk], room: usize) -> Vec<u8> {
    let mut body = Vec::with_capacity(room + chunks.iter().map(|chunk| chunk.bytes.len()).sum::<usize>());
    body.resize(room, 0);
    for chunk in chunks {
        body.extend_from_slice(&chunk.bytes);
    }
    body
}

struct Compressor {
    method: Method,
    /// The chunks, one after the other.
    input: Vec<u8>,
    /// The compressed bytes, in room enough for the worst case.
    output: Vec<u8>,
}

enum Method {
    Gzip(libdeflater::Compressor),
    Zstd(zstd::bulk::Compressor<'static>),
}

impl Compressor {
    fn new(compression: Compression) -> io::Result<Self> {
        let method = match compression {
            Compression::None | Compression::Gzip => Method::Gzip(libdeflater::Compressor::new(GZIP_LEVEL)),
            Compression::Zstd => Method::Zstd(zstd::bulk::Compressor::new(ZSTD_LEVEL)?),
        };
        Ok(Self { method, input: Vec::new(), output: Vec::new() })
    }

    fn body(&mut self, chunks: &[Chunk], room: usize) -> io::Result<Vec<u8>> {
        self.input.clear();
        for chunk in chunks {
            self.input.extend_from_slice(&chunk.bytes);
        }
        let compressed = self.compress()?;
        let mut body = Vec::with_capacity(room + compressed);
        body.resize(room, 0);
        body.extend_from_slice(&self.output[..compressed]);
        self.shrink();
        Ok(body)
    }

    /// Compresses input to output, and gives the length.
    fn compress(&mut self) -> io::Result<usize> {
        let bound = match &mut self.method {
            Method::Gzip(gzip) => gzip.gzip_compress_bound(self.input.len()),
            Method::Zstd(_) => zstd::zstd_safe::compress_bound(self.input.len()),
        };
        if self.output.len() < bound {
            self.output.resize(bound, 0);
        }
        match &mut self.method {
            Method::Gzip(gzip) => gzip.gzip_compress(&self.input, &mut self.output).map_err(io::Error::other),
            Method::Zstd(zstd) => zstd.compress_to_buffer(&self.input, self.output.as_mut_slice()),
        }
    }

    fn shrink(&mut self) {
        self.input.clear();
        self.input.shrink_to(SCRATCH_BYTES_MAX);
        self.output.truncate(SCRATCH_BYTES_MAX);
        self.output.shrink_to(SCRATCH_BYTES_MAX);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::chunk::Destinations;
    use crate::id::{AccountId, Signal};

    fn chunk(bytes: Vec<u8>) -> Chunk {
        let account = AccountId::parse("111122223333").unwrap();
        Chunk { signal: Signal::Logs, account, records: 1, destinations: Destinations::NONE, bytes: Bytes::from(bytes) }
    }

    fn inflated(compression: Compression, body: &[u8], length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        let inflated = match compression {
            Compression::None => return body.to_vec(),
            Compression::Gzip => libdeflater::Decompressor::new().gzip_decompress(body, &mut bytes).unwrap(),
            Compression::Zstd => zstd::bulk::decompress_to_buffer(body, &mut bytes).unwrap(),
        };
        assert_eq!(inflated, length);
        bytes
    }

    #[tokio::test]
    async fn chunks_come_back_as_one_request_after_the_room_that_was_asked_for() {
        for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
            let compressors = Compressors::new(compression);
            for chunks in [vec![], vec![chunk(b"one".to_vec())], vec![chunk(vec![7; 70_000]), chunk(b"two".to_vec())]] {
                let whole: Vec<u8> = chunks.iter().flat_map(|chunk| chunk.bytes.to_vec()).collect();
                let body = compressors.body(&chunks, 5).await.unwrap();
                assert_eq!(body[..5], [0; 5]);
                assert_eq!(inflated(compression, &body[5..], whole.len()), whole, "{compression:?}");
            }
        }
    }

    #[tokio::test]
    async fn what_repeats_itself_is_sent_in_a_tenth_of_its_bytes() {
        let text = "2026-04-09T12:00:00Z INFO order accepted for customer\n".repeat(200).into_bytes();
        for compression in [Compression::Gzip, Compression::Zstd] {
            let body = Compressors::new(compression).body(&[chunk(text.clone())], 0).await.unwrap();
            assert!(body.len() < text.len() / 10, "{compression:?}: {} of {} bytes", body.len(), text.len());
        }
    }

    #[tokio::test]
    async fn a_compressor_is_used_again_and_gives_back_what_a_huge_batch_needed() {
        for compression in [Compression::Gzip, Compression::Zstd] {
            let compressors = Compressors::new(compression);
            let huge = vec![chunk(vec![1; 3 * SCRATCH_BYTES_MAX])];
            let _ = compressors.body(&huge, 0).await.unwrap();
            let _ = compressors.body(&[chunk(b"small".to_vec())], 0).await.unwrap();
            let idle = compressors.idle();
            assert_eq!(idle.len(), 1);
            assert!(idle[0].input.capacity() <= SCRATCH_BYTES_MAX && idle[0].output.capacity() <= SCRATCH_BYTES_MAX);
        }
    }
}
