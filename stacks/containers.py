"""What the container of a service is given: values, secrets and permissions, by how the service lives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from cdktf_cdktf_provider_aws.dynamodb_table import DynamodbTable

from modules.rotating_key.construct import RotatingKey
from stacks.tables import policy
from systems.service import FacadeKey, Mode, Secret, Service, Supplied, TableName, Value


@dataclass(frozen=True, kw_only=True)
class Container:
    """Inputs of a container.

    Attributes:
        environment: variables.
        secrets: variable => ARN of a secret.
        task_policies: policy name => policy JSON.
        calls_load_balancer: whether it has to reach the public load balancer, whatever the way to the facade.
        calls_facade: whether it has to reach the monolith's facade.
    """

    environment: Mapping[str, str]
    secrets: Mapping[str, str]
    task_policies: Mapping[str, str]
    calls_load_balancer: bool = False
    calls_facade: bool = False


NOTHING = Container(environment={}, secrets={}, task_policies={})


@dataclass(frozen=True, kw_only=True)
class ShadowSupplies:
    """What services get that send requests to the new side too.

    Attributes:
        percent: of their requests, above 0.
        load_balancer: host and port.
        key_arn: of the secret that opens the preview rules.
    """

    percent: int
    load_balancer: str
    key_arn: str


@dataclass(frozen=True, kw_only=True)
class Supplies:
    """What the stack knows and services ask for.

    Attributes:
        policy_name: of the policy that has a service's grants.
        tables: by name.
        values: text of each value that is supplied.
        facade_key: opens the monolith's facade; None in a system without one.
        parameter_arn: the ARN of an SSM parameter by its name.
        shadow: what services get that can shadow; None while none is to do so.
    """

    policy_name: str
    tables: Mapping[str, DynamodbTable]
    values: Mapping[Supplied, str]
    facade_key: RotatingKey | None
    parameter_arn: Callable[[str], str]
    shadow: ShadowSupplies | None = None

    def container(self, service: Service, mode: Mode, *, revision: str) -> Container:
        """What the container of ``service`` gets.

        Args:
            service: that is to run.
            mode: in which it lives; the monolith has its data: ``OWN``.
            revision: tag of its image.
        """
        own = mode is Mode.OWN
        values = {**service.environment, **(service.own_environment if own else service.facade_environment)}
        secrets = {**service.secrets, **({} if own else service.facade_secrets)}
        grants = service.grants if own else ()
        found = Container(
            environment={name: self._text(value) for name, value in values.items()},
            secrets={name: self._arn(secret) for name, secret in secrets.items()},
            task_policies={self.policy_name: policy(grants, self.tables)} if grants else {},
            calls_facade=Supplied.FACADE in values.values(),
        )
        return found if self.shadow is None or not service.can_shadow else _shadowing(found, self.shadow, revision)

    def _text(self, value: Value) -> str:
        match value:
            case TableName():
                return str(self.tables[value.table].name)
            case Supplied():
                return self.values[value]
        return value

    def _arn(self, key: FacadeKey | Secret) -> str:
        if isinstance(key, Secret):
            return self.parameter_arn(key.source) if key.source.startswith("/") else key.source
        if self.facade_key is None:
            raise ValueError("A service wants a key of the facade, and the system has none.")
        return self.facade_key.current_arn if key is FacadeKey.CURRENT else self.facade_key.other_arn


def _shadowing(container: Container, shadow: ShadowSupplies, revision: str) -> Container:
    told = {"SHADOW_PERCENT": str(shadow.percent), "SHADOW_URL": shadow.load_balancer, "SHADOW_REVISION": revision}
    return replace(
        container,
        environment={**container.environment, **told},
        secrets={**container.secrets, "SHADOW_KEY": shadow.key_arn},
        calls_load_balancer=True,
    )
