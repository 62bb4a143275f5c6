"""The daemon's side of port claims: websites follow their environment, and nobody takes another's port."""

from __future__ import annotations

import asyncio
import errno
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from embedded import port_claims
from embedded.alb.ports import PortInUseError
from embedded.environments import Environments
from embedded.port_claims import Ports

DEV = Ports(alb_port=8080, site_port=8081)
BLUE = Ports(alb_port=9080, site_port=9081)


@dataclass
class Machine:
    """Ports that programs hold, and everything that the environments under test do."""

    state_dir: Path
    busy: set[int] = field(default_factory=set)
    carried: set[tuple[str, int]] = field(default_factory=set)
    forgotten: list[tuple[str, Ports | None]] = field(default_factory=list)
    sites: dict[int, str] = field(default_factory=dict)

    def environments(self) -> Environments:
        return Environments(
            state_dir=self.state_dir,
            aws_port=4566,
            make_site=lambda env, port: MadeSite(self, env, port),
            balances=lambda env, port: (env, port) in self.carried,
            forget=lambda env, ports: self.forgotten.append((env, ports)),
            check_free=self.check_free,
        )

    def check_free(self, *, port: int, variable: str) -> None:
        if port in self.busy or port in self.sites:
            raise PortInUseError(errno.EADDRINUSE, f"Port {port} is in use by nc (process 7); set {variable}.")


@dataclass
class MadeSite:
    machine: Machine
    env: str
    port: int

    async def start(self) -> None:
        self.machine.sites[self.port] = self.env

    async def close(self) -> None:
        del self.machine.sites[self.port]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(state_dir=tmp_path)


async def started(machine: Machine) -> Environments:
    environments = machine.environments()
    await environments.start()
    return environments


def test_every_environment_has_a_website_of_its_own_also_after_a_restart(machine: Machine) -> None:
    async def play() -> None:
        environments = await started(machine)
        await environments.claim("dev", DEV)
        await environments.claim("blue", BLUE)
        assert machine.sites == {8081: "dev", 9081: "blue"}
        await environments.close()
        assert machine.sites == {}
        await started(machine)
        assert machine.sites == {8081: "dev", 9081: "blue"}

    asyncio.run(play())
    assert port_claims.read(machine.state_dir).aws_port == 4566


def test_another_environments_port_is_refused_and_nothing_changes(machine: Machine) -> None:
    async def play() -> None:
        environments = await started(machine)
        await environments.claim("dev", DEV)
        with pytest.raises(ValueError, match="ALB_PORT=8080 is taken by the load balancer of the environment dev"):
            await environments.claim("blue", Ports(alb_port=8080, site_port=9081))

    asyncio.run(play())
    assert machine.sites == {8081: "dev"}
    assert dict(port_claims.read(machine.state_dir).environments) == {"dev": DEV}


@pytest.mark.parametrize(("busy", "variable"), [(8080, "ALB_PORT"), (8081, "SITE_PORT")])
def test_another_programs_port_is_refused(busy: int, variable: str, machine: Machine) -> None:
    machine.busy.add(busy)

    async def play() -> None:
        with pytest.raises(ValueError, match=f"Port {busy} is in use by nc .* set {variable}"):
            await (await started(machine)).claim("dev", DEV)

    asyncio.run(play())
    assert dict(port_claims.read(machine.state_dir).environments) == {}


def test_the_port_that_the_own_load_balancer_carries_is_not_in_the_way(machine: Machine) -> None:
    machine.busy.add(8080)
    machine.carried.add(("dev", 8080))

    async def play() -> None:
        environments = await started(machine)
        await environments.claim("dev", DEV)
        await environments.claim("dev", DEV)

    asyncio.run(play())
    assert machine.sites == {8081: "dev"}


def test_an_environment_that_moves_leaves_its_old_ports_to_others(machine: Machine) -> None:
    async def play() -> None:
        environments = await started(machine)
        await environments.claim("dev", DEV)
        await environments.claim("dev", BLUE)
        await environments.claim("new", DEV)

    asyncio.run(play())
    assert machine.sites == {8081: "new", 9081: "dev"}


def test_a_released_environment_is_forgotten_and_no_other(machine: Machine) -> None:
    async def play() -> None:
        environments = await started(machine)
        await environments.claim("a", DEV)
        await environments.claim("a-b", BLUE)
        await environments.release("a")
        await environments.release("never-seen")

    asyncio.run(play())
    assert machine.sites == {9081: "a-b"}
    assert machine.forgotten == [("a", DEV), ("never-seen", None)]
    assert dict(port_claims.read(machine.state_dir).environments) == {"a-b": BLUE}


def test_a_port_that_was_taken_while_it_was_stopped_is_a_warning_until_a_claim_succeeds(machine: Machine) -> None:
    async def play() -> None:
        await (await started(machine)).claim("dev", DEV)
        machine.sites.clear()
        machine.busy.add(8081)
        environments = await started(machine)
        (warning,) = environments.warnings()
        assert warning.startswith("The website of dev is not served: Port 8081 is in use by nc")
        machine.busy.clear()
        await environments.claim("dev", DEV)
        assert environments.warnings() == ()

    asyncio.run(play())
