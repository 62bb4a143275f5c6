mock_provider "aws" {
  source = "../mocks"
}

variables {
  name       = "shop-test"
  vpc_id     = "vpc-1"
  subnet_ids = ["subnet-a", "subnet-b"]
}

run "unknown_paths_get_404_in_json" {
  assert {
    condition     = aws_lb_listener.this.default_action[0].type == "fixed-response" && aws_lb_listener.this.default_action[0].fixed_response[0].status_code == "404"
    error_message = "What no rule takes must be answered with 404."
  }

  assert {
    condition     = jsondecode(aws_lb_listener.this.default_action[0].fixed_response[0].message_body).status == 404 && aws_lb_listener.this.default_action[0].fixed_response[0].content_type == "application/json"
    error_message = "The 404 must be JSON."
  }
}

run "load_balancer_is_public_and_strict" {
  assert {
    condition     = !aws_lb.this.internal && aws_lb.this.load_balancer_type == "application"
    error_message = "It must be an internet-facing application load balancer."
  }

  assert {
    condition     = aws_lb.this.drop_invalid_header_fields && aws_lb.this.idle_timeout == 60
    error_message = "Invalid headers must be dropped, and silent connections closed after 60 seconds."
  }

  assert {
    condition     = aws_lb.this.security_groups == toset([aws_security_group.this.id])
    error_message = "It must use its own security group only."
  }
}

run "only_the_listener_port_is_open" {
  variables {
    listener_port = 8080
  }

  assert {
    condition     = keys(aws_vpc_security_group_ingress_rule.listener) == ["everywhere"]
    error_message = "There must be one way in."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.listener["everywhere"].from_port == 8080 && aws_vpc_security_group_ingress_rule.listener["everywhere"].to_port == 8080
    error_message = "The way in must lead to the listener's port."
  }

  assert {
    condition     = output.host == "${aws_lb.this.dns_name}:8080"
    error_message = "A port other than 80 must show in the host."
  }
}

run "port_80_does_not_show_in_the_host" {
  assert {
    condition     = output.host == aws_lb.this.dns_name
    error_message = "Port 80 goes without saying."
  }
}

# One negative run for each validation

run "refuses_name_ending_in_a_hyphen" {
  command = plan

  variables {
    name = "shop-"
  }

  expect_failures = [var.name]
}

run "refuses_single_subnet" {
  command = plan

  variables {
    subnet_ids = ["subnet-a"]
  }

  expect_failures = [var.subnet_ids]
}

run "refuses_port_zero" {
  command = plan

  variables {
    listener_port = 0
  }

  expect_failures = [var.listener_port]
}

run "refuses_ingress_from_a_name" {
  command = plan

  variables {
    ingress_cidr_blocks = { office = "office.example.com" }
  }

  expect_failures = [var.ingress_cidr_blocks]
}

run "refuses_idle_timeout_of_zero" {
  command = plan

  variables {
    idle_timeout_seconds = 0
  }

  expect_failures = [var.idle_timeout_seconds]
}

run "refuses_prefix_list_of_another_kind" {
  command = plan

  variables {
    ingress_prefix_list_ids = { cloudfront = "com.amazonaws.global.cloudfront.origin-facing" }
  }

  expect_failures = [var.ingress_prefix_list_ids]
}

run "refuses_one_name_for_two_clients" {
  command = plan

  variables {
    ingress_prefix_list_ids = { everywhere = "pl-3b927c52" }
  }

  expect_failures = [var.ingress_prefix_list_ids]
}

run "refuses_certificate_that_is_none" {
  command = plan

  variables {
    certificate_arn = "shop.example"
  }

  expect_failures = [var.certificate_arn]
}

run "refuses_more_certificates_without_the_first" {
  command = plan

  variables {
    additional_certificate_arns = { api = "arn:aws:acm:us-east-1:123456789012:certificate/2" }
  }

  expect_failures = [var.additional_certificate_arns]
}

run "refuses_policy_of_somebody_else" {
  command = plan

  variables {
    ssl_policy = "TLS-1.3"
  }

  expect_failures = [var.ssl_policy]
}

run "refuses_redirect_without_https" {
  command = plan

  variables {
    redirect_http_port = 8080
  }

  expect_failures = [var.redirect_http_port]
}

run "refuses_redirect_on_the_listeners_own_port" {
  command = plan

  variables {
    certificate_arn    = "arn:aws:acm:us-east-1:123456789012:certificate/1"
    redirect_http_port = 80
  }

  expect_failures = [var.redirect_http_port]
}

run "refuses_web_acl_of_cloudfront" {
  command = plan

  variables {
    web_acl_arn = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/shop/1"
  }

  expect_failures = [var.web_acl_arn]
}

run "refuses_unknown_desync_mode" {
  command = plan

  variables {
    desync_mitigation_mode = "off"
  }

  expect_failures = [var.desync_mitigation_mode]
}

run "refuses_keep_alive_below_a_minute" {
  command = plan

  variables {
    client_keep_alive_seconds = 59
  }

  expect_failures = [var.client_keep_alive_seconds]
}

run "only_security_groups_that_are_named_may_call_an_internal_one" {
  variables {
    internal                   = true
    ingress_cidr_blocks        = {}
    ingress_security_group_ids = { orders = "sg-orders" }
  }

  assert {
    condition     = aws_lb.this.internal && keys(aws_vpc_security_group_ingress_rule.listener) == ["orders"]
    error_message = "There must be one way in, and no public address."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.listener["orders"].referenced_security_group_id == "sg-orders" && aws_vpc_security_group_ingress_rule.listener["orders"].cidr_ipv4 == null && aws_vpc_security_group_ingress_rule.listener["orders"].from_port == 80
    error_message = "The way in must be that of the security group, to the listener's port."
  }
}

run "refuses_a_security_group_by_the_name_of_another_client" {
  command = plan

  variables {
    ingress_security_group_ids = { everywhere = "sg-orders" }
  }

  expect_failures = [var.ingress_security_group_ids]
}

run "refuses_attributes_of_logs_that_are_not_known" {
  command = plan

  variables {
    access_logs     = { bucket = "logs", folder = "shop" }
    connection_logs = { bucket = "logs", folder = "shop" }
  }

  expect_failures = [var.access_logs, var.connection_logs]
}

run "knows_the_attributes_of_logs_and_no_others" {
  command = plan

  variables {
    access_logs = { bucket = "logs" }
  }

  assert {
    condition = alltrue([for name, value in {
      logs = keys(module.typed.access_logs)
    } : toset(local.known[name]) == toset(value)])
    error_message = "local.known must have the attributes of the types, and no others."
  }
}
