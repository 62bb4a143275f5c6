"""How every service is checked, drained and stopped, equal on both targets.

The times hang together: a task leaves the load balancer, serves what is open for DRAIN_SECONDS, then gets SIGTERM and
has STOP_TIMEOUT_SECONDS to finish. Connections between load balancer and task must outlive the load balancer's idle
timeout on the task's side.
"""

from __future__ import annotations

from typing import Final

from modules.fargate_service.shapes import Rollout

ROLLOUT: Final = Rollout(
    health_check_path="/",
    health_check_interval_seconds=5,
    health_check_timeout_seconds=2,
    healthy_threshold=2,
    unhealthy_threshold=2,
    health_check_grace_period_seconds=30,
    drain_seconds=5,
    stop_timeout_seconds=30,
)

ALB_IDLE_TIMEOUT_SECONDS: Final = 60
