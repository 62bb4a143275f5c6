"""A stand-in for AWS that answers for one environment and some services, and for nothing else."""

from __future__ import annotations

import pytest

from cli import aws
from settings.settings import Settings


def serve(patch: pytest.MonkeyPatch, settings: Settings, api: object, *services: str) -> None:
    """Let ``cli.aws.client`` bring ``api`` for these ``services`` of ``settings``; other questions fail the test."""

    def client(asked: Settings, service: str) -> object:
        assert asked == settings
        assert service in services
        return api

    patch.setattr(aws, "client", client)
