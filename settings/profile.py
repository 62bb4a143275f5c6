"""What an environment on AWS is for, and what follows from it: the settings PROFILE, DOMAIN and CERTIFICATE_ARN."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, cast

from modules.network.shapes import NatMode
from modules.network.zones import zones
from systems.facade_way import FacadeWay

ProfileName = Literal["dev", "production"]

DESCRIPTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "PROFILE": (
        "dev",
        "what the environment is for, AWS target only: `dev`, cheap, on Spot and gone with `make destroy`, or "
        "`production`: three zones with a NAT gateway each, HTTPS for `DOMAIN`, protection from deletion, alarms, logs "
        "for a year",
    ),
    "DOMAIN": (
        "",
        "host name by which the load balancer is called over HTTPS, AWS target only; `PROFILE=production` needs it",
    ),
    "CERTIFICATE_ARN": ("", "certificate for `DOMAIN`: its ARN in ACM, in `REGION`"),
}
"""Every variable that is read here, with its default and what it means."""

_DOMAIN: Final = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_CERTIFICATE: Final = re.compile(r"arn:aws[a-z-]*:acm:(?P<region>[a-z0-9-]+):\d{12}:certificate/[0-9a-f-]{36}")


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What an environment is made of besides its stage.

    Attributes:
        name: of the setting.
        zone_count: availability zones of the network.
        nat_mode: way out of its private subnets.
        is_protected: whether tables and load balancer refuse to be deleted until ``make destroy`` lifts that.
        log_days: how long lines of services are kept.
        has_alarms: whether services are watched where ALARMS says nothing.
        is_spot: whether tasks run on spare capacity, which costs a third and is taken back with two minutes' notice.
        domain: host name of the load balancer; empty: AWS's own name for it.
        certificate_arn: with which it speaks HTTPS; empty: it speaks HTTP.
        facade_way: how services reach the monolith's facade where FACADE does not say.
    """

    name: ProfileName
    zone_count: int
    nat_mode: NatMode
    is_protected: bool
    log_days: int
    has_alarms: bool
    is_spot: bool
    domain: str = ""
    certificate_arn: str = ""
    facade_way: FacadeWay = FacadeWay.PUBLIC


DEV: Final = Profile(
    name="dev", zone_count=2, nat_mode="single", is_protected=False, log_days=14, has_alarms=False, is_spot=True
)
PRODUCTION: Final = Profile(
    name="production",
    zone_count=3,
    nat_mode="per_az",
    is_protected=True,
    log_days=365,
    has_alarms=True,
    is_spot=False,
    facade_way=FacadeWay.INTERNAL,
)
LOCAL: Final = replace(DEV, is_spot=False)
"""Of the embedded AWS, which has no spare capacity to sell."""
PROFILES: Final[Mapping[str, Profile]] = {profile.name: profile for profile in (DEV, PRODUCTION)}


def read(
    value: Callable[[str], str],
    choice: Callable[[str, str, tuple[str, ...]], str],
    *,
    is_local: bool,
    region: str,
    site_hosting: str,
    problems: list[str],
) -> Profile:
    """Read the variables of DESCRIPTIONS.

    Args:
        value: text of a variable.
        choice: checks that a variable's text is one of some.
        is_local: whether nothing of this matters: the embedded AWS has one profile.
        region: value of REGION.
        site_hosting: value of SITE_HOSTING.
        problems: gets a line for each that is wrong.
    """
    name = cast(ProfileName, choice("PROFILE", value("PROFILE"), tuple(PROFILES)))
    domain, certificate = value("DOMAIN"), value("CERTIFICATE_ARN")
    if domain and not _DOMAIN.fullmatch(domain):
        problems.append(f"DOMAIN={domain} is not a host name in small letters; try DOMAIN=api.example.com.")
    match = _CERTIFICATE.fullmatch(certificate)
    if certificate and match is None:
        problems.append(
            f"CERTIFICATE_ARN={certificate} is not the ARN of a certificate of ACM; "
            f"aws acm list-certificates --region {region} lists them."
        )
    elif match is not None and match["region"] != region:
        problems.append(
            f"CERTIFICATE_ARN is a certificate in {match['region']}; the load balancer needs one of REGION={region}."
        )
    if bool(domain) != bool(certificate):
        lacking = "CERTIFICATE_ARN" if domain else "DOMAIN"
        problems.append(f"{lacking} is not set; DOMAIN and its CERTIFICATE_ARN go together, so set both or neither.")
    profile = PROFILES.get(name, DEV)
    if profile is PRODUCTION and not is_local:
        problems += _lacking_in_production(domain, certificate, region, site_hosting)
    return replace(profile, domain=domain, certificate_arn=certificate)


def _lacking_in_production(domain: str, certificate: str, region: str, site_hosting: str) -> list[str]:
    problems = []
    if not domain and not certificate:
        problems.append(
            "PROFILE=production speaks HTTPS; set DOMAIN, its host name, and CERTIFICATE_ARN, a certificate for it."
        )
    if site_hosting == "s3-website":
        problems.append("SITE_HOSTING=s3-website speaks HTTP; PROFILE=production needs SITE_HOSTING=cloudfront.")
    found = len(zones(region, PRODUCTION.zone_count))
    if found < PRODUCTION.zone_count:
        problems.append(
            f"PROFILE=production needs {PRODUCTION.zone_count} zones, and an account has {found} in REGION={region}; "
            "try another region."
        )
    return problems
