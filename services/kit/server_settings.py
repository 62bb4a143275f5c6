"""What every service process is told about serving."""

from __future__ import annotations

from dataclasses import dataclass

from services.kit.environment import EnvironmentReader
from services.kit.shadow_calls import ShadowSettings

_ORIGIN = r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?"


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """Where and how to serve.

    Attributes:
        host: address to listen on.
        port: TCP port; 0 takes any free one, which the "Serving." log line names.
        site_origins: the website's origins, the only ones that CORS lets in; empty for none.
        shutdown_grace_seconds: how long to go on serving after SIGTERM, so that the load balancer notices first.
        shadow: which requests go to the new side too; None for none.
    """

    host: str = "0.0.0.0"  # noqa: S104 # nosec B104 - a container serves on its own network interface
    port: int = 80
    site_origins: tuple[str, ...] = ()
    shutdown_grace_seconds: float = 1.0
    shadow: ShadowSettings | None = None

    @classmethod
    def read(cls, reader: EnvironmentReader) -> ServerSettings:
        """Read HOST, PORT, SITE_ORIGIN, SHUTDOWN_GRACE_SECONDS and what ShadowSettings reads; problems stay there."""
        return cls(
            host=reader.text("HOST", pattern=r"[0-9A-Za-z.:-]+", means="an address to listen on", default=cls.host),
            port=int(reader.number("PORT", default=cls.port, lowest=0, highest=65535, unit="a TCP port")),
            site_origins=reader.texts(
                "SITE_ORIGIN",
                pattern=_ORIGIN,
                means="origins such as http://127.0.0.1:8081 without a path, separated by commas",
            ),
            # 10 s leave the requests in flight their time within ECS's stopTimeout of 30 s.
            shutdown_grace_seconds=reader.number(
                "SHUTDOWN_GRACE_SECONDS", default=cls.shutdown_grace_seconds, lowest=0, highest=10, unit="seconds"
            ),
            shadow=ShadowSettings.read(reader),
        )
