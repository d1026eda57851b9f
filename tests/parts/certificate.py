"""A certificate that nobody trusts by himself, as an authority of one's own would have it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """A certificate for ``localhost``, signed with its own key.

    Attributes:
        path: The file with the certificate.
        key: The file with its key.
    """

    path: Path
    key: Path

    @classmethod
    def made(cls, folder: Path) -> Certificate:
        """Make one that is valid today."""
        made = cls(folder / "localhost.pem", folder / "localhost.key")
        key = ec.generate_private_key(ec.SECP256R1())
        made.path.write_bytes(_signed(key).public_bytes(serialization.Encoding.PEM))
        form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        made.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
        return made

    @property
    def server(self) -> ssl.SSLContext:
        """What a server has that shows it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path, self.key)
        return context

    @property
    def trust(self) -> ssl.SSLContext:
        """What a client has that trusts it."""
        return ssl.create_default_context(cafile=str(self.path))


def _signed(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
