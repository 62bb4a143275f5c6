variable "name" {
  description = "Path of the SSM parameters; each slot's name follows it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^(/[A-Za-z0-9_.-]+)+$", var.name)) && !startswith(var.name, "/aws") && !startswith(var.name, "/ssm")
    error_message = "name must be a path such as /shop/dev/key; /aws and /ssm are reserved."
  }
}

variable "description" {
  description = "What the key opens."
  type        = string
  default     = "Generated key"
  nullable    = false
}

variable "versions" {
  description = "Version of each slot's key; a higher number generates a new one. To rotate, raise the slot that is not current."
  type        = map(number)
  default     = { a = 1, b = 1 }
  nullable    = false

  validation {
    condition     = toset(keys(var.versions)) == toset(["a", "b"])
    error_message = "versions must name the slots a and b."
  }

  validation {
    condition     = alltrue([for version in values(var.versions) : version >= 1 && version == floor(version)])
    error_message = "versions must be whole numbers from 1."
  }
}

variable "current_slot" {
  description = "Slot whose key callers send: a or b."
  type        = string
  default     = "a"
  nullable    = false

  validation {
    condition     = contains(["a", "b"], var.current_slot)
    error_message = "current_slot must be a or b."
  }
}

variable "tags" {
  description = "Tags of both parameters, on top of the provider's."
  type        = map(string)
  default     = {}
  nullable    = false
}
