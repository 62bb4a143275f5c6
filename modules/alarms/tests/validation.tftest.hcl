# One negative run for each validation

mock_provider "aws" {
  source = "../mocks"
}

variables {
  name              = "shop-test"
  load_balancer_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shop/0123456789abcdef"
  cluster_name      = "shop"
  services          = { reviews = { service_name = "shop-reviews", min_tasks = 3 } }
}

run "refuses_name_with_spaces" {
  command = plan

  variables {
    name = "the shop"
  }

  expect_failures = [var.name]
}

run "refuses_network_load_balancer" {
  command = plan

  variables {
    load_balancer_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/shop/0123456789abcdef"
  }

  expect_failures = [var.load_balancer_arn]
}

run "refuses_arn_of_a_cluster" {
  command = plan

  variables {
    cluster_name = "arn:aws:ecs:us-east-1:123456789012:cluster/shop"
  }

  expect_failures = [var.cluster_name]
}

run "refuses_no_service" {
  command = plan

  variables {
    services = {}
  }

  expect_failures = [var.services]
}

run "refuses_service_that_may_rest" {
  command = plan

  variables {
    services = { reviews = { service_name = "shop-reviews", min_tasks = 0 } }
  }

  expect_failures = [var.services]
}

run "refuses_name_of_a_target_group" {
  command = plan

  variables {
    services = { reviews = { service_name = "shop-reviews", min_tasks = 1, target_group = { arn = "shop-reviews" } } }
  }

  expect_failures = [var.services]
}

run "refuses_arn_of_a_table" {
  command = plan

  variables {
    table_names = ["arn:aws:dynamodb:us-east-1:123456789012:table/orders"]
  }

  expect_failures = [var.table_names]
}

run "refuses_name_of_a_topic" {
  command = plan

  variables {
    topic_arns = ["on-call"]
  }

  expect_failures = [var.topic_arns]
}

run "refuses_more_topics_than_an_alarm_takes" {
  command = plan

  variables {
    topic_arns = ["arn:aws:sns:us-east-1:123456789012:a", "arn:aws:sns:us-east-1:123456789012:b", "arn:aws:sns:us-east-1:123456789012:c", "arn:aws:sns:us-east-1:123456789012:d", "arn:aws:sns:us-east-1:123456789012:e", "arn:aws:sns:us-east-1:123456789012:f"]
  }

  expect_failures = [var.topic_arns]
}

run "refuses_percentage_that_is_never_passed" {
  command = plan

  variables {
    thresholds = { target_5xx_percent = 100 }
  }

  expect_failures = [var.thresholds]
}

run "refuses_p99_of_nothing" {
  command = plan

  variables {
    thresholds = { p99_seconds = 0 }
  }

  expect_failures = [var.thresholds]
}

run "refuses_minutes_without_requests" {
  command = plan

  variables {
    thresholds = { min_requests = 0 }
  }

  expect_failures = [var.thresholds]
}

run "refuses_alarm_of_no_minute" {
  command = plan

  variables {
    thresholds = { minutes = 0 }
  }

  expect_failures = [var.thresholds]
}

run "refuses_attributes_that_are_not_known" {
  command = plan

  variables {
    services   = { reviews = { service_name = "shop-reviews", min_tasks = 3, target_group = { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop/0123456789abcdef", name = "shop" } } }
    thresholds = { p99_second = 2 }
  }

  expect_failures = [var.services, var.thresholds]
}

run "knows_the_attributes_of_the_types_and_no_others" {
  command = plan

  variables {
    services = { reviews = { service_name = "shop-reviews", min_tasks = 3, target_group = { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop/0123456789abcdef" } } }
  }

  assert {
    condition = alltrue([for name, value in {
      service    = concat(keys(module.typed.services.reviews), [for name in keys(module.typed.services.reviews.target_group) : "target_group.${name}"])
      thresholds = keys(module.typed.thresholds)
    } : toset(local.known[name]) == toset(value)])
    error_message = "local.known must have the attributes of the types, and no others."
  }
}

run "refuses_a_service_that_is_null" {
  command = plan

  variables {
    services = { reviews = null }
  }

  expect_failures = [var.services]
}

run "takes_numbers_that_are_written_as_texts" {
  command = plan

  variables {
    services   = { reviews = { service_name = "shop-reviews", min_tasks = "3" } }
    thresholds = { min_requests = "10", minutes = "2" }
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["reviews-too-few-tasks"].evaluation_periods == 2
    error_message = "A text that is a number must be taken, as by the types."
  }
}
