# What callers give, by the types that it has to have. A type drops attributes that it does not know, without a word, so the
# variables that callers see take anything, refuse what local.known does not name, and are typed here.

variable "zones" {
  type = map(object({
    public_cidr_block   = string
    private_cidr_block  = string
    isolated_cidr_block = optional(string)
  }))
  nullable = false
}

variable "flow_logs" {
  type = object({
    traffic_type             = optional(string, "ALL")
    aggregation_seconds      = optional(number, 600)
    retention_days           = optional(number, 30)
    kms_key_arn              = optional(string)
    permissions_boundary_arn = optional(string)
    role_path                = optional(string, "/")
    bucket                   = optional(object({ arn = string }))
  })
  default = null
}
