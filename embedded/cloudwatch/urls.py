"""Where CloudWatch is served; moto looks for it beside the module of a backend's class."""

from moto.cloudwatch.urls import url_bases, url_paths

__all__ = ["url_bases", "url_paths"]
