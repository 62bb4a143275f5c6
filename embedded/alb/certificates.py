"""Certificates of HTTPS listeners: those that were imported, and an own authority's in place of those that ACM issues.

No public authority signs for this machine. Whoever calls such a listener trusts the authority's certificate, as in
``curl --cacert .local/authority/certificate.pem``. Its key stays in the state folder, where only this user reads it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import trustme

from embedded.alb.tls import Certificate
from embedded.alb.unsupported import Unsupported
from embedded.private_folders import make_private, replace_private

FOLDER: Final = "authority"
"""In the state folder."""
CERTIFICATE_FILE: Final = "certificate.pem"
_KEY_FILE: Final = "key.pem"

_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
"""Names by which a listener can be called here, whatever its certificate is for."""

CertificateOf = Callable[[str], Certificate]
"""The certificate with this ARN; raises ``Unsupported``."""


class LocalAuthority:
    """Signs certificates; made once for each state folder, so that who trusts it need not do so again."""

    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir / FOLDER
        self._issued = lru_cache(maxsize=128)(self._issue)

    def issue(self, names: tuple[str, ...]) -> Certificate:
        """A certificate for these host names, and for loopback; the same one each time, until the process ends."""
        return self._issued(tuple(dict.fromkeys((*names, *_LOOPBACK))))

    def _issue(self, names: tuple[str, ...]) -> Certificate:
        leaf = self._authority().issue_cert(*names, common_name=names[0])
        chain = "".join(each.bytes().decode() for each in leaf.cert_chain_pems)
        return Certificate(chain=chain, private_key=leaf.private_key_pem.bytes().decode())

    def _authority(self) -> trustme.CA:
        certificate, key = self._folder / CERTIFICATE_FILE, self._folder / _KEY_FILE
        if certificate.is_file() and key.is_file():
            return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
        made = trustme.CA(organization_name="Embedded AWS", organization_unit_name="trust it on this machine only")
        make_private(self._folder)
        replace_private(key, made.private_key_pem.bytes())
        replace_private(certificate, made.cert_pem.bytes())
        return made


class AcmCertificates:
    """Reads moto's ACM. Called with an ARN, it is a ``CertificateOf``."""

    def __init__(self, acm: Callable[[], Any], authority: LocalAuthority) -> None:
        self._acm = acm
        self._authority = authority

    def __call__(self, arn: str) -> Certificate:
        """The certificate itself where it was imported; one of ours for the same names where ACM is to issue it."""
        if ":acm:" not in arn:
            raise Unsupported(f"The embedded load balancer takes certificates of ACM only, not {arn}.")
        try:
            bundle = self._acm().get_certificate(arn)
        except Exception as error:
            raise Unsupported(f"There is no certificate {arn}.") from error
        if bundle.type == "IMPORTED":
            chain = "\n".join(part.decode().strip() for part in (bundle.cert, _own_chain(bundle.chain)) if part)
            return Certificate(chain=f"{chain}\n", private_key=bundle.key.decode())
        return self._authority.issue((str(bundle.common_name), *bundle.sans))


def _own_chain(chain: bytes) -> bytes:
    """moto puts AWS's root below every chain, which nobody asks a listener for."""
    end = b"-----END CERTIFICATE-----"
    certificates = [part + end for part in chain.split(end)[:-1]]
    return b"".join(certificates[:-1])
