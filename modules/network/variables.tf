variable "name" {
  description = "Name of the VPC and prefix of the Name tag of everything in it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,31}$", var.name))
    error_message = "name must be 1 to 32 small letters, digits and hyphens and start with a letter."
  }
}

variable "cidr_block" {
  description = "IPv4 range of the VPC, /16 to /28."
  type        = string
  nullable    = false

  validation {
    condition     = can(cidrhost(var.cidr_block, 0)) && try(tonumber(split("/", var.cidr_block)[1]) >= 16 && tonumber(split("/", var.cidr_block)[1]) <= 28, false)
    error_message = "cidr_block must be an IPv4 range of /16 to /28, such as 10.0.0.0/16."
  }
}

variable "zones" {
  description = "Subnet ranges by availability zone, all by name or all by id: us-east-1a is another place in each account, use1-az1 the same in all. They are the keys of every per-zone resource, so they must be written out, not looked up. Isolated subnets reach the VPC, S3 and DynamoDB, and nothing else."
  type        = any
  nullable    = false

  validation {
    condition     = length(setsubtract(flatten([for zone in values(var.zones) : try(keys(zone), [])]), local.known.zone)) == 0
    error_message = "zones do not know ${join(", ", setsubtract(flatten([for zone in values(var.zones) : try(keys(zone), [])]), local.known.zone))}. They know ${join(", ", local.known.zone)}."
  }

  validation {
    condition     = try(length(keys(var.zones)) >= 2, false)
    error_message = "zones must name at least 2 availability zones; a load balancer needs two."
  }

  validation {
    condition     = anytrue([for pattern in ["^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$", "^[a-z]{2,4}[0-9]-az[0-9]+$"] : alltrue([for zone in keys(var.zones) : can(regex(pattern, zone))])])
    error_message = "zones must be keyed by availability zone names, such as us-east-1a, or all by ids, such as use1-az1."
  }

  validation {
    condition     = alltrue(flatten([for zone in values(var.zones) : [for block in try(values(zone), [""]) : block == null || can(cidrhost(block, 0))]]))
    error_message = "zones must give IPv4 ranges, such as 10.0.1.0/24."
  }

  validation {
    condition     = try(length(distinct(compact(flatten([for zone in values(var.zones) : values(zone)])))) == length(compact(flatten([for zone in values(var.zones) : values(zone)]))), true)
    error_message = "zones must give every subnet a range of its own."
  }
}

variable "nat_mode" {
  description = "Way out of the private subnets: none, single (one NAT gateway for all zones) or per_az (one for each zone, survives the loss of a zone)."
  type        = string
  default     = "single"
  nullable    = false

  validation {
    condition     = contains(["none", "single", "per_az"], var.nat_mode)
    error_message = "nat_mode must be none, single or per_az."
  }
}

variable "ipv6" {
  description = "Whether the VPC and its subnets have IPv6 ranges too; private subnets then call out through an egress-only gateway, which is free, and cannot be called."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags of everything here, on top of the provider's."
  type        = map(string)
  default     = {}
  nullable    = false
}
