"""All that has to be there before a container of a task starts: image, log stream, port, secrets and program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from embedded import images
from embedded.ecs.command import check_command_of, command_of
from embedded.ecs.container import Container, Prepared
from embedded.ecs.surroundings import Surroundings


class TaskFailed(Exception):
    """The task could not start; the text is its stopped reason."""


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """Prepares the containers of one task.

    Attributes:
        around: what all tasks share.
        task_id: last part of its ARN.
        address: of its network interface.
        overrides: of RunTask, by container.
    """

    around: Surroundings
    task_id: str
    address: str
    overrides: Mapping[str, Mapping[str, Any]]

    def prepare(self, container: Container, *, serves: bool) -> None:
        """Make a container ready to be started.

        Args:
            container: gets its port and all that its start needs.
            serves: whether it gets the address's own port, at which requests come.

        Raises:
            TaskFailed: its image or a secret is missing.
            ImageError: the image cannot be run.
            LogGroupMissing: its log group does not exist.
        """
        definition, around = container.definition, self.around
        reference = definition["image"]
        parsed = images.parse_ecr_reference(reference)
        if parsed is not None and not around.registry_has(*parsed):
            raise TaskFailed(f"CannotPullContainerError: {reference}: not found")
        runnable = images.resolve(around.state_dir, reference)
        options = definition.get("logConfiguration", {}).get("options", {})
        stream = around.logs.open_stream(options, container=container.name, task_id=self.task_id)
        mappings = definition.get("portMappings") or ()
        if serves or mappings:
            container.port = around.addresses.claim(self.address if serves else _place(self.address, container))
        command = command_of(
            definition,
            self.overrides.get(container.name, {}),
            runnable,
            port=container.port,
            base_environment=around.base_environment,
            secret=self._secret,
        )
        container.record.network_bindings = [_binding(mapping, container.port) for mapping in mappings]
        container.prepared = Prepared(
            command=command,
            directory=runnable.directory,
            on_line=stream.write,
            check=check_command_of(definition, command, runnable),
        )

    def release(self, container: Container) -> None:
        """Give back the port of a container, and the one of the address."""
        self.around.addresses.release(_place(self.address, container))
        self.around.addresses.release(self.address)

    def _secret(self, value_from: str) -> str:
        try:
            return self.around.secrets.read(value_from)
        except LookupError as problem:
            raise TaskFailed(str(problem)) from problem


def _place(address: str, container: Container) -> str:
    return f"{address}/{container.name}"


def _binding(mapping: Mapping[str, Any], port: int | None) -> dict[str, Any]:
    return {"bindIP": "127.0.0.1", "containerPort": mapping["containerPort"], "hostPort": port, "protocol": "tcp"}
