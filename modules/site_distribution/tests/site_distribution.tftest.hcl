mock_provider "aws" {
  source = "../mocks"
}

variables {
  name                        = "shop-test-site"
  bucket_arn                  = "arn:aws:s3:::shop-test-site"
  bucket_regional_domain_name = "shop-test-site.s3.us-east-1.amazonaws.com"
  api_domain_name             = "mock-1.us-east-1.elb.amazonaws.com"
  api_path_patterns           = ["/shop", "/shop/*"]
}

run "bucket_is_read_with_signed_requests" {
  assert {
    condition     = aws_cloudfront_origin_access_control.this.signing_behavior == "always" && aws_cloudfront_origin_access_control.this.signing_protocol == "sigv4" && aws_cloudfront_origin_access_control.this.origin_access_control_origin_type == "s3"
    error_message = "Every request to the bucket must be signed."
  }

  assert {
    condition     = one([for origin in aws_cloudfront_distribution.this.origin : origin if origin.origin_id == "bucket"]).origin_access_control_id == aws_cloudfront_origin_access_control.this.id
    error_message = "The bucket's origin must use the origin access control."
  }
}

run "policy_lets_this_distribution_read_and_nobody_else" {
  assert {
    condition = jsondecode(output.bucket_policy).Statement == [{
      Sid       = "ReadByDistribution"
      Effect    = "Allow"
      Principal = { Service = "cloudfront.amazonaws.com" }
      Action    = "s3:GetObject"
      Resource  = "arn:aws:s3:::shop-test-site/*"
      Condition = { StringEquals = { "AWS:SourceArn" = aws_cloudfront_distribution.this.arn } }
    }]
    error_message = "The one statement must allow this distribution to read objects."
  }
}

run "distribution_has_the_tags" {
  variables {
    tags = { Team = "shop" }
  }

  assert {
    condition     = aws_cloudfront_distribution.this.tags == tomap({ Name = "shop-test-site", Team = "shop" })
    error_message = "It must have the caller's tags beside its name."
  }
}

run "site_is_https_compressed_and_cached" {
  assert {
    condition     = aws_cloudfront_distribution.this.default_cache_behavior[0].target_origin_id == "bucket" && aws_cloudfront_distribution.this.default_root_object == "index.html"
    error_message = "What is no API path must come from the bucket, its root from index.html."
  }

  assert {
    condition     = aws_cloudfront_distribution.this.default_cache_behavior[0].viewer_protocol_policy == "redirect-to-https" && aws_cloudfront_distribution.this.default_cache_behavior[0].compress
    error_message = "Pages must be compressed and redirected to https."
  }

  assert {
    condition     = aws_cloudfront_distribution.this.default_cache_behavior[0].cache_policy_id == "658327ea-f89d-4fab-a63d-7e88639e58f6" && aws_cloudfront_distribution.this.default_cache_behavior[0].response_headers_policy_id == "67f7725c-6f97-4210-82d7-5512b31e9d03"
    error_message = "Pages must use CachingOptimized and SecurityHeadersPolicy."
  }

  assert {
    condition     = output.origin == "https://${aws_cloudfront_distribution.this.domain_name}"
    error_message = "The origin must be https and the distribution's host."
  }
}

run "api_passes_uncached_with_every_method" {
  variables {
    api_port = 8080
  }

  assert {
    condition     = [for behavior in aws_cloudfront_distribution.this.ordered_cache_behavior : behavior.path_pattern] == ["/shop", "/shop/*"]
    error_message = "The list and everything below it belong to the API."
  }

  assert {
    condition     = alltrue([for behavior in aws_cloudfront_distribution.this.ordered_cache_behavior : behavior.target_origin_id == "api" && behavior.cache_policy_id == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" && behavior.origin_request_policy_id == "b689b0a8-53d0-40ab-baf2-68738e2966ac"])
    error_message = "The API must be asked every time, with all of the request but its host (CachingDisabled, AllViewerExceptHostHeader)."
  }

  assert {
    condition     = alltrue([for behavior in aws_cloudfront_distribution.this.ordered_cache_behavior : behavior.viewer_protocol_policy == "https-only" && length(behavior.allowed_methods) == 7])
    error_message = "The API must take every method over https only."
  }

  assert {
    condition     = one([for origin in aws_cloudfront_distribution.this.origin : origin if origin.origin_id == "api"]).custom_origin_config[0].http_port == 8080 && one([for origin in aws_cloudfront_distribution.this.origin : origin if origin.origin_id == "api"]).custom_origin_config[0].origin_protocol_policy == "http-only"
    error_message = "The API must be called over http at its port."
  }
}

# One negative run for each validation

run "refuses_name_with_a_dot" {
  command = plan

  variables {
    name = "shop.site"
  }

  expect_failures = [var.name]
}

run "refuses_arn_of_objects" {
  command = plan

  variables {
    bucket_arn = "arn:aws:s3:::shop-test-site/*"
  }

  expect_failures = [var.bucket_arn]
}

run "refuses_website_endpoint_as_bucket" {
  command = plan

  variables {
    bucket_regional_domain_name = "shop-test-site.s3-website-us-east-1.amazonaws.com"
  }

  expect_failures = [var.bucket_regional_domain_name]
}

run "refuses_api_with_scheme" {
  command = plan

  variables {
    api_domain_name = "http://mock-1.us-east-1.elb.amazonaws.com"
  }

  expect_failures = [var.api_domain_name]
}

run "refuses_port_that_cloudfront_does_not_call" {
  command = plan

  variables {
    api_port = 25
  }

  expect_failures = [var.api_port]
}

run "refuses_api_that_takes_every_path" {
  command = plan

  variables {
    api_path_patterns = ["/*"]
  }

  expect_failures = [var.api_path_patterns]
}

run "refuses_unknown_price_class" {
  command = plan

  variables {
    price_class = "PriceClass_300"
  }

  expect_failures = [var.price_class]
}

run "the_api_alone_gets_the_headers_that_are_added" {
  variables {
    api_headers = { X-Origin-Key = "secret" }
  }

  assert {
    condition     = { for origin in aws_cloudfront_distribution.this.origin : origin.origin_id => { for header in origin.custom_header : header.name => header.value } } == { api = { X-Origin-Key = "secret" }, bucket = {} }
    error_message = "The load balancer, and nobody else, must be told the secret."
  }
}

run "refuses_header_of_cloudfront_itself" {
  command = plan

  variables {
    api_headers = { X-Amz-Key = "secret" }
  }

  expect_failures = [var.api_headers]
}

run "the_api_is_called_over_https_where_that_is_asked_for" {
  variables {
    api_protocol = "https"
    api_port     = 443
  }

  assert {
    condition     = [for origin in aws_cloudfront_distribution.this.origin : origin.custom_origin_config[0].origin_protocol_policy if origin.origin_id == "api"] == ["https-only"]
    error_message = "The load balancer must be called over HTTPS and nothing else."
  }
}

run "refuses_other_protocols" {
  command = plan

  variables {
    api_protocol = "tcp"
  }

  expect_failures = [var.api_protocol]
}
