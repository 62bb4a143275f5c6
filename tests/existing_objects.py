"""Objects that stand in the way of a plan, made through the AWS API: one of each kind that has a name or place."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.support import EmbeddedAws

Tags = list[dict[str, str]]
Make = Callable[["Maker"], tuple[str, dict[str, Any]]]
"""Makes the object; its import id and the attributes by which Terraform would plan it."""


class Maker:
    """Makes one object of each kind, named after this environment, with or without its tags."""

    def __init__(self, aws: EmbeddedAws, *, name: str, tagged: bool) -> None:
        self.client = aws.client
        self.name = name
        values = aws.settings.tags if tagged else {"Env": "somebody"}
        self.tags: Tags = [{"Key": key, "Value": value} for key, value in values.items()]
        self.small_tags: Tags = [{"key": key, "value": value} for key, value in values.items()]
        self.plain_tags: Mapping[str, str] = values
        ec2 = self.client("ec2")
        vpcs = ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.8.0.0/16"]}])["Vpcs"]
        self.vpc = vpcs[0]["VpcId"] if vpcs else ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]

    def table(self) -> tuple[str, dict[str, Any]]:
        self.client("dynamodb").create_table(
            TableName=self.name,
            KeySchema=[{"AttributeName": "MysfitId", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "MysfitId", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            Tags=self.tags,
        )
        return self.name, {"name": self.name}

    def role(self) -> tuple[str, dict[str, Any]]:
        document = json.dumps({"Version": "2012-10-17", "Statement": []})
        self.client("iam").create_role(RoleName=self.name, AssumeRolePolicyDocument=document, Tags=self.tags)
        return self.name, {"name": self.name}

    def log_group(self) -> tuple[str, dict[str, Any]]:
        logs = self.client("logs")
        logs.create_log_group(logGroupName=f"{self.name}-longer", tags={})
        logs.create_log_group(logGroupName=self.name, tags=dict(self.plain_tags))
        return self.name, {"name": self.name}

    def repository(self) -> tuple[str, dict[str, Any]]:
        self.client("ecr").create_repository(repositoryName=self.name, tags=self.tags)
        return self.name, {"name": self.name}

    def bucket(self) -> tuple[str, dict[str, Any]]:
        s3 = self.client("s3")
        s3.create_bucket(Bucket=self.name)
        s3.put_bucket_tagging(Bucket=self.name, Tagging={"TagSet": self.tags})
        return self.name, {"bucket": self.name}

    def parameter(self) -> tuple[str, dict[str, Any]]:
        name = f"/{self.name}"
        self.client("ssm").put_parameter(Name=name, Value="x", Type="SecureString", Tags=self.tags)
        return name, {"name": name}

    def cluster(self) -> tuple[str, dict[str, Any]]:
        self.client("ecs").create_cluster(clusterName=self.name, tags=self.small_tags)
        return self.name, {"name": self.name}

    def service(self) -> tuple[str, dict[str, Any]]:
        ecs = self.client("ecs")
        ecs.create_cluster(clusterName="mysfits-test")
        container = {"name": "x", "image": "x:1", "memory": 64}
        ecs.register_task_definition(family=self.name, containerDefinitions=[container])
        ecs.create_service(
            cluster="mysfits-test",
            serviceName=self.name,
            taskDefinition=self.name,
            desiredCount=0,
            tags=self.small_tags,
        )
        return f"mysfits-test/{self.name}", {"name": self.name}

    def target_group(self) -> tuple[str, dict[str, Any]]:
        arn = self.client("elbv2").create_target_group(
            Name=self.name, Protocol="HTTP", Port=80, VpcId=self.vpc, TargetType="ip", Tags=self.tags
        )["TargetGroups"][0]["TargetGroupArn"]
        return str(arn), {"name": self.name}

    def load_balancer(self) -> tuple[str, dict[str, Any]]:
        ec2 = self.client("ec2")
        taken = len(ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["Subnets"])
        subnets = [
            ec2.create_subnet(
                VpcId=self.vpc, CidrBlock=f"10.8.{taken + number}.0/24", AvailabilityZone=f"us-east-1{'ab'[number]}"
            )["Subnet"]["SubnetId"]
            for number in range(2)
        ]
        arn = self.client("elbv2").create_load_balancer(Name=self.name, Subnets=subnets, Tags=self.tags)[
            "LoadBalancers"
        ][0]["LoadBalancerArn"]
        return str(arn), {"name": self.name}

    def listener(self) -> tuple[str, dict[str, Any]]:
        balancer, _ = self.load_balancer()
        group, _ = self.target_group()
        arn = self.client("elbv2").create_listener(
            LoadBalancerArn=balancer,
            Protocol="HTTP",
            Port=8123,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
            Tags=self.tags,
        )["Listeners"][0]["ListenerArn"]
        return str(arn), {"load_balancer_arn": balancer, "port": 8123}

    def listener_rule(self) -> tuple[str, dict[str, Any]]:
        listener, _ = self.listener()
        elb = self.client("elbv2")
        group = elb.describe_target_groups(Names=[self.name])["TargetGroups"][0]["TargetGroupArn"]
        arn = elb.create_rule(
            ListenerArn=listener,
            Priority=7,
            Conditions=[{"Field": "path-pattern", "Values": ["/x"]}],
            Actions=[{"Type": "forward", "TargetGroupArn": group}],
            Tags=self.tags,
        )["Rules"][0]["RuleArn"]
        return str(arn), {"listener_arn": listener, "priority": 7}

    def _route_table(self) -> str:
        tags = [{"ResourceType": "route-table", "Tags": self.tags}]
        made = self.client("ec2").create_route_table(VpcId=self.vpc, TagSpecifications=tags)
        return str(made["RouteTable"]["RouteTableId"])

    def route(self) -> tuple[str, dict[str, Any]]:
        ec2, table = self.client("ec2"), self._route_table()
        attached = ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [self.vpc]}])
        gateways = [one["InternetGatewayId"] for one in attached["InternetGateways"]]
        if not gateways:
            gateways = [ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]]
            ec2.attach_internet_gateway(InternetGatewayId=gateways[0], VpcId=self.vpc)
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateways[0])
        return f"{table}_0.0.0.0/0", {"route_table_id": table, "destination_cidr_block": "0.0.0.0/0"}

    def route_table_association(self) -> tuple[str, dict[str, Any]]:
        ec2, table = self.client("ec2"), self._route_table()
        taken = len(ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["Subnets"])
        subnet = ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.8.{taken}.0/24")["Subnet"]["SubnetId"]
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        return f"{subnet}/{table}", {"route_table_id": table, "subnet_id": subnet}

    def _security_group_rule(self, *, is_egress: bool) -> tuple[str, dict[str, Any]]:
        ec2 = self.client("ec2")
        group = ec2.create_security_group(GroupName=self.name, Description="x", VpcId=self.vpc)["GroupId"]
        permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.8.0.0/16"}]}
        specification = [{"ResourceType": "security-group-rule", "Tags": self.tags}]
        authorize = ec2.authorize_security_group_egress if is_egress else ec2.authorize_security_group_ingress
        made = authorize(GroupId=group, IpPermissions=[permission], TagSpecifications=specification)
        planned = {"security_group_id": group, "ip_protocol": "tcp", "from_port": 80, "to_port": 80}
        return str(made["SecurityGroupRules"][0]["SecurityGroupRuleId"]), {**planned, "cidr_ipv4": "10.8.0.0/16"}

    def ingress_rule(self) -> tuple[str, dict[str, Any]]:
        return self._security_group_rule(is_egress=False)

    def egress_rule(self) -> tuple[str, dict[str, Any]]:
        return self._security_group_rule(is_egress=True)


KINDS: Mapping[str, Make] = {
    "aws_cloudwatch_log_group": Maker.log_group,
    "aws_dynamodb_table": Maker.table,
    "aws_ecr_repository": Maker.repository,
    "aws_ecs_cluster": Maker.cluster,
    "aws_ecs_service": Maker.service,
    "aws_iam_role": Maker.role,
    "aws_lb": Maker.load_balancer,
    "aws_lb_listener": Maker.listener,
    "aws_lb_listener_rule": Maker.listener_rule,
    "aws_lb_target_group": Maker.target_group,
    "aws_route": Maker.route,
    "aws_route_table_association": Maker.route_table_association,
    "aws_s3_bucket": Maker.bucket,
    "aws_ssm_parameter": Maker.parameter,
    "aws_vpc_security_group_egress_rule": Maker.egress_rule,
    "aws_vpc_security_group_ingress_rule": Maker.ingress_rule,
}
