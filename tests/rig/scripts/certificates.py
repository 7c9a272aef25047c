#!/usr/bin/env python3
"""Makes certificates for tests of TLS, valid for a day, in the folder --out.

ca.pem signs server (127.0.0.1 and localhost), elsewhere (elsewhere.example) and client; other-ca.pem signs nothing that
is used. Each has a key beside it: server.pem and server.key.
"""

import argparse
import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.datetime.now(datetime.timezone.utc)


def write(folder, name, certificate, key):
    (folder / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


def make(folder, name, issuer, names, usage):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer_name, issuer_key = issuer if issuer else (subject, key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - datetime.timedelta(hours=1))
        .not_valid_after(NOW + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    certificate = builder.sign(issuer_key, hashes.SHA256())
    write(folder, name, certificate, key)
    return subject, key


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    folder = parser.parse_args().out
    authority = make(folder, "ca", None, [], None)
    make(folder, "other-ca", None, [], None)
    loopback = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
    make(folder, "server", authority, loopback, ExtendedKeyUsageOID.SERVER_AUTH)
    make(folder, "elsewhere", authority, [x509.DNSName("elsewhere.example")], ExtendedKeyUsageOID.SERVER_AUTH)
    make(folder, "client", authority, [x509.DNSName("fanin")], ExtendedKeyUsageOID.CLIENT_AUTH)


if __name__ == "__main__":
    main()
