"""What is taken and works on AWS only is told."""

from __future__ import annotations

from types import SimpleNamespace

from embedded.ecs import unsupported


def test_a_service_that_asks_for_nothing_of_it_has_no_remarks() -> None:
    plain = SimpleNamespace(availability_zone_rebalancing="DISABLED", enable_execute_command=False)
    assert unsupported.of_service(plain) == ()
    assert unsupported.of_service(SimpleNamespace(capacity_provider_strategy=[{"capacityProvider": "FARGATE"}])) == ()


def test_spot_commands_and_zones_are_told() -> None:
    record = SimpleNamespace(
        capacity_provider_strategy=[{"capacityProvider": "FARGATE_SPOT"}],
        enable_execute_command=True,
        availability_zone_rebalancing="ENABLED",
    )
    spot, commands, zones = unsupported.of_service(record)
    assert "FARGATE_SPOT" in spot
    assert "ExecuteCommand" in commands
    assert "zones" in zones


def test_architecture_disk_and_user_are_told() -> None:
    plain = SimpleNamespace(container_definitions=[{"name": "web"}])
    assert unsupported.of_definition(plain, machine="x86_64") == ()
    definition = SimpleNamespace(
        runtime_platform={"cpuArchitecture": "ARM64"},
        ephemeral_storage={"sizeInGiB": 40},
        container_definitions=[{"name": "web", "user": "1000"}, {"name": "agent"}],
    )
    architecture, disk, user = unsupported.of_definition(definition, machine="x86_64")
    assert architecture == "images for ARM64 run as X86_64, which this machine is"
    assert "ephemeralStorage" in disk
    assert user.startswith("user of web is")
    assert len(unsupported.of_definition(definition, machine="aarch64")) == 2
