# What it may call, and who may call it beside the load balancer

variable "assign_public_ip" {
  description = "Whether tasks get public addresses; needed in public subnets only."
  type        = bool
  default     = false
  nullable    = false
}

variable "egress_tcp_ports" {
  description = "TCP ports that tasks may call, anywhere. 443 is needed to pull images and to reach AWS, unless egress_rules lead to where these are."
  type        = set(number)
  default     = [443]
  nullable    = false

  validation {
    condition     = alltrue([for port in var.egress_tcp_ports : port >= 1 && port <= 65535])
    error_message = "egress_tcp_ports must be TCP ports from 1 to 65535."
  }
}

variable "egress_ipv6" {
  description = "Whether tasks may call egress_tcp_ports anywhere over IPv6 too, as in private subnets whose only way out is an egress-only gateway. They have addresses for it in subnets with an IPv6 range, if the account's setting dualStackIPv6 of ECS is on, as it is unless somebody turned it off."
  type        = bool
  default     = false
  nullable    = false
}

variable "egress_rules" {
  description = "More that tasks may call, by a name of theirs: a port, or those up to to_port, of one IPv4 or IPv6 range, prefix list or security group."
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(flatten([for rule in values(var.egress_rules) : try(keys(rule), [])]), local.known.egress_rule)) == 0
    error_message = "egress_rules do not know ${join(", ", setsubtract(flatten([for rule in values(var.egress_rules) : try(keys(rule), [])]), local.known.egress_rule))}. They know ${join(", ", local.known.egress_rule)}."
  }

  validation {
    condition     = alltrue([for name in keys(var.egress_rules) : !can(tonumber(trimsuffix(name, "-ipv6")))])
    error_message = "egress_rules must have names that are no numbers, with -ipv6 or without, which are those of egress_tcp_ports."
  }

  validation {
    condition     = alltrue([for rule in values(var.egress_rules) : contains(["tcp", "udp"], try(rule.protocol, null) == null ? "tcp" : rule.protocol) && try(rule.port >= 1 && try(coalesce(rule.to_port), rule.port) >= rule.port && try(coalesce(rule.to_port), rule.port) <= 65535, false)])
    error_message = "egress_rules must have protocol tcp or udp, and ports from 1 to 65535, the lower one first."
  }

  validation {
    condition     = alltrue([for rule in values(var.egress_rules) : length([for place in ["cidr_ipv4", "cidr_ipv6", "prefix_list_id", "security_group_id"] : true if try(rule[place], null) != null]) == 1])
    error_message = "egress_rules must each lead to one of cidr_ipv4, cidr_ipv6, prefix_list_id and security_group_id."
  }

  validation {
    condition     = alltrue([for rule in values(var.egress_rules) : try(can(cidrhost(rule.cidr_ipv6, 0)) && strcontains(rule.cidr_ipv6, ":"), false) || try(rule.cidr_ipv6, null) == null])
    error_message = "egress_rules: cidr_ipv6 must be an IPv6 range such as 2600:1f18::/32."
  }
}

variable "ingress_security_group_ids" {
  description = "Security groups, by a name of theirs, that may call container_port without the load balancer, such as those of callers by Service Connect."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.ingress_security_group_ids) == 0 || var.listener_rule != null || try(var.service_connect.discovery_name, null) != null
    error_message = "ingress_security_group_ids need a load balancer or a service_connect.discovery_name; the container has no port otherwise."
  }
}

variable "service_connect" {
  description = "Namespace of Service Connect in which the service calls others and, with discovery_name, is called by that name, at client_port or else container_port. The proxy in each task needs CPU and memory too. Null: it is in none."
  type        = any
  default     = null

  validation {
    condition     = length(setsubtract(try(keys(var.service_connect), []), local.known.service_connect)) == 0
    error_message = "service_connect does not know ${join(", ", setsubtract(try(keys(var.service_connect), []), local.known.service_connect))}. It knows ${join(", ", local.known.service_connect)}."
  }

  validation {
    condition     = alltrue([for one in var.service_connect[*] : can(regex("^arn:[^:]+:servicediscovery:[^:]*:[^:]*:namespace/", one.namespace_arn))])
    error_message = "service_connect.namespace_arn must be the ARN of a namespace of Cloud Map."
  }

  validation {
    condition     = alltrue([for value in try(var.service_connect.discovery_name[*], []) : can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", value))])
    error_message = "service_connect.discovery_name must be 1 to 63 small letters, digits and hyphens."
  }

  validation {
    condition     = alltrue([for one in var.service_connect[*] : try(one.discovery_name, null) != null || (try(one.client_port, null) == null && try(one.request_timeout_seconds, null) == null)])
    error_message = "service_connect.client_port and request_timeout_seconds need a discovery_name, by which the service is called."
  }

  validation {
    condition     = alltrue(concat([for value in try(var.service_connect.client_port[*], []) : try(value >= 1 && value <= 65535, false)], [for value in try(var.service_connect.request_timeout_seconds[*], []) : try(value >= 0, false)]))
    error_message = "service_connect.client_port must be a TCP port, and request_timeout_seconds not negative."
  }
}
