"""What a first deploy that was cut off had made is imported, although nearly nothing of the stack is known yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.progress import Progress
from cli.terraform import Terraform
from tests.support import EmbeddedAws, local_settings, running_embedded_aws


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with running_embedded_aws(local_settings(tmp_path_factory.mktemp("import"), stage="placeholder", env="a-b")) as aws:
        yield aws


@pytest.fixture(scope="module")
def terraform(aws: EmbeddedAws) -> Terraform:
    """On the stack, of which nothing was applied."""
    terraform = Terraform(aws.settings, say=Progress().say)
    terraform.synthesise(aws.settings.stage)
    terraform.init()
    return terraform


def test_objects_of_the_stack_and_of_its_modules_are_imported_before_anything_else_exists(
    aws: EmbeddedAws, terraform: Terraform
) -> None:
    settings = aws.settings
    bucket, role = settings.site_bucket_name("000000000000"), f"{settings.name('monolith')}-task"
    aws.client("s3").create_bucket(Bucket=bucket)
    aws.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument="{}")
    vpc = aws.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = aws.client("ec2").create_security_group(GroupName="x", Description="x", VpcId=vpc)["GroupId"]
    rule = aws.client("ec2").authorize_security_group_egress(
        GroupId=group,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    )["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    wanted = {
        "aws_s3_bucket.site": bucket,
        "module.monolith.aws_iam_role.task": role,
        'module.monolith.aws_vpc_security_group_egress_rule.tasks["443"]': rule,
    }
    for address, import_id in wanted.items():
        terraform.import_resource(address, import_id)
    assert set(terraform.state_list()) == set(wanted)
    assert not list(settings.stack_dir.parent.glob("import-*")), "the folders of the imports are gone"
    planned = {address for address, _, _ in terraform.planned_creations({})}
    assert not planned & wanted.keys()


def test_an_address_that_the_stack_cannot_have_is_refused(terraform: Terraform, tmp_path: Path) -> None:
    del tmp_path
    with pytest.raises(ValueError, match="no address of a resource"):
        terraform.import_resource("module.a.module.b.aws_vpc.this", "vpc-1")
