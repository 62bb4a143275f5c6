mock_provider "aws" {
  source = "../mocks"
}

override_data {
  target = data.aws_vpc.this
  values = { id = "vpc-1", cidr_block = "10.0.0.0/16", ipv6_cidr_block = "" }
}

override_data {
  target = data.aws_subnet.this["public us-east-1a"]
  values = { id = "subnet-1", vpc_id = "vpc-1", availability_zone = "us-east-1a", availability_zone_id = "use1-az1" }
}

override_data {
  target = data.aws_subnet.this["public us-east-1b"]
  values = { id = "subnet-2", vpc_id = "vpc-1", availability_zone = "us-east-1b", availability_zone_id = "use1-az2" }
}

override_data {
  target = data.aws_subnet.this["private us-east-1a"]
  values = { id = "subnet-3", vpc_id = "vpc-1", availability_zone = "us-east-1a", availability_zone_id = "use1-az1" }
}

override_data {
  target = data.aws_subnet.this["private us-east-1b"]
  values = { id = "subnet-4", vpc_id = "vpc-1", availability_zone = "us-east-1b", availability_zone_id = "use1-az2" }
}

variables {
  vpc_id             = "vpc-1"
  public_subnet_ids  = { us-east-1a = "subnet-1", us-east-1b = "subnet-2" }
  private_subnet_ids = { us-east-1a = "subnet-3", us-east-1b = "subnet-4" }
}

run "outputs_are_those_of_a_network_made_here" {
  assert {
    condition     = output.vpc_id == "vpc-1" && output.cidr_block == "10.0.0.0/16" && output.ipv6_cidr_block == null
    error_message = "The VPC must be the caller's."
  }

  assert {
    condition     = output.public_subnet_ids == ["subnet-1", "subnet-2"] && output.private_subnet_ids == ["subnet-3", "subnet-4"] && output.isolated_subnet_ids == []
    error_message = "Subnet ids must be ordered by zone."
  }

  assert {
    condition     = output.public_subnet_ids_by_zone == { us-east-1a = "subnet-1", us-east-1b = "subnet-2" } && output.private_subnet_ids_by_zone == { us-east-1a = "subnet-3", us-east-1b = "subnet-4" }
    error_message = "Each zone must have its own subnet."
  }
}

run "zones_may_be_given_by_id" {
  variables {
    public_subnet_ids   = {}
    private_subnet_ids  = { use1-az1 = "subnet-3", use1-az2 = "subnet-4" }
    isolated_subnet_ids = { use1-az1 = "subnet-5" }
  }

  override_data {
    target = data.aws_subnet.this["private use1-az1"]
    values = { id = "subnet-3", vpc_id = "vpc-1", availability_zone = "us-east-1a", availability_zone_id = "use1-az1" }
  }

  override_data {
    target = data.aws_subnet.this["private use1-az2"]
    values = { id = "subnet-4", vpc_id = "vpc-1", availability_zone = "us-east-1b", availability_zone_id = "use1-az2" }
  }

  override_data {
    target = data.aws_subnet.this["isolated use1-az1"]
    values = { id = "subnet-5", vpc_id = "vpc-1", availability_zone = "us-east-1a", availability_zone_id = "use1-az1" }
  }

  assert {
    condition     = output.private_subnet_ids_by_zone == { use1-az1 = "subnet-3", use1-az2 = "subnet-4" } && output.isolated_subnet_ids == ["subnet-5"] && output.public_subnet_ids == []
    error_message = "Each zone must have its own subnet."
  }
}

run "refuses_subnet_of_another_vpc" {
  command = plan

  override_data {
    target = data.aws_subnet.this["private us-east-1a"]
    values = { id = "subnet-3", vpc_id = "vpc-2", availability_zone = "us-east-1a", availability_zone_id = "use1-az1" }
  }

  expect_failures = [data.aws_subnet.this]
}

run "refuses_subnet_in_another_zone" {
  command = plan

  override_data {
    target = data.aws_subnet.this["private us-east-1a"]
    values = { id = "subnet-3", vpc_id = "vpc-1", availability_zone = "us-east-1b", availability_zone_id = "use1-az2" }
  }

  expect_failures = [data.aws_subnet.this]
}

# One negative run for each validation

run "refuses_what_is_no_vpc" {
  command = plan

  variables {
    vpc_id = "shop"
  }

  expect_failures = [var.vpc_id]
}

run "refuses_public_subnets_keyed_by_letter" {
  command = plan

  variables {
    public_subnet_ids = { a = "subnet-1", b = "subnet-2" }
  }

  expect_failures = [var.public_subnet_ids]
}

run "refuses_one_public_subnet" {
  command = plan

  variables {
    public_subnet_ids = { us-east-1a = "subnet-1" }
  }

  expect_failures = [var.public_subnet_ids]
}

run "refuses_private_subnets_keyed_by_letter" {
  command = plan

  variables {
    private_subnet_ids = { a = "subnet-3", b = "subnet-4" }
  }

  expect_failures = [var.private_subnet_ids]
}

run "refuses_one_private_subnet" {
  command = plan

  variables {
    private_subnet_ids = { us-east-1a = "subnet-3" }
  }

  expect_failures = [var.private_subnet_ids]
}

run "refuses_isolated_subnets_keyed_by_letter" {
  command = plan

  variables {
    isolated_subnet_ids = { a = "subnet-5" }
  }

  expect_failures = [var.isolated_subnet_ids]
}
