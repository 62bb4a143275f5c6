variable "name" {
  description = "Name of the dashboard and prefix of the alarms' names."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9_-]{0,99}$", var.name))
    error_message = "name must be 1 to 100 letters, digits, hyphens and underscores and start with a letter."
  }
}

variable "load_balancer_arn" {
  description = "ARN of the load balancer in front of the services."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:elasticloadbalancing:.*:loadbalancer/app/.+$", var.load_balancer_arn))
    error_message = "load_balancer_arn must be the ARN of an application load balancer."
  }
}

variable "cluster_name" {
  description = "Name of the ECS cluster of the services."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.cluster_name))
    error_message = "cluster_name must be the name of a cluster, not its ARN."
  }
}

variable "services" {
  description = "What is watched, by a short name for people: the ECS service, how many of its tasks are to run at least, and its target group, null for one that has none. weight and canary_weight are for the dashboard only: percent of the requests of its paths that it gets itself (null: it is what all paths fall back on), and percent of those that its canary gets (null: it has none)."
  type        = any
  nullable    = false

  validation {
    condition     = length(setsubtract(flatten([for service in values(var.services) : [try(keys(service), []), [for name in try(keys(service.target_group), []) : "target_group.${name}"]]]), local.known.service)) == 0
    error_message = "services do not know ${join(", ", setsubtract(flatten([for service in values(var.services) : [try(keys(service), []), [for name in try(keys(service.target_group), []) : "target_group.${name}"]]]), local.known.service))}. They know ${join(", ", local.known.service)}."
  }

  validation {
    condition     = try(length(keys(var.services)) > 0 && alltrue([for name in keys(var.services) : can(regex("^[A-Za-z0-9_-]{1,64}$", name))]), false)
    error_message = "services must name at least 1, by 1 to 64 letters, digits, hyphens and underscores."
  }

  validation {
    condition     = alltrue([for service in values(var.services) : try(service.min_tasks >= 1 && service.min_tasks % 1 == 0, false)])
    error_message = "services must have a min_tasks that is a whole number from 1; leave out what may rest."
  }

  validation {
    condition     = alltrue([for service in values(var.services) : try(service.target_group, null) == null || can(regex("^arn:[^:]+:elasticloadbalancing:.*:targetgroup/.+$", service.target_group.arn))])
    error_message = "services must have ARNs of target groups, or null."
  }
}

variable "table_names" {
  description = "Names of the DynamoDB tables whose throttled requests are watched."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for table in var.table_names : can(regex("^[A-Za-z0-9_.-]{3,255}$", table))])
    error_message = "table_names must be names of tables, not ARNs."
  }
}

variable "topic_arns" {
  description = "ARNs of the SNS topics that hear when an alarm is raised, and when it is over; at most 5."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.topic_arns : can(regex("^arn:[^:]+:sns:[^:]+:[0-9]{12}:[A-Za-z0-9_-]+$", arn))])
    error_message = "topic_arns must be ARNs of SNS topics (no FIFO topics), such as arn:aws:sns:us-east-1:123456789012:on-call."
  }

  validation {
    condition     = length(var.topic_arns) <= 5
    error_message = "topic_arns must be at most 5; an alarm takes no more."
  }
}

variable "thresholds" {
  description = "Above what an alarm is raised, if each of the last so many minutes is: percent of a service's answers that are 5xx, 5xx of the load balancer's own, seconds of a service's p99, and throttled requests of a table. A minute with fewer than min_requests does not count for percentages and p99."
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(try(keys(var.thresholds), []), local.known.thresholds)) == 0
    error_message = "thresholds do not know ${join(", ", setsubtract(try(keys(var.thresholds), []), local.known.thresholds))}. They know ${join(", ", local.known.thresholds)}."
  }

  validation {
    condition     = alltrue([for value in try(var.thresholds.target_5xx_percent[*], []) : try(value >= 0 && value < 100, false)])
    error_message = "thresholds.target_5xx_percent must be from 0 to below 100."
  }

  validation {
    condition     = alltrue(flatten([for name in ["elb_5xx_per_minute", "throttles_per_minute", "p99_seconds"] : [for value in try(var.thresholds[name][*], []) : try(value > 0 || (value == 0 && name != "p99_seconds"), false)]]))
    error_message = "thresholds.elb_5xx_per_minute and throttles_per_minute must be from 0, and p99_seconds above 0."
  }

  validation {
    condition     = alltrue([for value in try(var.thresholds.min_requests[*], []) : try(value >= 1 && value % 1 == 0, false)])
    error_message = "thresholds.min_requests must be a whole number from 1."
  }

  validation {
    condition     = alltrue([for value in try(var.thresholds.minutes[*], []) : try(value >= 1 && value <= 60 && value % 1 == 0, false)])
    error_message = "thresholds.minutes must be a whole number from 1 to 60."
  }
}

variable "container_insights" {
  description = "Whether the cluster has Container Insights: then running tasks are compared with what the service wants just now, which autoscaling may have raised, in the place of min_tasks."
  type        = bool
  default     = false
  nullable    = false
}

variable "dashboard" {
  description = "Whether there is a dashboard."
  type        = bool
  default     = true
  nullable    = false
}

variable "tags" {
  description = "Tags of the alarms, on top of the provider's. A dashboard has none."
  type        = map(string)
  default     = {}
  nullable    = false
}
