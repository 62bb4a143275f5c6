"""The daemon's side of port claims: websites follow their environment, and nobody takes another's port."""

from __future__ import annotations

import asyncio
import errno
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from embedded import port_claims
from embedded.alb.ports import PortInUseError
from embedded.environments import Environments
from embedded.port_claims import Claims, Environment

DEV = Environment(alb_port=8080, site_port=8081, load_balancer="shop-dev", site_bucket="dev-site", tables=("t",))
BLUE = Environment(alb_port=9080, site_port=9081, load_balancer="shop-blue", site_bucket="blue-site")


@dataclass
class Machine:
    """Ports that programs hold, and everything that the environments under test do."""

    state_dir: Path
    busy: set[int] = field(default_factory=set)
    in_service: set[tuple[str, int]] = field(default_factory=set)
    forgotten: list[Environment] = field(default_factory=list)
    sites: dict[int, str] = field(default_factory=dict)

    def environments(self) -> Environments:
        return Environments(
            state_dir=self.state_dir,
            aws_port=4566,
            region="us-east-1",
            make_site=lambda environment: MadeSite(self, environment),
            balances=lambda environment, port: (environment.load_balancer, port) in self.in_service,
            forget=self.forgotten.append,
            check_free=self.check_free,
        )

    def check_free(self, *, port: int, variable: str) -> None:
        if port in self.busy or port in self.sites:
            raise PortInUseError(errno.EADDRINUSE, f"Port {port} is in use by nc (process 7); set {variable}.")


@dataclass
class MadeSite:
    machine: Machine
    environment: Environment

    async def start(self) -> None:
        self.machine.sites[self.environment.site_port] = self.environment.site_bucket

    async def close(self) -> None:
        del self.machine.sites[self.environment.site_port]


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
        await environments.register("shop-dev", DEV)
        await environments.register("shop-blue", BLUE)
        assert machine.sites == {8081: "dev-site", 9081: "blue-site"}
        await environments.close()
        assert machine.sites == {}
        await started(machine)
        assert machine.sites == {8081: "dev-site", 9081: "blue-site"}

    asyncio.run(play())
    assert port_claims.read(machine.state_dir).aws_port == 4566


def test_another_environments_port_is_refused_and_nothing_changes(machine: Machine) -> None:
    async def play() -> None:
        environments = await started(machine)
        await environments.register("shop-dev", DEV)
        with pytest.raises(ValueError, match="ALB_PORT=8080 is taken by the load balancer of the environment shop-dev"):
            await environments.register("shop-blue", replace(BLUE, alb_port=8080))

    asyncio.run(play())
    assert machine.sites == {8081: "dev-site"}
    assert dict(port_claims.read(machine.state_dir).environments) == {"shop-dev": DEV}


@pytest.mark.parametrize(("busy", "variable"), [(8080, "ALB_PORT"), (8081, "SITE_PORT")])
def test_another_programs_port_is_refused(busy: int, variable: str, machine: Machine) -> None:
    machine.busy.add(busy)

    async def play() -> None:
        with pytest.raises(ValueError, match=f"Port {busy} is in use by nc .* set {variable}"):
            await (await started(machine)).register("shop-dev", DEV)

    asyncio.run(play())
    assert dict(port_claims.read(machine.state_dir).environments) == {}


def test_the_port_that_the_own_load_balancer_carries_is_not_in_the_way(machine: Machine) -> None:
    machine.busy.add(8080)
    machine.in_service.add(("shop-dev", 8080))

    async def play() -> None:
        environments = await started(machine)
        await environments.register("shop-dev", DEV)
        await environments.register("shop-dev", DEV)

    asyncio.run(play())
    assert machine.sites == {8081: "dev-site"}


def test_the_port_of_an_internal_load_balancer_is_looked_at_too(machine: Machine) -> None:
    machine.busy.add(8082)
    inside = replace(DEV, internal_port=8082, internal_load_balancer="shop-dev-internal")

    async def play() -> None:
        environments = await started(machine)
        with pytest.raises(ValueError, match=r"Port 8082 is in use by nc .* set INTERNAL_PORT"):
            await environments.register("shop-dev", inside)
        machine.in_service.add(("shop-dev", 8082))
        await environments.register("shop-dev", inside)
        assert environments.variable_of(8082) == "INTERNAL_PORT"

    asyncio.run(play())


def test_an_environment_that_moves_leaves_its_old_ports_to_others(machine: Machine) -> None:
    async def play() -> None:
        environments = await started(machine)
        await environments.register("shop-dev", DEV)
        await environments.register("shop-dev", BLUE)
        await environments.register("shop-new", DEV)

    asyncio.run(play())
    assert machine.sites == {8081: "dev-site", 9081: "blue-site"}


def test_a_released_environment_is_forgotten_and_no_other(machine: Machine) -> None:
    async def play() -> None:
        environments = await started(machine)
        await environments.register("shop-a", DEV)
        await environments.register("shop-a-b", BLUE)
        await environments.release("shop-a")
        await environments.release("never-seen")

    asyncio.run(play())
    assert machine.sites == {9081: "blue-site"}
    assert machine.forgotten == [DEV]
    assert dict(port_claims.read(machine.state_dir).environments) == {"shop-a-b": BLUE}


def test_a_port_that_was_taken_while_it_was_stopped_is_a_warning_until_a_claim_succeeds(machine: Machine) -> None:
    async def play() -> None:
        await (await started(machine)).register("shop-dev", DEV)
        machine.sites.clear()
        machine.busy.add(8081)
        environments = await started(machine)
        (warning,) = environments.warnings()
        assert warning.startswith("The website of shop-dev is not served: Port 8081 is in use by nc")
        machine.busy.clear()
        await environments.register("shop-dev", DEV)
        assert environments.warnings() == ()

    asyncio.run(play())


def test_an_environment_of_an_earlier_version_keeps_its_ports_and_is_served_when_it_is_registered(
    machine: Machine,
) -> None:
    earlier = Environment(alb_port=DEV.alb_port, site_port=DEV.site_port)
    port_claims.write(machine.state_dir, Claims(aws_port=4566, environments={"dev": earlier}))

    async def play() -> None:
        environments = await started(machine)
        assert machine.sites == {}
        assert environments.warnings() == ("The website of dev is not served until its next make deploy.",)
        with pytest.raises(ValueError, match="taken by the load balancer of the environment dev;"):
            await environments.register("shop-blue", replace(BLUE, alb_port=8080))
        await environments.register("shop-dev", DEV)
        assert environments.warnings() == ()

    asyncio.run(play())
    assert machine.sites == {8081: "dev-site"}
    assert dict(port_claims.read(machine.state_dir).environments) == {"shop-dev": DEV}


def test_another_bucket_on_the_same_port_is_served_from_then_on(machine: Machine) -> None:
    async def play() -> None:
        environments = await started(machine)
        await environments.register("shop-dev", DEV)
        await environments.register("shop-dev", replace(DEV, site_bucket="other-site"))

    asyncio.run(play())
    assert machine.sites == {8081: "other-site"}


def test_whose_load_balancer_a_port_is_can_be_asked(machine: Machine) -> None:
    async def play() -> None:
        environments = await started(machine)
        await environments.register("shop-dev", DEV)
        assert environments.variable_of(8080) == "ALB_PORT"
        assert environments.variable_of(8081) is None

    asyncio.run(play())


@pytest.mark.parametrize(
    "document", [None, {"name": "shop-dev"}, {"name": "shop-dev", "environment": {"alb_port": 1}}, {"environment": {}}]
)
def test_a_registration_that_lacks_something_is_refused_with_an_example(document: object, machine: Machine) -> None:
    async def play() -> None:
        environments = await started(machine)
        with pytest.raises(ValueError, match=r'register an environment with {"name": "shop-dev"'):
            await environments._put(document)

    asyncio.run(play())
    assert machine.sites == {}
