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
  description = "Public subnets in at least two availability zones."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids must name at least 2 subnets, each in a zone of its own."
  }
}

variable "listener_port" {
  description = "TCP port of the HTTP listener."
  type        = number
  default     = 80
  nullable    = false

  validation {
    condition     = var.listener_port >= 1 && var.listener_port <= 65535 && floor(var.listener_port) == var.listener_port
    error_message = "listener_port must be a TCP port from 1 to 65535."
  }
}

variable "ingress_cidr_blocks" {
  description = "IPv4 ranges that may call the listener, by a name of theirs."
  type        = map(string)
  default     = { everywhere = "0.0.0.0/0" }
  nullable    = false

  validation {
    condition     = alltrue([for block in values(var.ingress_cidr_blocks) : can(cidrhost(block, 0))])
    error_message = "ingress_cidr_blocks must be IPv4 ranges, such as { office = \"203.0.113.0/24\" }."
  }
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
