//! Gzip under a ceiling. The only decompressor of telemetry in the tree.

use std::io::Read;

use flate2::bufread::MultiGzDecoder;
use libdeflater::{DecompressionError, Decompressor};
use memchr::memmem;

/// First bytes of a gzip member with the only method there is. Source: RFC 1952, section 2.3.
const MAGIC: &[u8] = &[0x1f, 0x8b, 8];

/// The smallest gzip member: header, empty block, checksum and size.
const MEMBER_BYTES_MIN: usize = 20;

/// Deflate shrinks at most 1032 times, so a larger size at the end of a member is not believed. Source: zlib's "Technical Details".
const RATIO_MAX: usize = 1032;

/// Why bytes could not be inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// More than the ceiling.
    #[error("inflates past the limit of {limit_bytes} bytes (compressed: {given_bytes})")]
    TooLarge {
        /// Compressed bytes.
        given_bytes: usize,
        /// The ceiling.
        limit_bytes: usize,
    },
    /// Broken, or ends early.
    #[error("gzip data is broken or ends early ({given_bytes} bytes)")]
    Broken {
        /// Compressed bytes.
        given_bytes: usize,
    },
}

/// Whether the bytes start like a gzip member.
#[must_use]
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Inflates gzip; keeps its tables between calls.
pub struct Inflater(Decompressor);

impl std::fmt::Debug for Inflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inflater")
    }
}

impl Default for Inflater {
    fn default() -> Self {
        Self(Decompressor::new())
    }
}

impl Inflater {
    /// Inflates one or many gzip members into `out`, whose content is replaced.
    ///
    /// # Errors
    /// When the result would pass `limit_bytes`, or the data is broken. `out` is empty then.
    pub fn inflate(&mut self, gzip: &[u8], limit_bytes: usize, out: &mut Vec<u8>) -> Result<(), Error> {
        // A further member must begin with the magic bytes; where they do not occur again there is but one.
        let single = memmem::find(gzip.get(MAGIC.len()..).unwrap_or_default(), MAGIC).is_none();
        let result =
            if single { self.one_member(gzip, limit_bytes, out) } else { many_members(gzip, limit_bytes, out) };
        if result.is_err() {
            out.clear();
        }
        result
    }

    fn one_member(&mut self, gzip: &[u8], limit_bytes: usize, out: &mut Vec<u8>) -> Result<(), Error> {
        let broken = Error::Broken { given_bytes: gzip.len() };
        let too_large = Error::TooLarge { given_bytes: gzip.len(), limit_bytes };
        let size = gzip.last_chunk::<4>().map_or(0, |size| u32::from_le_bytes(*size) as usize);
        if gzip.len() < MEMBER_BYTES_MIN || size / RATIO_MAX > gzip.len() {
            return Err(broken);
        }
        if size > limit_bytes {
            return Err(too_large);
        }
        out.resize(size, 0);
        match self.0.gzip_decompress(gzip, out) {
            Ok(length) if length == size => Ok(()),
            Ok(_) | Err(DecompressionError::BadData) => Err(broken),
            // The size at the end is not that of this member: something follows it. Read it the careful way.
            Err(DecompressionError::InsufficientSpace) => many_members(gzip, limit_bytes, out),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the decompressor, and the ceiling stands below")]
fn many_members(gzip: &[u8], limit_bytes: usize, out: &mut Vec<u8>) -> Result<(), Error> {
    out.clear();
    let mut reader = MultiGzDecoder::new(gzip).take(limit_bytes as u64 + 1);
    let _ = reader.read_to_end(out).map_err(|_| Error::Broken { given_bytes: gzip.len() })?;
    if out.len() > limit_bytes {
        return Err(Error::TooLarge { given_bytes: gzip.len(), limit_bytes });
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    const LIMIT: usize = 1 << 20;

    pub(crate) fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn inflated(data: &[u8], limit_bytes: usize) -> Result<Vec<u8>, Error> {
        let mut out = b"left over".to_vec();
        Inflater::default().inflate(data, limit_bytes, &mut out).map(|()| out)
    }

    #[test]
    fn many_members_are_read_to_the_last_even_when_they_are_alike() {
        let twice = [gzip(b"{\"a\":1}"), gzip(b"{\"a\":1}")].concat();
        assert_eq!(inflated(&twice, LIMIT), Ok(b"{\"a\":1}{\"a\":1}".to_vec()));
        let unlike = [gzip(&[b'x'; 5000]), gzip(b""), gzip(b"end")].concat();
        assert_eq!(inflated(&unlike, LIMIT).map(|out| out.len()), Ok(5003));
    }

    #[test]
    fn a_bomb_stops_at_the_ceiling() {
        let bomb = gzip(&vec![0; 3 << 20]);
        let expected = Error::TooLarge { given_bytes: bomb.len(), limit_bytes: LIMIT };
        assert_eq!(inflated(&bomb, LIMIT), Err(expected));
        let two = [gzip(&vec![0; LIMIT / 2 + 1]), gzip(&vec![0; LIMIT / 2])].concat();
        assert!(matches!(inflated(&two, LIMIT), Err(Error::TooLarge { .. })));
        assert_eq!(inflated(&gzip(&vec![0; LIMIT]), LIMIT).map(|out| out.len()), Ok(LIMIT));
    }

    #[test]
    fn a_cut_member_is_broken_wherever_it_is_cut() {
        let whole = gzip(b"a log line that is long enough to be compressed, compressed, compressed");
        for length in 0..whole.len() {
            assert_eq!(inflated(&whole[..length], LIMIT), Err(Error::Broken { given_bytes: length }), "{length}");
        }
    }

    #[test]
    fn bytes_after_the_last_member_are_an_error_not_a_loss() {
        let trailing = [gzip(b"data"), b"garbage".to_vec()].concat();
        assert!(inflated(&trailing, LIMIT).is_err());
    }

    proptest! {
        #[test]
        fn what_was_compressed_comes_back(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..2000), 1..4)) {
            let members: Vec<u8> = parts.iter().flat_map(|part| gzip(part)).collect();
            prop_assert_eq!(inflated(&members, LIMIT), Ok(parts.concat()));
        }

        #[test]
        fn no_bytes_make_it_panic(data in prop::collection::vec(any::<u8>(), 0..200)) {
            let _result = inflated(&data, LIMIT);
            let _result = inflated(&[MAGIC, &data].concat(), LIMIT);
        }
    }
}
