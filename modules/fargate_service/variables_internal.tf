# How requests reach it inside the VPC

variable "internal_listener" {
  description = "Listener of a second load balancer, such as one inside the VPC, with that load balancer's security group: those of additional_listener_rules whose names are in rules stand on it, and lead to the service alone. The tasks are in a target group with -i after the name there, those of the canary in one with -n, which gets the canary's weight of these requests too. Before it is null again, apply it with registers = false, by which the tasks leave these groups: a group must not go together with what is attached to it."
  type        = any
  default     = null

  validation {
    condition     = length(setsubtract(try(keys(var.internal_listener), []), local.known.internal_listener)) == 0
    error_message = "internal_listener does not know ${join(", ", setsubtract(try(keys(var.internal_listener), []), local.known.internal_listener))}. It knows ${join(", ", local.known.internal_listener)}."
  }

  validation {
    condition     = alltrue([for listener in var.internal_listener[*] : try(length(listener.rules) > 0 && length(setsubtract(listener.rules, keys(module.typed.additional_listener_rules))) == 0, false)])
    error_message = "internal_listener.rules must be names of additional_listener_rules, at least one."
  }

  validation {
    condition     = alltrue([for listener in var.internal_listener[*] : alltrue([for name, rule in module.typed.additional_listener_rules : rule.preview_priorities == null if try(contains(listener.rules, name), false)])])
    error_message = "internal_listener.rules must be rules without preview_priorities."
  }

  validation {
    condition     = alltrue([for listener in var.internal_listener[*] : can(regex("^arn:[^:]+:elasticloadbalancing:.*:listener/", listener.arn))])
    error_message = "internal_listener.arn must be the ARN of a load balancer's listener."
  }

  validation {
    condition     = var.internal_listener == null || length(var.name) <= 30
    error_message = "internal_listener needs a name of at most 30 characters, because its target groups have that name and -i or -n."
  }
}
