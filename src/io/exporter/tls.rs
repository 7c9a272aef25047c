//! Certificates of a destination: whom to trust, and what to show.

use std::fs;
use std::path::Path;

use reqwest::{Certificate, ClientBuilder, Identity};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::Error;
use crate::config::Destination;

/// Adds the certificates. Without a file of authorities, those of the system are trusted.
pub(super) fn configure(mut builder: ClientBuilder, destination: &Destination) -> Result<ClientBuilder, Error> {
    let tls = &destination.tls;
    if let Some(path) = &tls.ca_file {
        builder = builder.tls_certs_only(authorities(destination, path)?);
    }
    let half = |given, missing| Error::HalfIdentity { destination: destination.name.clone(), given, missing };
    match (&tls.client_certificate_file, &tls.client_key_file) {
        (Some(certificate), Some(key)) => Ok(builder.identity(identity(destination, certificate, key)?)),
        (Some(_), None) => Err(half("tls.client_certificate_file", "tls.client_key_file")),
        (None, Some(_)) => Err(half("tls.client_key_file", "tls.client_certificate_file")),
        (None, None) => Ok(builder),
    }
}

fn authorities(destination: &Destination, path: &Path) -> Result<Vec<Certificate>, Error> {
    let pem = read(destination, path)?;
    let found = certificates(destination, path, &pem)?;
    let usable = found.iter().map(|certificate| Certificate::from_der(certificate));
    usable.collect::<Result<_, _>>().map_err(|error| refuse(destination, path, error.to_string()))
}

fn identity(destination: &Destination, certificate: &Path, key: &Path) -> Result<Identity, Error> {
    let mut pem = read(destination, certificate)?;
    let _ = certificates(destination, certificate, &pem)?;
    let key_pem = read(destination, key)?;
    if let Err(error) = PrivateKeyDer::from_pem_slice(&key_pem) {
        return Err(refuse(
            destination,
            key,
            format!("no private key in PEM form, or one with a passphrase ({error})"),
        ));
    }
    pem.push(b'\n');
    pem.extend_from_slice(&key_pem);
    Identity::from_pem(&pem).map_err(|error| refuse(destination, certificate, error.to_string()))
}

fn certificates(destination: &Destination, path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(certificates) if certificates.is_empty() => {
            Err(refuse(destination, path, "no certificate in PEM form".into()))
        }
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(refuse(destination, path, format!("no certificates in PEM form ({error})"))),
    }
}

fn read(destination: &Destination, path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|error| refuse(destination, path, error.to_string()))
}

fn refuse(destination: &Destination, path: &Path, reason: String) -> Error {
    Error::Certificate { destination: destination.name.clone(), path: path.into(), reason }
}
