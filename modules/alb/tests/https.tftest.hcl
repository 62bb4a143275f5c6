# HTTPS, and who may call.

mock_provider "aws" {
  source = "../mocks"
}

variables {
  name       = "shop-test"
  vpc_id     = "vpc-1"
  subnet_ids = ["subnet-a", "subnet-b"]
}

run "without_a_certificate_it_is_http_alone" {
  assert {
    condition     = aws_lb_listener.this.protocol == "HTTP" && aws_lb_listener.this.certificate_arn == null && output.scheme == "http"
    error_message = "Without a certificate the listener must speak HTTP."
  }

  assert {
    condition     = length(aws_lb_listener.redirect) + length(aws_lb_listener_certificate.this) + length(aws_wafv2_web_acl_association.this) == 0
    error_message = "What is not asked for must not be there."
  }
}

run "https_by_server_name_with_a_redirect" {
  variables {
    listener_port               = 443
    redirect_http_port          = 80
    certificate_arn             = "arn:aws:acm:us-east-1:123456789012:certificate/1"
    additional_certificate_arns = { api = "arn:aws:acm:us-east-1:123456789012:certificate/2" }
  }

  assert {
    condition     = aws_lb_listener.this.protocol == "HTTPS" && aws_lb_listener.this.certificate_arn == var.certificate_arn && aws_lb_listener.this.ssl_policy == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    error_message = "The listener must speak HTTPS, TLS 1.2 and 1.3."
  }

  assert {
    condition     = aws_lb_listener_certificate.this["api"].certificate_arn == var.additional_certificate_arns["api"]
    error_message = "The second certificate must be the listener's too."
  }

  assert {
    condition     = aws_lb_listener.redirect["http"].port == 80 && aws_lb_listener.redirect["http"].default_action[0].redirect[0].protocol == "HTTPS" && aws_lb_listener.redirect["http"].default_action[0].redirect[0].port == "443" && aws_lb_listener.redirect["http"].default_action[0].redirect[0].status_code == "HTTP_301"
    error_message = "HTTP must be sent on to HTTPS for good."
  }

  assert {
    condition     = { for name, way in aws_vpc_security_group_ingress_rule.listener : name => way.from_port } == { everywhere = 443, everywhere-redirect = 80 }
    error_message = "Clients must get to both ports."
  }

  assert {
    condition     = output.scheme == "https" && output.host == aws_lb.this.dns_name
    error_message = "Port 443 goes without saying with HTTPS."
  }
}

run "internal_for_some_with_logs_and_a_firewall" {
  variables {
    internal                = true
    ingress_cidr_blocks     = { office = "10.0.0.0/8" }
    ingress_prefix_list_ids = { partners = "pl-0123456789abcdef0" }
    access_logs             = { bucket = "logs", prefix = "shop" }
    connection_logs         = { bucket = "logs" }
    web_acl_arn             = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/shop/1"
    desync_mitigation_mode  = "strictest"
    tags                    = { Team = "shop" }
  }

  assert {
    condition     = aws_lb.this.internal && aws_lb.this.desync_mitigation_mode == "strictest"
    error_message = "It must be internal and strict."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.listener["office"].cidr_ipv4 == "10.0.0.0/8" && aws_vpc_security_group_ingress_rule.listener["office"].prefix_list_id == null && aws_vpc_security_group_ingress_rule.listener["partners"].prefix_list_id == "pl-0123456789abcdef0" && aws_vpc_security_group_ingress_rule.listener["partners"].cidr_ipv4 == null
    error_message = "Each client must come in by its own kind of address."
  }

  assert {
    condition     = one(aws_lb.this.access_logs).enabled && one(aws_lb.this.access_logs).bucket == "logs" && one(aws_lb.this.access_logs).prefix == "shop" && one(aws_lb.this.connection_logs).enabled
    error_message = "Both kinds of logs must be written."
  }

  assert {
    condition     = aws_wafv2_web_acl_association.this["this"].web_acl_arn == var.web_acl_arn
    error_message = "Every request must pass the web ACL."
  }

  assert {
    condition     = alltrue([for tags in [aws_lb.this.tags, aws_lb_listener.this.tags, aws_security_group.this.tags] : tags["Team"] == "shop" && contains(keys(tags), "Name")])
    error_message = "Everything must carry the caller's tags."
  }
}
