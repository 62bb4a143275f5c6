"""A target group belongs to one load balancer, whichever call would give it to a second one."""

from __future__ import annotations

from tests.alb_api_cases import fixed, forward, path
from tests.unit.embedded.alb.api.balanced_api import Api, ports, refused

LIMIT = "TargetGroupAssociationLimit"


def test_a_target_group_belongs_to_one_load_balancer(api: Api) -> None:
    group = api.groups[0]
    other = api.elb.create_load_balancer(Name="other", Subnets=api.subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    listening = {"LoadBalancerArn": other, "Protocol": "HTTP", "Port": next(ports)}
    listener = api.elb.create_listener(**listening, DefaultActions=[fixed()])["Listeners"][0]["ListenerArn"]
    rule = {"ListenerArn": listener, "Conditions": [path("/other")], "Priority": 1}
    made = api.elb.create_rule(**rule, Actions=[forward(group)])["Rules"][0]["RuleArn"]
    own = {"ListenerArn": api.listener, "Conditions": [path("/own")], "Priority": 77}
    assert refused(api.elb.create_rule, **own, Actions=[forward(api.groups[1], group)]) == LIMIT
    assert refused(api.elb.modify_rule, RuleArn=api.rule, Actions=[forward(group)]) == LIMIT
    assert refused(api.elb.modify_listener, ListenerArn=api.listener, DefaultActions=[forward(group)]) == LIMIT
    second = {"LoadBalancerArn": api.balancer, "Protocol": "HTTP", "Port": next(ports)}
    assert refused(api.elb.create_listener, **second, DefaultActions=[forward(group)]) == LIMIT
    api.elb.modify_rule(RuleArn=made, Actions=[fixed()])
    assert api.elb.create_rule(**own, Actions=[forward(group)])["Rules"], "nothing of the other leads there any more"


def test_a_listener_that_forwards_by_default_has_the_group_until_it_goes(api: Api) -> None:
    group = api.groups[2]
    other = api.elb.create_load_balancer(Name="default", Subnets=api.subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    listening = {"LoadBalancerArn": other, "Protocol": "HTTP", "Port": next(ports)}
    api.elb.create_listener(**listening, DefaultActions=[forward(group)])
    own = {"ListenerArn": api.listener, "Conditions": [path("/own")], "Priority": 78}
    assert refused(api.elb.create_rule, **own, Actions=[forward(group)]) == LIMIT
    api.elb.delete_load_balancer(LoadBalancerArn=other)
    assert api.elb.create_rule(**own, Actions=[forward(group)])["Rules"]
