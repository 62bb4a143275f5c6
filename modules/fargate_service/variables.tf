variable "name" {
  description = "Name of the service, its target group, task definition family and, with a suffix, its roles. Another one leaves visitors unanswered until the new tasks serve; the README has a way without that."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$", var.name))
    error_message = "name must be 1 to 32 small letters, digits and hyphens, start with a letter and end without a hyphen."
  }
}

variable "service_name" {
  description = "Name of the ECS service where it is not name. A change that replaces the ECS service, such as from FARGATE to capacity providers, needs another one: it then comes up beside the old one, in the same target group."
  type        = string
  default     = null

  validation {
    condition     = var.service_name == null || can(regex("^[A-Za-z0-9_-]{1,253}$", var.service_name))
    error_message = "service_name must be 1 to 253 letters, digits, hyphens and underscores."
  }
}

variable "tags" {
  description = "Tags of everything here, on top of the provider's; tasks get those of the service."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.tags) <= 49 && !contains(keys(var.tags), "Name")
    error_message = "tags must be at most 49, without Name, which the module gives itself."
  }
}

# Where it runs

variable "cluster_arn" {
  description = "ARN of the ECS cluster."
  type        = string
  nullable    = false
}

variable "vpc_id" {
  description = "VPC of the tasks."
  type        = string
  nullable    = false
}

variable "subnet_ids" {
  description = "Subnets of the tasks, at least two."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids must name at least 2 subnets, or the loss of one zone stops the service."
  }
}

variable "capacity_provider_strategy" {
  description = "How tasks are shared among the cluster's capacity providers: FARGATE or FARGATE_SPOT => base, which come first, and weight of the rest. Empty: all run as launch type FARGATE. From empty to not, or back, replaces the ECS service: give service_name another value in the same apply."
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(flatten([for one in values(var.capacity_provider_strategy) : try(keys(one), [])]), local.known.capacity_provider)) == 0
    error_message = "capacity_provider_strategy does not know ${join(", ", setsubtract(flatten([for one in values(var.capacity_provider_strategy) : try(keys(one), [])]), local.known.capacity_provider))}. It knows ${join(", ", local.known.capacity_provider)}."
  }

  validation {
    condition     = try(alltrue([for name in keys(var.capacity_provider_strategy) : contains(["FARGATE", "FARGATE_SPOT"], name)]), false)
    error_message = "capacity_provider_strategy must name FARGATE and FARGATE_SPOT only."
  }

  validation {
    condition     = alltrue(flatten([for one in values(var.capacity_provider_strategy) : [for name, most in { weight = 1000, base = 100000 } : [for value in try(one[name][*], []) : try(value >= 0 && value <= most, false)]]]))
    error_message = "capacity_provider_strategy must have weights from 0 to 1000 and bases from 0 to 100000."
  }

  validation {
    condition     = length([for one in values(var.capacity_provider_strategy) : one if try(one.base > 0, false)]) <= 1
    error_message = "capacity_provider_strategy must have a base for one provider at most."
  }

  validation {
    condition     = length(var.capacity_provider_strategy) == 0 || anytrue([for one in values(var.capacity_provider_strategy) : try(one.weight > 0, false)])
    error_message = "capacity_provider_strategy must have a weight above 0, or nothing takes tasks beyond the base."
  }
}

variable "availability_zone_rebalancing" {
  description = "Whether ECS moves tasks when their zones have unequal numbers of them."
  type        = bool
  default     = false
  nullable    = false
}
