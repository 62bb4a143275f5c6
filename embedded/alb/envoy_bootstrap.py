"""What Envoy is started with and never changes while it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from embedded.alb.envoy_config import file_source
from embedded.alb.envoy_json import Json
from embedded.private_folders import FILE_MODE

LATENCY_BOUNDS_MS: Final = (
    *(1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200, 250, 300, 400, 500, 600, 800),
    *(1000, 1200, 1500, 2000, 2500, 3000, 4000, 5000, 6000, 8000, 10000, 15000, 20000, 30000, 60000),
)
"""Upper bounds of the latency buckets: close enough together that a quantile is off by a third at most."""


def bootstrap(*, admin_socket: Path, listener_file: Path, clusters_file: Path) -> Json:
    """The configuration for ``envoy -c``; the two files are discovery responses that change while it runs."""
    return {
        "node": {"id": "alb", "cluster": "alb"},
        # On a port every web page could send it a POST /quitquitquit.
        "admin": {"address": {"pipe": {"path": str(admin_socket), "mode": FILE_MODE}}},
        "stats_flush_on_admin": True,
        "stats_config": {
            "histogram_bucket_settings": [
                {"match": {"suffix": "upstream_rq_time"}, "buckets": [float(bound) for bound in LATENCY_BOUNDS_MS]}
            ]
        },
        "layered_runtime": {
            "layers": [
                # Five patterns of 128 characters are allowed in a rule; the default refuses long before that.
                {"name": "static", "static_layer": {"re2.max_program_size.error_level": 1_000_000}}
            ]
        },
        "dynamic_resources": {"cds_config": file_source(clusters_file), "lds_config": file_source(listener_file)},
    }
