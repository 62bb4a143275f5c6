"""PROFILE, DOMAIN and CERTIFICATE_ARN: what production asks for, and what they mean for the stack."""

from __future__ import annotations

import pytest

from settings.profile import DEV, LOCAL, PRODUCTION
from settings.settings import Settings, SettingsError

CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
PLACE = {"TARGET": "aws", "REGION": "eu-central-1"}
HTTPS = {"DOMAIN": "api.example.com", "CERTIFICATE_ARN": CERTIFICATE}


def problems(**environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(environ)
    return caught.value.problems


def test_an_environment_is_for_development_unless_somebody_says_otherwise() -> None:
    assert Settings.from_environ(PLACE).profile_here == DEV
    assert DEV.is_spot
    assert not LOCAL.is_spot
    assert Settings.from_environ(PLACE).listener_port == 80


def test_production_stands_in_three_zones_over_https() -> None:
    settings = Settings.from_environ({**PLACE, **HTTPS, "PROFILE": "production"})
    found = settings.profile_here
    assert (found.zone_count, found.nat_mode, found.is_protected, found.log_days) == (3, "per_az", True, 365)
    assert not found.is_spot
    assert (found.domain, found.certificate_arn, settings.listener_port) == ("api.example.com", CERTIFICATE, 443)


def test_development_may_speak_https_too() -> None:
    settings = Settings.from_environ({**PLACE, **HTTPS})
    assert (settings.listener_port, settings.profile_here.nat_mode) == (443, "single")


def test_the_embedded_aws_is_the_same_in_every_profile() -> None:
    settings = Settings.from_environ({"PROFILE": "production", **HTTPS, "REGION": "eu-central-1"})
    assert settings.profile.name == PRODUCTION.name, "make cost estimates it"
    assert settings.profile_here == LOCAL
    assert settings.listener_port == settings.alb_port


def test_what_costs_are_asked_of_needs_no_domain_yet() -> None:
    assert Settings.from_environ({"PROFILE": "production"}).profile == PRODUCTION


@pytest.mark.parametrize(
    ("environ", "what"),
    [
        ({"PROFILE": "prod"}, "did you mean PROFILE=production?"),
        ({"PROFILE": "production"}, "set DOMAIN, its host name, and CERTIFICATE_ARN, a certificate for it."),
        ({"PROFILE": "production", **HTTPS, "SITE_HOSTING": "s3-website"}, "needs SITE_HOSTING=cloudfront."),
        ({"DOMAIN": "api.example.com"}, "CERTIFICATE_ARN is not set"),
        ({"CERTIFICATE_ARN": CERTIFICATE}, "DOMAIN is not set"),
        ({**HTTPS, "DOMAIN": "https://api.example.com"}, "try DOMAIN=api.example.com."),
        ({**HTTPS, "DOMAIN": "localhost"}, "try DOMAIN=api.example.com."),
        ({**HTTPS, "CERTIFICATE_ARN": "mine"}, "is not the ARN of a certificate of ACM"),
        (
            {**HTTPS, "CERTIFICATE_ARN": CERTIFICATE.replace("eu-central-1", "us-east-1")},
            "needs one of REGION=eu-central-1.",
        ),
    ],
)
def test_what_does_not_go_together_is_told_in_one_line(environ: dict[str, str], what: str) -> None:
    (problem,) = problems(**PLACE, **environ)
    assert what in problem


def test_a_region_with_two_zones_is_none_for_production() -> None:
    (problem,) = problems(
        TARGET="aws",
        REGION="us-west-1",
        PROFILE="production",
        DOMAIN="api.example.com",
        CERTIFICATE_ARN=CERTIFICATE.replace("eu-central-1", "us-west-1"),
    )
    assert "needs 3 zones, and an account has 2 in REGION=us-west-1" in problem
