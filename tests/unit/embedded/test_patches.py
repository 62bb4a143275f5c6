"""What is replaced of moto is named here, and a moto that is not as a replacement was written for is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from moto.core.base_backend import BackendDict, BaseBackend

from embedded import patches
from embedded.patches import PatchError
from embedded.registration import register
from embedded.settings import ROOT

INSTALL = """
import threading
from types import SimpleNamespace
from embedded import moto_setup, patches
from embedded.dynamodb.units import NoDisk
from embedded.ecs.capacity import Capacity
from moto.backends import get_backend
room = Capacity(max_tasks=5)
moto_setup.install(disk=NoDisk(), targets=SimpleNamespace(), lock=threading.RLock(), capacity=room)
print("\\n".join(patches.places()))
for service in ("dynamodb", "ec2", "ecs", "elbv2"):
    backend = get_backend(service)["000000000000"]["us-east-1"]
    print(type(backend).__name__, len(backend.flask_paths))
"""

SERVE = """
import sys
from pathlib import Path
from moto import settings
from embedded import credentials, patches
from embedded.aws_api import AwsApi
from embedded.settings import EmbeddedSettings
AwsApi(EmbeddedSettings(state_dir=Path(sys.argv[1]), aws_port=1, region="us-east-1"), credentials=credentials.make())
print("\\n".join(patches.places()))
print(settings.DISABLE_GLOBAL_CORS, settings.ACM_VALIDATION_WAIT)
"""

SINGLE = {
    "moto.applicationautoscaling.responses.ApplicationAutoScalingResponse.describe_scaling_activities",
    "moto.applicationautoscaling.responses.ApplicationAutoScalingResponse.describe_scaling_policies",
    "moto.applicationautoscaling.responses.ApplicationAutoScalingResponse.list_tags_for_resource",
    "moto.applicationautoscaling.responses.ApplicationAutoScalingResponse.register_scalable_target",
    "moto.applicationautoscaling.responses.ApplicationAutoScalingResponse.tag_resource",
    "moto.applicationautoscaling.responses.ApplicationAutoScalingResponse.untag_resource",
    "moto.backends.list_of_moto_modules",
    "moto.cloudwatch.responses.CloudWatchResponse.get_metric_statistics",
    "moto.core.common_models.BaseModel.__new__",
    "moto.core.serialize.BaseJSONSerializer._serialize_type_structure",
    "moto.dynamodb.comparisons.ConditionExpressionParser.parse",
    "moto.dynamodb.models.table.Table.__deepcopy__",
    "moto.dynamodb.models.table.Table.all_items",
    "moto.dynamodb.models.table.Table.delete_item",
    "moto.dynamodb.models.table.Table.put_item",
    "moto.dynamodb.models.table.Table.query",
    "moto.ec2.models.security_groups.SecurityGroupRule.__init__",
    "moto.ec2.models.security_groups.SecurityGroupRule.description",
    "moto.ec2.models.subnets.Subnet.ipv6_cidr_block_association_set",
    "moto.ecs.models.random_private_ip",
    "moto.ecs.responses.EC2ContainerServiceResponse.create_service",
    "moto.ecs.responses.EC2ContainerServiceResponse.describe_services",
    "moto.ecs.responses.EC2ContainerServiceResponse.run_task",
    "moto.ecs.responses.EC2ContainerServiceResponse.list_service_deployments",
    "moto.ecs.responses.EC2ContainerServiceResponse.describe_service_deployments",
    "moto.servicequotas.responses.ServiceQuotasResponse.get_aws_default_service_quota",
    "moto.servicequotas.responses.ServiceQuotasResponse.list_service_quotas",
    "moto.wafv2.models.WAFV2Backend.associate_web_acl",
}
EVERY_CHANGE = "moto.elbv2.responses.ELBV2Response."
EVERY_OPERATION = "moto.dynamodb.responses.DynamoHandler."


class Owner:
    @property
    def size(self) -> int:
        return 1

    def look(self, name: str) -> str:
        return name


@pytest.fixture(scope="module")
def installed() -> list[str]:
    """What a process prints that installs everything: the places, then the classes of the four backends."""
    answer = subprocess.run([sys.executable, "-c", INSTALL], cwd=ROOT, capture_output=True, text=True, check=True)
    return answer.stdout.splitlines()


def test_these_places_of_moto_are_replaced_and_no_others(installed: list[str]) -> None:
    places = installed[:-4]
    assert len(places) == len(set(places)), "nothing is replaced twice"
    changes = {place for place in places if place.startswith(EVERY_CHANGE)}
    operations = {place for place in places if place.startswith(EVERY_OPERATION)}
    assert set(places) - changes - operations == SINGLE
    first_words = {place.removeprefix(EVERY_CHANGE).partition("_")[0] for place in changes}
    assert first_words == {"create", "modify", "delete", "set", "register", "deregister"}
    assert f"{EVERY_OPERATION}transact_write_items" in operations


def test_four_backends_are_our_own_and_have_motos_urls(installed: list[str]) -> None:
    names = [line.partition(" ")[0] for line in installed[-4:]]
    assert names == ["EmbeddedDynamoDb", "EmbeddedEc2", "EmbeddedEcs", "EmbeddedElb"]
    assert all(int(line.partition(" ")[2]) > 0 for line in installed[-4:])


def test_what_is_as_expected_is_replaced_and_noted() -> None:
    class Mine(Owner):
        look = Owner.look

    patches.replace(Mine, "look", lambda _, name: name.upper(), written_for="self, name")
    assert Mine().look("x") == "X"
    assert patches.places()[-1] == f"{__name__}.Mine.look"


@pytest.mark.parametrize(
    ("name", "written_for", "why"),
    [
        ("gone", "self", "Owner.gone is not there"),
        ("look", "self", r"Owner.look has \(self, name\), and its replacement was written for \(self\)"),
        ("size", "self", r"Owner.size has \(property\), and its replacement was written for \(self\)"),
        ("look", patches.PROPERTY, r"written for \(property\)"),
    ],
)
def test_what_is_gone_or_takes_other_parameters_is_refused(name: str, written_for: str, why: str) -> None:
    before = vars(Owner).get(name)
    with pytest.raises(PatchError, match=f"(?s){why}.*not as this program knows it. Install the version that"):
        patches.replace(Owner, name, None, written_for=written_for)
    assert vars(Owner).get(name) is before


def test_settings_of_moto_are_given_values_where_it_still_reads_them(tmp_path: Path) -> None:
    """A setting of another name would change nothing: every web page could call the API, say."""
    answer = subprocess.run(
        [sys.executable, "-c", SERVE, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.splitlines() == [
        "moto.settings.DISABLE_GLOBAL_CORS",
        "moto.settings.ACM_VALIDATION_WAIT",
        "True 0",
    ]


def test_a_setting_that_is_gone_or_of_another_type_is_refused() -> None:
    owner = ModuleType("theirs")
    vars(owner).update(WAIT=60)
    patches.set_value(owner, "WAIT", 0)
    assert vars(owner)["WAIT"] == 0
    with pytest.raises(PatchError, match=r"theirs\.PAUSE is not there: moto .* is not as this program knows it"):
        patches.set_value(owner, "PAUSE", 0)
    with pytest.raises(PatchError, match=r"theirs\.WAIT is a int, and is to become a bool"):
        patches.set_value(owner, "WAIT", True)


def test_what_is_added_must_not_be_there() -> None:
    owner: Any = type("Fresh", (Owner,), {})
    patches.add(owner, "colour", "red")
    assert owner.colour == "red"
    with pytest.raises(PatchError, match=r"Fresh\.look is there already"):
        patches.add(owner, "look", None)


class First(BaseBackend):
    pass


class Second(First):
    pass


def service() -> BackendDict[First]:
    return BackendDict(First, "ecs")


def test_a_subclass_is_what_moto_makes_from_then_on() -> None:
    mine = service()
    register(mine, Second)
    register(mine, Second)
    assert type(mine["000000000000"]["us-east-1"]) is Second
    mine.clear()


def test_another_class_or_a_late_one_is_refused() -> None:
    with pytest.raises(PatchError, match="SimpleNamespace is no First, which moto has for ecs"):
        register(service(), SimpleNamespace)
    late = service()
    late["000000000000"]["us-east-1"]
    with pytest.raises(PatchError, match="has made a backend for ecs already; register Second before"):
        register(late, Second)
    late.clear()
