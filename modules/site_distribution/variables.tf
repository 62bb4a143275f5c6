variable "name" {
  description = "Name of the distribution and of its origin access control, which is unique in the account."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,62}[a-z0-9])?$", var.name))
    error_message = "name must be 1 to 64 small letters, digits and hyphens, start with a letter and end without a hyphen."
  }
}

variable "bucket_arn" {
  description = "ARN of the private bucket of the website."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:s3:::[^/*]+$", var.bucket_arn))
    error_message = "bucket_arn must be the ARN of one bucket, such as arn:aws:s3:::site."
  }
}

variable "bucket_regional_domain_name" {
  description = "Host of the bucket's REST endpoint in its region; a website endpoint could not be kept private."
  type        = string
  nullable    = false

  validation {
    condition     = !strcontains(var.bucket_regional_domain_name, "s3-website") && !strcontains(var.bucket_regional_domain_name, "/")
    error_message = "bucket_regional_domain_name must be the host of the REST endpoint, such as site.s3.eu-central-1.amazonaws.com, without scheme."
  }
}

variable "api_domain_name" {
  description = "Host that answers the API; over HTTPS with a certificate for this name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9.-]+$", var.api_domain_name))
    error_message = "api_domain_name must be a host name, without scheme, port and path."
  }
}

variable "api_port" {
  description = "TCP port of the API."
  type        = number
  default     = 80
  nullable    = false

  validation {
    condition     = contains([80, 443], var.api_port) || (var.api_port >= 1024 && var.api_port <= 65535 && floor(var.api_port) == var.api_port)
    error_message = "api_port must be a port that CloudFront calls: 80, 443 or 1024 to 65535."
  }
}

variable "api_protocol" {
  description = "How the API is called there: `http` or `https`."
  type        = string
  default     = "http"
  nullable    = false

  validation {
    condition     = contains(["http", "https"], var.api_protocol)
    error_message = "api_protocol must be http or https."
  }
}

variable "api_path_patterns" {
  description = "Paths of the API, the most special first; all others belong to the website."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.api_path_patterns) > 0 && alltrue([for pattern in var.api_path_patterns : startswith(pattern, "/") && pattern != "/*"])
    error_message = "api_path_patterns must have at least 1 path, each beginning with a slash, and leave the website some (not /*)."
  }
}

variable "api_headers" {
  description = "Headers that the distribution adds to each request to the API, whatever the visitor sent, such as the one with a secret by which a load balancer knows it."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name, value in var.api_headers : can(regex("^[A-Za-z][A-Za-z0-9-]{0,127}$", name)) && !startswith(lower(name), "x-amz-") && !startswith(lower(name), "x-edge-") && length(value) > 0])
    error_message = "api_headers must be names of headers, none of CloudFront's own (X-Amz- and X-Edge-), each with a value."
  }
}

variable "price_class" {
  description = "Which edges serve the site: `PriceClass_100` (North America and Europe), `PriceClass_200` or `PriceClass_All`."
  type        = string
  default     = "PriceClass_100"
  nullable    = false

  validation {
    condition     = contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.price_class)
    error_message = "price_class must be PriceClass_100, PriceClass_200 or PriceClass_All."
  }
}

variable "tags" {
  description = "Tags of the distribution, on top of the provider's."
  type        = map(string)
  default     = {}
  nullable    = false
}
