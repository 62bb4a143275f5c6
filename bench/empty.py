"""The ceiling: a handler that does nothing, in the framework and on the server that our services use.

``python -m bench.empty``; HOST and PORT as for every service.
"""

from __future__ import annotations

import os
from typing import cast

from quart import Quart, Response

from services.kit.asgi import AsgiApp
from services.kit.environment import EnvironmentReader
from services.kit.lifecycle import Lifecycle
from services.kit.server import serve
from services.kit.server_settings import ServerSettings


def create_app() -> Quart:
    """An application whose like is a constant, with none of the layers of our services around it."""
    app = Quart("empty", static_folder=None)

    @app.get("/")
    async def health() -> Response:
        return Response("{}", content_type="application/json")

    @app.post("/mysfits/<mysfit_id>/like")
    async def like(mysfit_id: str) -> Response:  # noqa: ARG001 - a route must name what it takes
        return Response('{"Update":"Success"}', content_type="application/json")

    return app


def main() -> None:
    """Serve until the process is stopped."""
    reader = EnvironmentReader(os.environ)
    settings = ServerSettings.read(reader)
    reader.finish()
    serve(cast(AsgiApp, create_app()), settings=settings, lifecycle=Lifecycle())


if __name__ == "__main__":
    main()
