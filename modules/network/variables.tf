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
  description = "Subnet ranges by availability zone name. The names are the keys of every per-zone resource, so they must be written out, not looked up."
  type = map(object({
    public_cidr_block  = string
    private_cidr_block = string
  }))
  nullable = false

  validation {
    condition     = length(var.zones) >= 2
    error_message = "zones must name at least 2 availability zones; a load balancer needs two."
  }

  validation {
    condition     = alltrue([for zone in keys(var.zones) : can(regex("^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$", zone))])
    error_message = "zones must be keyed by availability zone names, such as us-east-1a."
  }

  validation {
    condition     = alltrue(flatten([for zone in values(var.zones) : [can(cidrhost(zone.public_cidr_block, 0)), can(cidrhost(zone.private_cidr_block, 0))]]))
    error_message = "zones must give IPv4 ranges, such as 10.0.1.0/24."
  }

  validation {
    condition     = length(distinct(flatten([for zone in values(var.zones) : [zone.public_cidr_block, zone.private_cidr_block]]))) == 2 * length(var.zones)
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
