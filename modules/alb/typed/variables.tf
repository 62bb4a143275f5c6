# What callers give, by the types that it has to have. A type drops attributes that it does not know, without a word, so the
# variables that callers see take anything, refuse what local.known does not name, and are typed here.

variable "access_logs" {
  type    = object({ bucket = string, prefix = optional(string) })
  default = null
}

variable "connection_logs" {
  type    = object({ bucket = string, prefix = optional(string) })
  default = null
}
