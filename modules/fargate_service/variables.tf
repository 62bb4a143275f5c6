variable "name" {
  description = "Name of the service, its target group, task definition family and, with a suffix, its roles."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$", var.name))
    error_message = "name must be 1 to 32 small letters, digits and hyphens, start with a letter and end without a hyphen."
  }
}

# What runs

variable "image" {
  description = "Image reference, with a tag or digest that is never moved."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[^\\s:@]+(:[0-9]+/[^\\s:@]+)?(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|@sha256:[0-9a-f]{64})$", var.image)) && !endswith(var.image, ":latest")
    error_message = "image must carry a tag other than latest, or a digest; a moving tag cannot be rolled back."
  }
}

variable "repository_arn" {
  description = "ARN of the ECR repository that the image is pulled from; null for a public image."
  type        = string
  default     = null
}

variable "container_name" {
  description = "Name of the container in the task definition."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.container_name))
    error_message = "container_name must be 1 to 255 letters, digits, hyphens and underscores."
  }
}

variable "container_port" {
  description = "TCP port on which the container listens; given to it as PORT."
  type        = number
  default     = 80
  nullable    = false

  validation {
    condition     = var.container_port >= 1 && var.container_port <= 65535 && floor(var.container_port) == var.container_port
    error_message = "container_port must be a TCP port from 1 to 65535."
  }
}

variable "cpu_units" {
  description = "CPU of a task in units of 1/1024 vCPU."
  type        = number
  default     = 256
  nullable    = false

  validation {
    condition     = contains(keys(local.memory_mib_by_cpu_units), tostring(var.cpu_units))
    error_message = "cpu_units must be one of ${join(", ", sort(keys(local.memory_mib_by_cpu_units)))}."
  }
}

variable "memory_mib" {
  description = "Memory of a task in MiB."
  type        = number
  default     = 512
  nullable    = false

  validation {
    condition     = contains(lookup(local.memory_mib_by_cpu_units, tostring(var.cpu_units), [var.memory_mib]), var.memory_mib)
    error_message = "memory_mib must be a size that Fargate offers for ${var.cpu_units} CPU units; see memory_mib_by_cpu_units in main.tf."
  }
}

variable "cpu_architecture" {
  description = "Architecture that the image was built for: X86_64 or ARM64."
  type        = string
  default     = "X86_64"
  nullable    = false

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture must be X86_64 or ARM64."
  }
}

variable "environment" {
  description = "Environment of the container, without PORT and without secrets."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = !contains(keys(var.environment), "PORT")
    error_message = "environment must not set PORT; set container_port."
  }
}

variable "secrets" {
  description = "Environment variables filled from SSM parameters or Secrets Manager secrets: name => ARN. The execution role may read exactly these."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for arn in values(var.secrets) : can(regex("^arn:[^:]+:(ssm:[^:]*:[^:]*:parameter/|secretsmanager:[^:]*:[^:]*:secret:)", arn))])
    error_message = "secrets must be ARNs of SSM parameters or Secrets Manager secrets."
  }

  validation {
    condition     = length(setintersection(keys(var.secrets), keys(var.environment))) == 0
    error_message = "secrets must not repeat a name of environment."
  }
}

variable "task_policies" {
  description = "What the containers may do in AWS: name of an inline policy of the task role => policy JSON. Names must be known when planning."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for policy in values(var.task_policies) : can(jsondecode(policy).Statement)])
    error_message = "task_policies must be IAM policy documents in JSON, with a Statement."
  }
}

variable "readonly_root_filesystem" {
  description = "Whether the container's own files are write-protected."
  type        = bool
  default     = true
  nullable    = false
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

variable "assign_public_ip" {
  description = "Whether tasks get public addresses; needed in public subnets only."
  type        = bool
  default     = false
  nullable    = false
}

variable "egress_tcp_ports" {
  description = "TCP ports that tasks may call, anywhere. 443 is needed to pull images and to reach AWS."
  type        = set(number)
  default     = [443]
  nullable    = false

  validation {
    condition     = alltrue([for port in var.egress_tcp_ports : port >= 1 && port <= 65535])
    error_message = "egress_tcp_ports must be TCP ports from 1 to 65535."
  }
}

# How it is checked

variable "health_check" {
  description = "How the load balancer finds out whether a task can serve."
  type = object({
    path                = optional(string, "/")
    matcher             = optional(string, "200")
    interval_seconds    = optional(number, 5)
    timeout_seconds     = optional(number, 2)
    healthy_threshold   = optional(number, 2)
    unhealthy_threshold = optional(number, 2)
  })
  default  = {}
  nullable = false

  validation {
    condition     = startswith(var.health_check.path, "/")
    error_message = "health_check.path must begin with /."
  }

  validation {
    condition     = can(regex("^[2-4][0-9]{2}([,-][2-4][0-9]{2})*$", var.health_check.matcher))
    error_message = "health_check.matcher must be HTTP status codes from 200 to 499, such as 200, 200,202 or 200-299."
  }

  validation {
    condition     = var.health_check.interval_seconds >= 5 && var.health_check.interval_seconds <= 300
    error_message = "health_check.interval_seconds must be from 5 to 300."
  }

  validation {
    condition     = var.health_check.timeout_seconds >= 2 && var.health_check.timeout_seconds < var.health_check.interval_seconds
    error_message = "health_check.timeout_seconds must be at least 2 and below interval_seconds."
  }

  validation {
    condition     = alltrue([for count in [var.health_check.healthy_threshold, var.health_check.unhealthy_threshold] : count >= 2 && count <= 10])
    error_message = "health_check thresholds must be from 2 to 10."
  }
}

# How it is rolled out and stopped

variable "desired_count" {
  description = "Number of tasks."
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = var.desired_count >= 0 && floor(var.desired_count) == var.desired_count
    error_message = "desired_count must be a whole number from 0 up."
  }
}

variable "drain_seconds" {
  description = "Seconds that a task goes on serving open requests after the load balancer stopped sending it new ones."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.drain_seconds >= 0 && var.drain_seconds <= 3600
    error_message = "drain_seconds must be from 0 to 3600."
  }
}

variable "stop_timeout_seconds" {
  description = "Seconds from SIGTERM to SIGKILL."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.stop_timeout_seconds >= 2 && var.stop_timeout_seconds <= 120
    error_message = "stop_timeout_seconds must be from 2 to 120, which is Fargate's limit."
  }
}

variable "health_check_grace_period_seconds" {
  description = "Seconds after its start in which a task is not stopped for failing health checks; longer than the start takes."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.health_check_grace_period_seconds >= 0
    error_message = "health_check_grace_period_seconds must not be negative."
  }
}

variable "wait_for_steady_state" {
  description = "Whether an apply ends only when the wanted number of tasks of one deployment runs."
  type        = bool
  default     = true
  nullable    = false
}
