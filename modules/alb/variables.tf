variable "name" {
  description = "Name of the load balancer."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$", var.name)) && !startswith(var.name, "internal-")
    error_message = "name must be 1 to 32 small letters, digits and hyphens, start with a letter, end without a hyphen, and not begin with internal-."
  }
}

variable "vpc_id" {
  description = "VPC of the load balancer."
  type        = string
  nullable    = false
}

variable "subnet_ids" {
  description = "Subnets in at least two availability zones: public ones, unless the load balancer is internal."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids must name at least 2 subnets, each in a zone of its own."
  }
}

variable "listener_port" {
  description = "TCP port of the listener."
  type        = number
  default     = 80
  nullable    = false

  validation {
    condition     = var.listener_port >= 1 && var.listener_port <= 65535 && floor(var.listener_port) == var.listener_port
    error_message = "listener_port must be a TCP port from 1 to 65535."
  }
}

variable "ingress_cidr_blocks" {
  description = "IPv4 ranges that may call the listener, by a name of theirs; null: all may, or with cloudfront_only none."
  type        = map(string)
  default     = null

  validation {
    condition     = var.ingress_cidr_blocks == null || alltrue([for block in values(coalesce(var.ingress_cidr_blocks, {})) : can(cidrhost(block, 0))])
    error_message = "ingress_cidr_blocks must be IPv4 ranges, such as { office = \"203.0.113.0/24\" }."
  }
}

variable "ip_address_type" {
  description = "By which protocols clients reach it: ipv4, dualstack, IPv6 too, or dualstack-without-public-ipv4, an internet-facing one by IPv6 alone. For the last two its subnets need IPv6 ranges. Tasks are called over IPv4."
  type        = string
  default     = "ipv4"
  nullable    = false

  validation {
    condition     = contains(["ipv4", "dualstack", "dualstack-without-public-ipv4"], var.ip_address_type)
    error_message = "ip_address_type must be ipv4, dualstack or dualstack-without-public-ipv4."
  }

  validation {
    condition     = !var.internal || var.ip_address_type != "dualstack-without-public-ipv4"
    error_message = "ip_address_type of an internal load balancer must be ipv4 or dualstack; it has no public addresses."
  }
}

variable "ingress_ipv6_cidr_blocks" {
  description = "IPv6 ranges that may call the listener, by a name of theirs; null: all may where all may over IPv4, else none."
  type        = map(string)
  default     = null

  validation {
    condition     = var.ingress_ipv6_cidr_blocks == null || alltrue([for block in values(coalesce(var.ingress_ipv6_cidr_blocks, {})) : can(cidrhost(block, 0)) && strcontains(block, ":")])
    error_message = "ingress_ipv6_cidr_blocks must be IPv6 ranges, such as { office = \"2001:db8::/32\" }."
  }

  validation {
    condition     = var.ingress_ipv6_cidr_blocks == null || var.ip_address_type != "ipv4"
    error_message = "ingress_ipv6_cidr_blocks need an ip_address_type with IPv6."
  }

  validation {
    condition     = length(setintersection(keys(coalesce(var.ingress_ipv6_cidr_blocks, {})), concat(["everywhere", "cloudfront"], keys(coalesce(var.ingress_cidr_blocks, {})), keys(var.ingress_prefix_list_ids), keys(var.ingress_security_group_ids)))) == 0
    error_message = "ingress_ipv6_cidr_blocks must not share a name with other callers; everywhere is that of all over IPv4, and cloudfront that of cloudfront_only."
  }
}

variable "ingress_prefix_list_ids" {
  description = "Prefix lists that may call the listener, by a name of theirs, such as the one of CloudFront's addresses."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for id in values(var.ingress_prefix_list_ids) : can(regex("^pl-[0-9a-z]+$", id))])
    error_message = "ingress_prefix_list_ids must be ids of prefix lists, such as { cloudfront = \"pl-3b927c52\" }."
  }

  validation {
    condition = length(setintersection(keys(var.ingress_prefix_list_ids), keys(coalesce(var.ingress_cidr_blocks, var.cloudfront_only ? {} : { everywhere = "0.0.0.0/0" })))) == 0 && (
      !var.cloudfront_only || !contains(concat(keys(coalesce(var.ingress_cidr_blocks, {})), keys(var.ingress_prefix_list_ids)), "cloudfront")
    )
    error_message = "ingress_prefix_list_ids and ingress_cidr_blocks must not share a name; everywhere is that of all callers, and cloudfront that of cloudfront_only."
  }
}

variable "ingress_security_group_ids" {
  description = "Security groups whose members may call the listener, by a name of theirs, such as those of the services that an internal load balancer is for. Whoever is to be let in by these alone gives ingress_cidr_blocks = {}."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setintersection(keys(var.ingress_security_group_ids), concat(keys(coalesce(var.ingress_cidr_blocks, var.cloudfront_only ? {} : { everywhere = "0.0.0.0/0" })), keys(var.ingress_prefix_list_ids), ["cloudfront"]))) == 0
    error_message = "ingress_security_group_ids must not share a name with ingress_cidr_blocks and ingress_prefix_list_ids; everywhere is that of all callers, and cloudfront that of cloudfront_only."
  }
}

variable "cloudfront_only" {
  description = "Whether the addresses of CloudFront may call the listener, by AWS's own prefix list, and others only as ingress_cidr_blocks and ingress_prefix_list_ids say. Everybody's distributions come from there: each rule has to ask for a header with a secret that only yours sends. What no rule takes is answered with 403 then."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.cloudfront_only || var.redirect_http_port == null
    error_message = "cloudfront_only and redirect_http_port do not go together: AWS's prefix list counts as 55 rules of the 60 that a security group may have, for each port. Let CloudFront redirect."
  }
}

variable "internal" {
  description = "Whether only networks that reach the VPC can call it."
  type        = bool
  default     = false
  nullable    = false
}

variable "certificate_arn" {
  description = "Certificate with which the listener speaks HTTPS; null: it speaks HTTP."
  type        = string
  default     = null

  validation {
    condition     = var.certificate_arn == null || can(regex("^arn:[^:]+:(acm|iam):", var.certificate_arn))
    error_message = "certificate_arn must be the ARN of a certificate in ACM or IAM."
  }
}

variable "additional_certificate_arns" {
  description = "More certificates of the listener, by a name of theirs: each client is shown the one for the server that it names."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.additional_certificate_arns) == 0 || var.certificate_arn != null
    error_message = "additional_certificate_arns need a certificate_arn, the default."
  }
}

variable "ssl_policy" {
  description = "Security policy of an HTTPS listener: which versions and ciphers it speaks."
  type        = string
  default     = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  nullable    = false

  validation {
    condition     = startswith(var.ssl_policy, "ELBSecurityPolicy-")
    error_message = "ssl_policy must be one of AWS's, such as ELBSecurityPolicy-TLS13-1-2-2021-06."
  }
}

variable "redirect_http_port" {
  description = "TCP port of a second listener that sends clients on to HTTPS, usually 80; null: there is none."
  type        = number
  default     = null

  validation {
    condition     = var.redirect_http_port == null || var.certificate_arn != null
    error_message = "redirect_http_port needs a certificate_arn: there is no HTTPS to send clients to."
  }

  validation {
    condition     = var.redirect_http_port == null || try(var.redirect_http_port >= 1 && var.redirect_http_port <= 65535 && var.redirect_http_port != var.listener_port, false)
    error_message = "redirect_http_port must be a TCP port from 1 to 65535, and not listener_port."
  }
}

variable "access_logs" {
  description = "S3 bucket, and prefix in it, for a line about each request; null: none is written. The bucket's policy must let the load balancer write."
  type        = any
  default     = null

  validation {
    condition     = length(setsubtract(try(keys(var.access_logs), []), local.known.logs)) == 0
    error_message = "access_logs do not know ${join(", ", setsubtract(try(keys(var.access_logs), []), local.known.logs))}. They know ${join(", ", local.known.logs)}."
  }
}

variable "connection_logs" {
  description = "S3 bucket, and prefix in it, for a line about each connection; null: none is written."
  type        = any
  default     = null

  validation {
    condition     = length(setsubtract(try(keys(var.connection_logs), []), local.known.logs)) == 0
    error_message = "connection_logs do not know ${join(", ", setsubtract(try(keys(var.connection_logs), []), local.known.logs))}. They know ${join(", ", local.known.logs)}."
  }
}

variable "web_acl_arn" {
  description = "Web ACL of WAF that every request has to pass; null: there is none."
  type        = string
  default     = null

  validation {
    condition     = var.web_acl_arn == null || can(regex("^arn:[^:]+:wafv2:.*:regional/webacl/", var.web_acl_arn))
    error_message = "web_acl_arn must be the ARN of a regional web ACL of WAF v2."
  }
}

variable "desync_mitigation_mode" {
  description = "What is done with requests that two servers could read differently: monitor, defensive or strictest."
  type        = string
  default     = "defensive"
  nullable    = false

  validation {
    condition     = contains(["monitor", "defensive", "strictest"], var.desync_mitigation_mode)
    error_message = "desync_mitigation_mode must be monitor, defensive or strictest."
  }
}

variable "client_keep_alive_seconds" {
  description = "Seconds after which a client's connection ends with its next answer."
  type        = number
  default     = 3600
  nullable    = false

  validation {
    condition     = var.client_keep_alive_seconds >= 60 && var.client_keep_alive_seconds <= 604800
    error_message = "client_keep_alive_seconds must be from 60 to 604800."
  }
}

variable "tags" {
  description = "Tags of everything here, on top of the provider's."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "idle_timeout_seconds" {
  description = "Seconds after which a silent connection is closed. Services must keep theirs open longer, or random 502s follow."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.idle_timeout_seconds >= 1 && var.idle_timeout_seconds <= 4000
    error_message = "idle_timeout_seconds must be from 1 to 4000."
  }
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the load balancer."
  type        = bool
  default     = false
  nullable    = false
}
