# Behind CloudFront.

mock_provider "aws" {
  source = "../mocks"
}

variables {
  name            = "shop-test"
  vpc_id          = "vpc-1"
  subnet_ids      = ["subnet-a", "subnet-b"]
  cloudfront_only = true
}

run "only_cloudfront_may_call" {
  assert {
    condition     = { for name, way in aws_vpc_security_group_ingress_rule.listener : name => way.prefix_list_id } == { cloudfront = "pl-3b927c52" }
    error_message = "AWS's list of CloudFront's addresses must be the only way in."
  }

  assert {
    condition     = data.aws_ec2_managed_prefix_list.cloudfront["cloudfront"].name == "com.amazonaws.global.cloudfront.origin-facing"
    error_message = "The list must be the one of the addresses that call origins."
  }
}

run "what_no_rule_takes_is_forbidden" {
  assert {
    condition     = aws_lb_listener.this.default_action[0].fixed_response[0].status_code == "403" && jsondecode(aws_lb_listener.this.default_action[0].fixed_response[0].message_body).status == 403
    error_message = "A request without the header falls through all rules and must be refused."
  }
}

run "others_may_call_who_are_named" {
  variables {
    ingress_cidr_blocks = { tasks = "198.51.100.7/32" }
  }

  assert {
    condition     = keys(aws_vpc_security_group_ingress_rule.listener) == ["cloudfront", "tasks"] && aws_vpc_security_group_ingress_rule.listener["cloudfront"].cidr_ipv4 == null && aws_vpc_security_group_ingress_rule.listener["tasks"].cidr_ipv4 == "198.51.100.7/32"
    error_message = "Those who are named must come in beside CloudFront."
  }
}

# One negative run for each validation

run "refuses_two_clients_of_one_name" {
  command = plan

  variables {
    ingress_cidr_blocks = { cloudfront = "198.51.100.7/32" }
  }

  expect_failures = [var.ingress_prefix_list_ids]
}

run "refuses_more_rules_than_a_security_group_takes" {
  command = plan

  variables {
    listener_port      = 443
    certificate_arn    = "arn:aws:acm:us-east-1:123456789012:certificate/1"
    redirect_http_port = 80
  }

  expect_failures = [var.cloudfront_only]
}
