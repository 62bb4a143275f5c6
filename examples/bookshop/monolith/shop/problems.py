"""Errors as JSON: ``{"error": "what is wrong and what to do"}``."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError
from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException


def register(app: Flask) -> None:
    """Answer every error with JSON."""

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> tuple[Response, int, dict[str, str]]:
        code = error.code or 500
        return jsonify(error=error.description), code, {"Retry-After": "1"} if code == 503 else {}

    @app.errorhandler(BotoCoreError)
    @app.errorhandler(ClientError)
    def database_unavailable(error: Exception) -> tuple[Response, int, dict[str, str]]:
        app.logger.warning("The database did not answer: %s", error)
        answer = jsonify(error="The shop is busy; send the same request again in a moment.")
        return answer, 503, {"Retry-After": "1"}
