mock_provider "aws" {
  source = "../mocks"
}

variables {
  name       = "shop-test"
  cidr_block = "10.0.0.0/16"
  zones = {
    us-east-1a = { public_cidr_block = "10.0.0.0/24", private_cidr_block = "10.0.100.0/24" }
    us-east-1b = { public_cidr_block = "10.0.1.0/24", private_cidr_block = "10.0.101.0/24" }
  }
}

run "refuses_name_with_capitals" {
  command = plan

  variables {
    name = "Shop"
  }

  expect_failures = [var.name]
}

run "refuses_range_that_is_none" {
  command = plan

  variables {
    cidr_block = "10.0.0.0/8"
  }

  expect_failures = [var.cidr_block]
}

run "refuses_single_zone" {
  command = plan

  variables {
    zones = { us-east-1a = { public_cidr_block = "10.0.0.0/24", private_cidr_block = "10.0.100.0/24" } }
  }

  expect_failures = [var.zones]
}

run "refuses_zone_keyed_by_letter" {
  command = plan

  variables {
    zones = {
      a = { public_cidr_block = "10.0.0.0/24", private_cidr_block = "10.0.100.0/24" }
      b = { public_cidr_block = "10.0.1.0/24", private_cidr_block = "10.0.101.0/24" }
    }
  }

  expect_failures = [var.zones]
}

run "refuses_subnet_range_that_is_none" {
  command = plan

  variables {
    zones = {
      us-east-1a = { public_cidr_block = "10.0.0.0", private_cidr_block = "10.0.100.0/24" }
      us-east-1b = { public_cidr_block = "10.0.1.0/24", private_cidr_block = "10.0.101.0/24" }
    }
  }

  expect_failures = [var.zones]
}

run "refuses_two_subnets_with_one_range" {
  command = plan

  variables {
    zones = {
      us-east-1a = { public_cidr_block = "10.0.0.0/24", private_cidr_block = "10.0.100.0/24" }
      us-east-1b = { public_cidr_block = "10.0.1.0/24", private_cidr_block = "10.0.100.0/24" }
    }
  }

  expect_failures = [var.zones]
}

run "refuses_unknown_nat_mode" {
  command = plan

  variables {
    nat_mode = "double"
  }

  expect_failures = [var.nat_mode]
}

run "refuses_zone_that_the_account_may_not_use" {
  command = plan

  variables {
    zones = {
      us-east-1a = { public_cidr_block = "10.0.0.0/24", private_cidr_block = "10.0.100.0/24" }
      us-east-1f = { public_cidr_block = "10.0.5.0/24", private_cidr_block = "10.0.105.0/24" }
    }
  }

  expect_failures = [aws_subnet.public]
}

run "refuses_names_and_ids_of_zones_together" {
  command = plan

  variables {
    zones = {
      us-east-1a = { public_cidr_block = "10.0.0.0/24", private_cidr_block = "10.0.100.0/24" }
      use1-az2   = { public_cidr_block = "10.0.1.0/24", private_cidr_block = "10.0.101.0/24" }
    }
  }

  expect_failures = [var.zones]
}

run "refuses_isolated_range_that_is_another_subnets" {
  command = plan

  variables {
    zones = {
      us-east-1a = { public_cidr_block = "10.0.0.0/24", private_cidr_block = "10.0.100.0/24", isolated_cidr_block = "10.0.101.0/24" }
      us-east-1b = { public_cidr_block = "10.0.1.0/24", private_cidr_block = "10.0.101.0/24" }
    }
  }

  expect_failures = [var.zones]
}

run "refuses_id_of_a_zone_that_the_account_may_not_use" {
  command = plan

  variables {
    zones = {
      use1-az1 = { public_cidr_block = "10.0.0.0/24", private_cidr_block = "10.0.100.0/24" }
      use1-az3 = { public_cidr_block = "10.0.1.0/24", private_cidr_block = "10.0.101.0/24" }
    }
  }

  expect_failures = [aws_subnet.public]
}
