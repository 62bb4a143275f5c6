# A website out of a private bucket, and an API that stands, by one name over HTTPS.

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

resource "aws_s3_bucket" "site" {
  bucket_prefix = "minimal-site-"
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

  name                        = "minimal-site"
  bucket_arn                  = aws_s3_bucket.site.arn
  bucket_regional_domain_name = aws_s3_bucket.site.bucket_regional_domain_name
  api_domain_name             = "api.example.com"
  api_path_patterns           = ["/api/*"]
}

resource "aws_s3_bucket_policy" "site" {
  bucket = aws_s3_bucket.site.id
  policy = module.site.bucket_policy
}

output "origin" {
  description = "Where browsers find the site and the API."
  value       = module.site.origin
}
