output "distribution_id" {
  description = "Id of the distribution, for invalidations."
  value       = aws_cloudfront_distribution.this.id
}

output "arn" {
  description = "ARN of the distribution."
  value       = aws_cloudfront_distribution.this.arn
}

output "origin" {
  description = "What browsers call the site and the API by: https and the host."
  value       = "https://${aws_cloudfront_distribution.this.domain_name}"
}

# An output and no resource: a bucket has one policy, so whoever owns the bucket writes it. With a resource here and
# another one elsewhere, moving to another kind of hosting would delete the policy that was just written.
output "bucket_policy" {
  description = "Policy that the bucket needs: this distribution, and nobody else, may read its objects."
  value = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "ReadByDistribution"
      Effect    = "Allow"
      Principal = { Service = "cloudfront.amazonaws.com" }
      Action    = "s3:GetObject"
      Resource  = "${var.bucket_arn}/*"
      Condition = { StringEquals = { "AWS:SourceArn" = aws_cloudfront_distribution.this.arn } }
    }]
  })
}
