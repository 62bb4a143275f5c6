"""Certificates that were imported are shown as they are; for those that ACM would issue, one authority signs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from embedded.alb.certificates import CERTIFICATE_FILE, FOLDER, AcmCertificates, LocalAuthority
from embedded.alb.tls import Certificate
from embedded.alb.unsupported import Unsupported

ARN = "arn:aws:acm:us-east-1:000000000000:certificate/1"


def names_of(certificate: Certificate) -> list[str]:
    (leaf,) = x509.load_pem_x509_certificates(certificate.chain.encode())
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in names]


def authority_of(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / FOLDER / CERTIFICATE_FILE).read_bytes())


def is_signed_by(certificate: Certificate, authority: x509.Certificate) -> bool:
    (leaf,) = x509.load_pem_x509_certificates(certificate.chain.encode())
    try:
        leaf.verify_directly_issued_by(authority)
    except Exception:
        return False
    return True


def test_a_certificate_is_for_its_names_and_for_loopback_each_once(tmp_path: Path) -> None:
    made = LocalAuthority(tmp_path).issue(("shop.example", "localhost", "*.shop.example"))
    assert names_of(made) == ["shop.example", "localhost", "*.shop.example", "127.0.0.1", "::1"]
    (leaf,) = x509.load_pem_x509_certificates(made.chain.encode())
    (common_name,) = leaf.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    assert common_name.value == "shop.example"
    told = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    private = load_pem_private_key(made.private_key.encode(), password=None)
    assert private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == told


def test_a_certificate_is_made_once_for_its_names(tmp_path: Path) -> None:
    authority = LocalAuthority(tmp_path)
    assert authority.issue(("a.example",)) is authority.issue(("a.example",))
    assert authority.issue(("a.example",)) != authority.issue(("b.example",))


def test_the_authority_outlives_the_process_and_is_private(tmp_path: Path) -> None:
    first = LocalAuthority(tmp_path).issue(("a.example",))
    trusted = authority_of(tmp_path)
    assert is_signed_by(first, trusted)
    assert is_signed_by(LocalAuthority(tmp_path).issue(("b.example",)), trusted)
    (organisation,) = trusted.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)
    assert organisation.value == "Embedded AWS"
    folder = tmp_path / FOLDER
    assert [path.stat().st_mode & 0o777 for path in (folder, *sorted(folder.iterdir()))] == [0o700, 0o600, 0o600]


@pytest.mark.parametrize("lost", [CERTIFICATE_FILE, "key.pem"])
def test_an_authority_of_which_half_is_lost_is_made_anew(tmp_path: Path, lost: str) -> None:
    LocalAuthority(tmp_path).issue(("a.example",))
    (tmp_path / FOLDER / lost).unlink()
    made = LocalAuthority(tmp_path).issue(("a.example",))
    assert is_signed_by(made, authority_of(tmp_path))


class Acm:
    """moto's ACM with one certificate."""

    def __init__(self, **bundle: Any) -> None:
        self._bundle = SimpleNamespace(**bundle)

    def get_certificate(self, arn: str) -> Any:
        if arn != ARN:
            raise LookupError(arn)
        return self._bundle


def pem(text: str) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----"


def read(acm: Acm, folder: Path, arn: str = ARN) -> Certificate:
    return AcmCertificates(lambda: acm, LocalAuthority(folder))(arn)


@pytest.mark.parametrize("between", [(), ("middle",), ("second", "first")])
def test_an_imported_certificate_is_shown_with_its_chain_but_not_with_the_root(
    tmp_path: Path, between: tuple[str, ...]
) -> None:
    chain = "\n".join([*map(pem, between), pem("root of AWS")])
    found = read(Acm(type="IMPORTED", cert=pem("leaf").encode(), chain=chain.encode(), key=b"the key"), tmp_path)
    assert found.chain == "\n".join(map(pem, ("leaf", *between))) + "\n"
    assert found.private_key == "the key"
    assert not (tmp_path / FOLDER).exists()


def test_a_certificate_that_acm_issues_is_signed_here_for_its_names(tmp_path: Path) -> None:
    acm = Acm(type="AMAZON_ISSUED", common_name="shop.example", sans=["*.shop.example"])
    found = read(acm, tmp_path)
    assert names_of(found)[:2] == ["shop.example", "*.shop.example"]
    assert is_signed_by(found, authority_of(tmp_path))


@pytest.mark.parametrize(
    ("arn", "reason"),
    [
        ("arn:aws:iam::000000000000:server-certificate/own", "takes certificates of ACM only, not arn:aws:iam"),
        (f"{ARN}0", f"There is no certificate {ARN}0."),
    ],
)
def test_a_certificate_that_cannot_be_had_is_told(tmp_path: Path, arn: str, reason: str) -> None:
    with pytest.raises(Unsupported, match=reason):
        read(Acm(type="IMPORTED", cert=b"", chain=b"", key=b""), tmp_path, arn)
