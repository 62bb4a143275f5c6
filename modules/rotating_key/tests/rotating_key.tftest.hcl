# Mocked providers have no ephemeral resources (Terraform 1.11). Only the validations are tested here, which stop a plan
# before this provider is called; what the module makes is tested against the embedded AWS, in
# tests/local/test_rotating_key.py.
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  max_retries                 = 0

  # Nobody is there: a call would get nowhere. A block of endpoints costs the provider seconds.
  http_proxy  = "http://127.0.0.1:9"
  https_proxy = "http://127.0.0.1:9"
}

variables {
  name = "/shop/test/key"
}

run "name_slots_and_choice_are_checked" {
  command = plan

  variables {
    name         = "key"
    versions     = { a = 1 }
    current_slot = "c"
  }

  expect_failures = [var.name, var.versions, var.current_slot]
}

run "versions_must_be_whole_numbers" {
  command = plan

  variables {
    versions = { a = 1, b = 0.5 }
  }

  expect_failures = [var.versions]
}
