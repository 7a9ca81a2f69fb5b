"""Certificates: a given one, or one that is made for this run."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import tempfile
from pathlib import Path

__all__ = ["TlsError", "given_certificate", "made_certificate"]

_DAYS = 30


class TlsError(Exception):
    """A certificate cannot be used; the text says why."""


def given_certificate(certificate: Path, key: Path) -> ssl.SSLContext:
    """A server's context.

    Args:
        certificate: in PEM, with its chain.
        key: its private key, in PEM.

    Raises:
        TlsError: they cannot be read, or do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2", "http/1.1"])
    for path in (certificate, key):
        if not path.is_file():
            raise TlsError(f"{path}: there is no such file")
    try:
        context.load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError) as error:
        raise TlsError(
            f"{certificate}, {key}: {error.strerror or error}; both have to be PEM, and of one pair"
        ) from error
    return context


def made_certificate(target: Path, host: str) -> ssl.SSLContext:
    """A server's context with a certificate that is made now.

    Args:
        target: where the certificate is written, for clients to trust.
        host: where the server listens; the certificate is for localhost, too.

    Raises:
        TlsError: the file cannot be written.
    """
    certificate, key = _made(host)
    try:
        target.write_bytes(certificate)
    except OSError as error:
        raise TlsError(f"{target}: it cannot be written: {error.strerror or error}") from error
    with tempfile.TemporaryDirectory() as folder:
        # ssl takes keys from files alone; this one is gone before the server listens.
        private = Path(folder) / "key.pem"
        private.touch(mode=0o600)
        private.write_bytes(key)
        return given_certificate(target, private)


def _made(host: str) -> tuple[bytes, bytes]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "xaiwire emulator")])
    now = datetime.datetime.now(datetime.UTC)
    names: list[x509.GeneralName] = [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.IPAddress(ipaddress.ip_address("::1")),
    ]
    try:
        names.append(x509.IPAddress(ipaddress.ip_address(host)))
    except ValueError:
        names.append(x509.DNSName(host))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName(list(dict.fromkeys(names))), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(private, hashes.SHA256())
    )
    key = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), key
