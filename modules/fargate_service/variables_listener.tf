# How requests reach it

variable "listener_arn" {
  description = "ARN of the load balancer's listener; null for a service without a load balancer, such as a worker."
  type        = string
  default     = null

  validation {
    condition     = (var.listener_arn == null) == (var.listener_rule == null)
    error_message = "listener_arn must be set if, and only if, there is a listener_rule."
  }
}

variable "alb_security_group_id" {
  description = "Security group of the load balancer, the only source from which tasks accept traffic unless ingress_security_group_ids name more; null without a load balancer."
  type        = string
  default     = null

  validation {
    condition     = (var.alb_security_group_id == null) == (var.listener_rule == null)
    error_message = "alb_security_group_id must be set if, and only if, there is a listener_rule."
  }
}

variable "open_alb_to_tasks" {
  description = "Whether the load balancer's security group gets a rule by which it may call the tasks. Without it that group's owner has to see to it."
  type        = bool
  default     = false
  nullable    = false
}

variable "weight" {
  description = "Percentage of the rule's requests that this service gets; the rest goes to fallback."
  type        = number
  default     = 100
  nullable    = false

  validation {
    condition     = var.weight >= 0 && var.weight <= 100 && floor(var.weight) == var.weight
    error_message = "weight must be a whole number from 0 to 100."
  }

  validation {
    condition     = var.weight == 100 || var.fallback != null
    error_message = "weight below 100 needs a fallback that takes the rest."
  }
}

variable "fallback" {
  description = "Target group that gets what weight leaves over; null if there is none. Where it belongs to a service with a canary, that one gets canary_weight percent of this."
  type        = any
  default     = null

  validation {
    condition     = length(setsubtract(try(keys(var.fallback), []), local.known.fallback)) == 0
    error_message = "fallback does not know ${join(", ", setsubtract(try(keys(var.fallback), []), local.known.fallback))}. It knows ${join(", ", local.known.fallback)}."
  }

  validation {
    condition     = alltrue([for value in try(var.fallback.canary_weight[*], []) : try(value >= 0 && value <= 100 && value % 1 == 0, false)])
    error_message = "fallback.canary_weight must be a whole number from 0 to 100."
  }
}

variable "fallback_group" {
  description = "Whether there is a second target group with the same tasks, named after the service and -f, for others that fall back on this service. Its metrics are then those of their paths alone."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.fallback_group || length(var.name) <= 30
    error_message = "fallback_group needs a name of at most 30 characters, because the group has that name and -f."
  }

  validation {
    condition     = !var.fallback_group || var.listener_rule != null
    error_message = "fallback_group needs a load balancer, and so a listener_rule."
  }
}

# How requests are chosen for the service

variable "listener_rule" {
  description = "Which requests the service serves; null: it has no load balancer. It takes those that match every condition that is given. The lowest priority number wins; a path pattern may use * (any characters, / included) and ?, and so may host and header values and query strings. With preview_priorities there are two rules beside it, whose priorities should be lower: they take what it takes where preview_header picks a side."
  type        = any
  default     = null

  validation {
    condition     = length(setsubtract(flatten([for rule in var.listener_rule[*] : [try(keys(rule), []), [for place in try(range(length(rule.query_strings)), []) : [for name in try(keys(rule.query_strings[place]), keys(tolist(rule.query_strings)[place]), []) : "query_strings.${name}"]], [for name in try(keys(rule.preview_priorities), []) : "preview_priorities.${name}"]]]), local.known.rule)) == 0
    error_message = "listener_rule does not know ${join(", ", setsubtract(flatten([for rule in var.listener_rule[*] : [try(keys(rule), []), [for place in try(range(length(rule.query_strings)), []) : [for name in try(keys(rule.query_strings[place]), keys(tolist(rule.query_strings)[place]), []) : "query_strings.${name}"]], [for name in try(keys(rule.preview_priorities), []) : "preview_priorities.${name}"]]]), local.known.rule))}. It knows ${join(", ", local.known.rule)}."
  }

  validation {
    condition     = alltrue([for rule in var.listener_rule[*] : try(rule.priority >= 1 && rule.priority <= 50000, false)])
    error_message = "listener_rule.priority must be from 1 to 50000."
  }

  validation {
    condition     = alltrue([for rule in var.listener_rule[*] : contains(range(1, 6), length(flatten([for values in concat([for name in ["path_patterns", "methods", "host_headers", "query_strings", "source_ips"] : try(rule[name], [])], try(values(rule.http_headers), [])) : try(distinct([for one in values : jsonencode(one)]), [])])))])
    error_message = "listener_rule must have 1 to 5 values in all its conditions together; a rule takes no more."
  }

  validation {
    condition     = alltrue([for rule in var.listener_rule[*] : try(alltrue([for pattern in rule.path_patterns : can(regex(local.rule_patterns.path, pattern))]), true)])
    error_message = "listener_rule.path_patterns must begin with / or *, be at most 128 characters long, and use what ALB allows."
  }

  validation {
    condition     = alltrue([for rule in var.listener_rule[*] : try(alltrue([for method in rule.methods : can(regex(local.rule_patterns.method, method))]), true)])
    error_message = "listener_rule.methods must be 1 to 40 capitals, hyphens and underscores, such as GET."
  }

  validation {
    condition     = alltrue([for rule in var.listener_rule[*] : try(alltrue([for host in rule.host_headers : can(regex(local.rule_patterns.host, host))]), true)])
    error_message = "listener_rule.host_headers must be host names of at most 128 characters with a dot in them; * and ? are allowed."
  }

  validation {
    condition     = alltrue([for rule in var.listener_rule[*] : try(alltrue([for name, values in rule.http_headers : can(regex(local.rule_patterns.header, name)) && try(length(values) > 0, false)]), true)])
    error_message = "listener_rule.http_headers must have names of at most 40 characters without wildcards, and at least 1 value each."
  }

  validation {
    condition     = alltrue([for rule in var.listener_rule[*] : alltrue([for text in flatten([try(values(rule.http_headers), []), try([for pair in rule.query_strings : [pair.value, try(coalesce(pair.key), pair.value)]], [])]) : try(length(tostring(text)) >= 1 && length(tostring(text)) <= 128, false)])])
    error_message = "listener_rule.http_headers and query_strings must be 1 to 128 characters long."
  }

  validation {
    condition     = alltrue([for rule in var.listener_rule[*] : try(alltrue([for block in rule.source_ips : can(cidrhost(block, 0))]), true)])
    error_message = "listener_rule.source_ips must be address blocks such as 10.0.0.0/16."
  }
}

variable "additional_listener_rules" {
  description = "More rules that lead to the service, such as for another method of another path: any stable name => rule, as listener_rule. All but those of internal_listener share the weight and the fallback."
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(flatten([for rule in values(var.additional_listener_rules) : [try(keys(rule), []), [for place in try(range(length(rule.query_strings)), []) : [for name in try(keys(rule.query_strings[place]), keys(tolist(rule.query_strings)[place]), []) : "query_strings.${name}"]], [for name in try(keys(rule.preview_priorities), []) : "preview_priorities.${name}"]]]), local.known.rule)) == 0
    error_message = "additional_listener_rules do not know ${join(", ", setsubtract(flatten([for rule in values(var.additional_listener_rules) : [try(keys(rule), []), [for place in try(range(length(rule.query_strings)), []) : [for name in try(keys(rule.query_strings[place]), keys(tolist(rule.query_strings)[place]), []) : "query_strings.${name}"]], [for name in try(keys(rule.preview_priorities), []) : "preview_priorities.${name}"]]]), local.known.rule))}. They know ${join(", ", local.known.rule)}."
  }

  validation {
    condition     = alltrue([for rule in values(var.additional_listener_rules) : try(rule.priority >= 1 && rule.priority <= 50000, false)])
    error_message = "additional_listener_rules: each priority must be from 1 to 50000."
  }

  validation {
    condition     = alltrue([for rule in values(var.additional_listener_rules) : contains(range(1, 6), length(flatten([for values in concat([for name in ["path_patterns", "methods", "host_headers", "query_strings", "source_ips"] : try(rule[name], [])], try(values(rule.http_headers), [])) : try(distinct([for one in values : jsonencode(one)]), [])])))])
    error_message = "Each of additional_listener_rules must have 1 to 5 values in all its conditions together; a rule takes no more."
  }

  validation {
    condition     = alltrue([for rule in values(var.additional_listener_rules) : try(alltrue([for pattern in rule.path_patterns : can(regex(local.rule_patterns.path, pattern))]), true)])
    error_message = "additional_listener_rules: each path_patterns must begin with / or *, be at most 128 characters long, and use what ALB allows."
  }

  validation {
    condition     = alltrue([for rule in values(var.additional_listener_rules) : try(alltrue([for method in rule.methods : can(regex(local.rule_patterns.method, method))]), true)])
    error_message = "additional_listener_rules: each methods must be 1 to 40 capitals, hyphens and underscores, such as GET."
  }

  validation {
    condition     = alltrue([for rule in values(var.additional_listener_rules) : try(alltrue([for host in rule.host_headers : can(regex(local.rule_patterns.host, host))]), true)])
    error_message = "additional_listener_rules: each host_headers must be host names of at most 128 characters with a dot in them; * and ? are allowed."
  }

  validation {
    condition     = alltrue([for rule in values(var.additional_listener_rules) : try(alltrue([for name, values in rule.http_headers : can(regex(local.rule_patterns.header, name)) && try(length(values) > 0, false)]), true)])
    error_message = "additional_listener_rules: each http_headers must have names of at most 40 characters without wildcards, and at least 1 value each."
  }

  validation {
    condition     = alltrue([for rule in values(var.additional_listener_rules) : alltrue([for text in flatten([try(values(rule.http_headers), []), try([for pair in rule.query_strings : [pair.value, try(coalesce(pair.key), pair.value)]], [])]) : try(length(tostring(text)) >= 1 && length(tostring(text)) <= 128, false)])])
    error_message = "additional_listener_rules: each http_headers and query_strings must be 1 to 128 characters long."
  }

  validation {
    condition     = alltrue([for rule in values(var.additional_listener_rules) : try(alltrue([for block in rule.source_ips : can(cidrhost(block, 0))]), true)])
    error_message = "additional_listener_rules: each source_ips must be address blocks such as 10.0.0.0/16."
  }

  validation {
    condition     = length(distinct([for rule in concat(var.listener_rule[*], values(var.additional_listener_rules)) : try(tonumber(rule.priority), null)])) == length(concat(var.listener_rule[*], values(var.additional_listener_rules)))
    error_message = "additional_listener_rules must have priorities of their own."
  }

  validation {
    condition     = !contains(keys(var.additional_listener_rules), "first")
    error_message = "additional_listener_rules must not have the name first, which is that of listener_rule."
  }

  validation {
    condition     = length(var.additional_listener_rules) == 0 || var.listener_rule != null
    error_message = "additional_listener_rules need a listener_rule."
  }
}

# How somebody picks a side

variable "preview_header" {
  description = "Header that picks a side where a rule has preview_priorities: with the value new:KEY a request goes to the canary while that has tasks, else to the service's own tasks, with old:KEY to what had the requests before: the own tasks, or the fallback where there is no canary with tasks. The key stands in the rules, and so in the Terraform state."
  type        = any
  default     = null

  validation {
    condition     = length(setsubtract(try(keys(var.preview_header), []), local.known.preview_header)) == 0
    error_message = "preview_header does not know ${join(", ", setsubtract(try(keys(var.preview_header), []), local.known.preview_header))}. It knows ${join(", ", local.known.preview_header)}."
  }

  validation {
    condition     = alltrue([for value in try(var.preview_header.name[*], []) : can(regex(local.rule_patterns.header, value))])
    error_message = "preview_header.name must be at most 40 characters of a header's name, without wildcards."
  }

  validation {
    condition     = var.preview_header == null || can(regex("^[A-Za-z0-9_-]{16,100}$", var.preview_header.key))
    error_message = "preview_header.key must be 16 to 100 letters, digits, hyphens and underscores."
  }

  validation {
    condition     = var.preview_header != null || alltrue([for rule in concat(module.typed.listener_rule[*], values(module.typed.additional_listener_rules)) : rule.preview_priorities == null])
    error_message = "preview_priorities of a rule need a preview_header."
  }

  validation {
    condition     = var.preview_header == null || alltrue([for rule in concat(module.typed.listener_rule[*], values(module.typed.additional_listener_rules)) : rule.preview_priorities == null || try(rule.preview_priorities.new < rule.priority && rule.preview_priorities.old < rule.priority && rule.preview_priorities.new != rule.preview_priorities.old, false)])
    error_message = "preview_priorities must be two numbers below the priority of their rule, which would take their requests otherwise."
  }

  validation {
    condition     = var.preview_header == null || alltrue([for rule in concat(module.typed.listener_rule[*], values(module.typed.additional_listener_rules)) : rule.preview_priorities == null || contains(range(1, 5), length(concat(tolist(rule.path_patterns), tolist(rule.methods), tolist(rule.host_headers), flatten([for values in values(rule.http_headers) : tolist(values)]), [for pair in rule.query_strings : pair.value], tolist(rule.source_ips))))])
    error_message = "A rule with preview_priorities must have at most 4 values in all its conditions together; the header is the fifth."
  }
}
