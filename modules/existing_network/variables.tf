variable "vpc_id" {
  description = "Id of the VPC."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^vpc-[0-9a-z]+$", var.vpc_id))
    error_message = "vpc_id must be the id of a VPC, such as vpc-0123456789abcdef0."
  }
}

variable "public_subnet_ids" {
  description = "Ids of the public subnets by availability zone, for load balancers that the internet may call; none if there are no such."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for zone in keys(var.public_subnet_ids) : can(regex("^([a-z]{2}(-[a-z]+)+-[0-9][a-z]|[a-z]{2,4}[0-9]-az[0-9]+)$", zone))])
    error_message = "public_subnet_ids must be keyed by zones, by name or id, such as us-east-1a or use1-az1."
  }

  validation {
    condition     = length(var.public_subnet_ids) != 1
    error_message = "public_subnet_ids must be in at least 2 zones, or there must be none; a load balancer needs two."
  }
}

variable "private_subnet_ids" {
  description = "Ids of the private subnets by availability zone, where tasks run. Their way out is for its owner to see to."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for zone in keys(var.private_subnet_ids) : can(regex("^([a-z]{2}(-[a-z]+)+-[0-9][a-z]|[a-z]{2,4}[0-9]-az[0-9]+)$", zone))])
    error_message = "private_subnet_ids must be keyed by zones, by name or id, such as us-east-1a or use1-az1."
  }

  validation {
    condition     = length(var.private_subnet_ids) >= 2
    error_message = "private_subnet_ids must be in at least 2 zones."
  }
}

variable "isolated_subnet_ids" {
  description = "Ids of subnets without a way out, by availability zone."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for zone in keys(var.isolated_subnet_ids) : can(regex("^([a-z]{2}(-[a-z]+)+-[0-9][a-z]|[a-z]{2,4}[0-9]-az[0-9]+)$", zone))])
    error_message = "isolated_subnet_ids must be keyed by zones, by name or id, such as us-east-1a or use1-az1."
  }
}
