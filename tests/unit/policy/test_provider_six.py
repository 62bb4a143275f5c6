"""What Terraform files and stacks use of the provider, and how its bindings are read."""

from __future__ import annotations

from typing import Any, Final

import pytest

from policy.provider_six import deprecations, names, schema, use
from policy.provider_six.schema import ProviderType

MODULE: Final = """
resource "aws_lb" "this" {
  for_each = var.balancers
  name     = each.key
  tags     = { Name = data.aws_region.this.id }

  access_logs {
    bucket = aws_s3_bucket.logs["a"].bucket_domain_name
  }

  dynamic "subnet_mapping" {
    for_each = var.subnets
    content {
      subnet_id = subnet_mapping.value
    }
  }

  lifecycle {
    ignore_changes = [tags]
  }
}

data "aws_region" "this" {}

ephemeral "aws_secretsmanager_random_password" "this" {
  password_length = 40
}
"""
LINK: Final = "Docs at Terraform Registry: {@link https://registry/aws/6.9.0/docs/resources/lb#%s Lb#%s}"
ASSEMBLY: Final[dict[str, Any]] = {
    "aws.lb.Lb": {
        "kind": "class",
        "docs": {"summary": "Represents a {@link https://registry/aws/6.9.0/docs/resources/lb aws_lb}."},
        "properties": [{"name": name} for name in ("tfResourceType", "accessLogs", "accessLogsInput", "arnSuffix")],
    },
    "aws.lb.LbConfig": {
        "kind": "interface",
        "properties": [
            {
                "name": "accessLogs",
                "docs": {"summary": "access_logs block.", "remarks": LINK % ("access_logs", "access_logs")},
                "type": {"union": {"types": [{"fqn": "cdktn.IResolvable"}, {"fqn": "aws.lb.LbAccessLogs"}]}},
            }
        ],
    },
    "aws.lb.LbAccessLogs": {
        "kind": "interface",
        "properties": [
            {"name": "bucket", "docs": {"summary": LINK % ("bucket", "bucket")}, "type": {"primitive": "string"}}
        ],
    },
}
PULUMI: Final = {
    "pulumi_aws/lb/load_balancer.py": b'''
class LoadBalancerArgs:
    @_builtins.property
    @_utilities.deprecated("""not this one""")
    def arn_suffix(self): ...

class LoadBalancer(pulumi.CustomResource):
    @_builtins.property
    @_utilities.deprecated("""Use arn.""")
    def arn_suffix(self) -> str: ...

    @_builtins.property
    def access_logs(self) -> Sequence['outputs.LoadBalancerAccessLogs']: ...
''',
    "pulumi_aws/lb/outputs.py": b'''
class LoadBalancerAccessLogs(dict):
    @_builtins.property
    @_utilities.deprecated("""Use buckets.""")
    def buckets(self) -> str: ...
''',
}
LB: Final = ProviderType(arguments={"access_logs": {"bucket": {}}}, attributes=frozenset({"arn_suffix"}), deprecated={})


def test_a_file_uses_arguments_blocks_and_what_its_expressions_read() -> None:
    assert use.of_module(MODULE) == {
        "aws_lb": {
            *[("name",), ("tags",), ("access_logs",), ("access_logs", "bucket")],
            *[("subnet_mapping",), ("subnet_mapping", "subnet_id")],
        },
        "aws_s3_bucket": {("bucket_domain_name",)},
        "data.aws_region": {("id",)},
        "ephemeral.aws_secretsmanager_random_password": {("password_length",)},
    }


def test_a_stack_uses_the_same() -> None:
    body = {"//": {}, "for_each": "${x}", "access_logs": [{"bucket": "${aws_s3_bucket.logs.bucket_domain_name}"}]}
    assert use.of_stack({"resource": {"aws_lb": {"this": body}}}) == {
        "aws_lb": {("access_logs",), ("access_logs", "bucket")},
        "aws_s3_bucket": {("bucket_domain_name",)},
    }


def test_bindings_tell_what_can_be_given_and_what_only_read() -> None:
    assert dict(names.provider_types(ASSEMBLY, ["aws_lb", "aws_vpc"])) == {"aws_lb": LB}


def test_what_is_deprecated_is_found_in_blocks_too_and_named_as_the_provider_names_it() -> None:
    found = deprecations.deprecated(PULUMI.__getitem__, "lb/load_balancer", LB)
    assert found == {"arn_suffix": "Use arn.", "access_logs.bucket": "Use buckets."}


def test_what_is_deprecated_and_not_in_the_provider_is_an_error() -> None:
    unknown = ProviderType(arguments={"access_logs": {}}, attributes=frozenset({"arn_suffix"}), deprecated={})
    with pytest.raises(ValueError, match=r"access_logs\.buckets is deprecated"):
        deprecations.deprecated(PULUMI.__getitem__, "lb/load_balancer", unknown)


def test_what_was_renamed_is_missing_and_what_is_deprecated_is_told() -> None:
    known = {"aws_lb": ProviderType(arguments=LB.arguments, attributes=LB.attributes, deprecated={"arn_suffix": "No."})}
    used: use.Use = {
        "aws_lb": frozenset({("arn_suffix",), ("dns",), ("access_logs", "bucket"), ("access_logs", "prefix")}),
        "aws_elb": frozenset({("name",)}),
    }
    assert list(schema.missing(used, known)) == ["aws_elb", "aws_lb.access_logs.prefix", "aws_lb.dns"]
    assert schema.deprecated(used, known) == {"aws_lb.arn_suffix": "No."}
