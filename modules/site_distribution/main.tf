# One HTTPS host for the website and its API. The site comes from a bucket that only this distribution may read, the API
# from the load balancer: pages and API share an origin, so browsers see no mixed content.

locals {
  # Managed by AWS, the same in every account (CloudFront developer guide, "Use managed policies").
  caching_optimized             = "658327ea-f89d-4fab-a63d-7e88639e58f6"
  caching_disabled              = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
  all_viewer_except_host_header = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
  security_headers              = "67f7725c-6f97-4210-82d7-5512b31e9d03"

  bucket_origin = "bucket"
  api_origin    = "api"
}

resource "aws_cloudfront_origin_access_control" "this" {
  name                              = var.name
  description                       = "Reads the website ${var.name}"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

# A missing file is a 403, because the distribution may not list the bucket. Turning that into a 404 would need a custom
# error response, which holds for the whole distribution and so would rewrite the API's own 403s too.
resource "aws_cloudfront_distribution" "this" {
  # checkov:skip=CKV2_AWS_32: every behaviour has AWS's managed headers policy, by its id
  # checkov:skip=CKV2_AWS_42: the site has CloudFront's own host name, whose certificate is CloudFront's
  # checkov:skip=CKV_AWS_174: as above: with that certificate CloudFront chooses the versions of TLS
  # checkov:skip=CKV_AWS_310: there is one bucket, and one API: nothing to fail over to
  # checkov:skip=CKV_AWS_374: the site is for everybody
  # checkov:skip=CKV_AWS_68: a web ACL costs 5 USD a month and more by rule, and protects no data here: the site is public
  # checkov:skip=CKV2_AWS_47: as above
  # checkov:skip=CKV_AWS_86: the load balancer's metrics and the services' lines tell who asked what

  comment             = var.name
  enabled             = true
  is_ipv6_enabled     = true
  http_version        = "http2and3"
  price_class         = var.price_class
  default_root_object = "index.html"

  origin {
    origin_id                = local.bucket_origin
    domain_name              = var.bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.this.id
  }

  origin {
    origin_id   = local.api_origin
    domain_name = var.api_domain_name

    dynamic "custom_header" {
      for_each = var.api_headers

      content {
        name  = custom_header.key
        value = custom_header.value
      }
    }

    custom_origin_config {
      http_port              = var.api_protocol == "http" ? var.api_port : 80
      https_port             = var.api_protocol == "https" ? var.api_port : 443
      origin_protocol_policy = "${var.api_protocol}-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  # The edge obeys the cache headers of the files, at least for a second.
  default_cache_behavior {
    target_origin_id           = local.bucket_origin
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    viewer_protocol_policy     = "redirect-to-https"
    compress                   = true
    cache_policy_id            = local.caching_optimized
    response_headers_policy_id = local.security_headers
  }

  dynamic "ordered_cache_behavior" {
    for_each = var.api_path_patterns

    content {
      path_pattern     = ordered_cache_behavior.value
      target_origin_id = local.api_origin
      allowed_methods  = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
      cached_methods   = ["GET", "HEAD"]
      # Not redirected: what an API client sends in the clear is a fault to be seen, and a redirected POST becomes a GET.
      viewer_protocol_policy     = "https-only"
      compress                   = true
      cache_policy_id            = local.caching_disabled
      origin_request_policy_id   = local.all_viewer_except_host_header
      response_headers_policy_id = local.security_headers
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }

  tags = merge(var.tags, { Name = var.name })
}
