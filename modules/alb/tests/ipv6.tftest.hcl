# Clients over IPv6.

mock_provider "aws" {
  source = "../mocks"
}

variables {
  name            = "shop-test"
  vpc_id          = "vpc-1"
  subnet_ids      = ["subnet-a", "subnet-b"]
  ip_address_type = "dualstack"
}

run "everybody_may_call_over_both_protocols" {
  assert {
    condition     = aws_lb.this.ip_address_type == "dualstack" && { for name, way in aws_vpc_security_group_ingress_rule.listener : name => coalesce(way.cidr_ipv4, way.cidr_ipv6) } == { everywhere = "0.0.0.0/0", everywhere-ipv6 = "::/0" }
    error_message = "It must be reached over both, by everybody."
  }
}

run "nobody_comes_in_over_ipv6_where_somebody_is_named_over_ipv4" {
  variables {
    ingress_cidr_blocks = { office = "203.0.113.0/24" }
  }

  assert {
    condition     = keys(aws_vpc_security_group_ingress_rule.listener) == ["office"]
    error_message = "A range that is left out must not let all in."
  }
}

run "ranges_that_are_named_come_in_and_are_sent_on" {
  variables {
    ingress_cidr_blocks      = { office = "203.0.113.0/24" }
    ingress_ipv6_cidr_blocks = { office-ipv6 = "2001:db8::/32" }
    listener_port            = 443
    certificate_arn          = "arn:aws:acm:us-east-1:123456789012:certificate/1"
    redirect_http_port       = 80
  }

  assert {
    condition     = { for name, way in aws_vpc_security_group_ingress_rule.listener : name => "${coalesce(way.cidr_ipv4, way.cidr_ipv6)} ${way.from_port}" } == { office = "203.0.113.0/24 443", office-redirect = "203.0.113.0/24 80", office-ipv6 = "2001:db8::/32 443", office-ipv6-redirect = "2001:db8::/32 80" }
    error_message = "Each range must come in by both ports."
  }
}

run "ipv4_alone_is_the_default" {
  variables {
    ip_address_type = "ipv4"
  }

  assert {
    condition     = aws_lb.this.ip_address_type == "ipv4" && keys(aws_vpc_security_group_ingress_rule.listener) == ["everywhere"]
    error_message = "What stands must stay as it is."
  }
}

# One negative run for each validation

run "refuses_ipv6_alone" {
  command = plan

  variables {
    ip_address_type = "ipv6"
  }

  expect_failures = [var.ip_address_type]
}

run "refuses_an_internal_one_without_public_ipv4" {
  command = plan

  variables {
    internal        = true
    ip_address_type = "dualstack-without-public-ipv4"
  }

  expect_failures = [var.ip_address_type]
}

run "refuses_an_ipv4_range_as_ipv6" {
  command = plan

  variables {
    ingress_ipv6_cidr_blocks = { office = "203.0.113.0/24" }
  }

  expect_failures = [var.ingress_ipv6_cidr_blocks]
}

run "refuses_ipv6_ranges_where_nobody_comes_by_ipv6" {
  command = plan

  variables {
    ip_address_type          = "ipv4"
    ingress_ipv6_cidr_blocks = { office = "2001:db8::/32" }
  }

  expect_failures = [var.ingress_ipv6_cidr_blocks]
}

run "refuses_a_range_by_the_name_of_another_client" {
  command = plan

  variables {
    ingress_cidr_blocks      = { office = "203.0.113.0/24" }
    ingress_ipv6_cidr_blocks = { office = "2001:db8::/32" }
  }

  expect_failures = [var.ingress_ipv6_cidr_blocks]
}
