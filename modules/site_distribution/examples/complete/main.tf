# The same for visitors everywhere, before an API that speaks HTTPS on a port of its own and knows the distribution by a header. Its
# value stands in the Terraform state: keep that closed, or renew it with rotating_key as alb's example behind_cloudfront does.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

variable "origin_key" {
  description = "Value of the header that only the distribution sends."
  type        = string
  default     = "only-an-example"
  sensitive   = true
}

resource "aws_s3_bucket" "site" {
  bucket_prefix = "complete-site-"
  force_destroy = true
}

resource "aws_s3_bucket_public_access_block" "site" {
  bucket = aws_s3_bucket.site.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

module "site" {
  source = "../.."

  name                        = "complete-site"
  bucket_arn                  = aws_s3_bucket.site.arn
  bucket_regional_domain_name = aws_s3_bucket.site.bucket_regional_domain_name
  api_domain_name             = "api.example.com"
  api_port                    = 8443
  api_protocol                = "https"
  api_path_patterns           = ["/api", "/api/*"]
  api_headers                 = { X-Origin-Key = var.origin_key }
  price_class                 = "PriceClass_All"
  tags                        = { Team = "shop" }
}

resource "aws_s3_bucket_policy" "site" {
  bucket = aws_s3_bucket.site.id
  policy = module.site.bucket_policy
}

output "origin" {
  description = "Where browsers find the site and the API."
  value       = module.site.origin
}
