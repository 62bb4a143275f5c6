mock_provider "aws" {
  source = "../mocks"
}

variables {
  name              = "shop-test"
  load_balancer_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shop/0123456789abcdef"
  cluster_name      = "shop"
  table_names       = ["orders"]
  services = {
    monolith = {
      service_name  = "shop-monolith"
      min_tasks     = 2
      target_group  = { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop-monolith/0123456789abcdef" }
      canary_weight = 0
    }
    reviews = {
      service_name  = "shop-reviews"
      min_tasks     = 3
      target_group  = { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop-reviews/0123456789abcdef" }
      weight        = 50
      canary_weight = 10
    }
    mailer = { service_name = "shop-mailer", min_tasks = 1 }
  }
}

run "each_service_and_table_has_its_alarms" {
  assert {
    condition = toset(keys(output.alarm_names)) == toset([
      "elb-5xx", "orders-throttles", "mailer-too-few-tasks",
      "monolith-target-5xx", "monolith-p99", "monolith-unhealthy-hosts", "monolith-too-few-tasks",
      "reviews-target-5xx", "reviews-p99", "reviews-unhealthy-hosts", "reviews-too-few-tasks",
    ])
    error_message = "There must be an alarm on each symptom of each service, of the load balancer and of each table."
  }

  assert {
    condition     = output.alarm_names["reviews-p99"] == "shop-test-reviews-p99" && alltrue([for alarm in aws_cloudwatch_metric_alarm.this : length(alarm.alarm_actions) == 0])
    error_message = "Names must begin with the environment's; without topics nobody is told."
  }
}

run "each_alarm_reads_the_metrics_of_what_it_watches" {
  assert {
    condition = { for query in aws_cloudwatch_metric_alarm.this["reviews-target-5xx"].metric_query : query.id => [query.metric[0].namespace, query.metric[0].metric_name, query.metric[0].stat, query.metric[0].dimensions["LoadBalancer"], query.metric[0].dimensions["TargetGroup"]] if query.id != "value" } == {
      requests = ["AWS/ApplicationELB", "RequestCount", "Sum", "app/shop/0123456789abcdef", "targetgroup/shop-reviews/0123456789abcdef"]
      errors   = ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum", "app/shop/0123456789abcdef", "targetgroup/shop-reviews/0123456789abcdef"]
    }
    error_message = "Errors must be those of the service's own target group."
  }

  assert {
    condition     = [for query in aws_cloudwatch_metric_alarm.this["elb-5xx"].metric_query : query.metric[0].dimensions if query.id == "errors"] == [tomap({ LoadBalancer = "app/shop/0123456789abcdef" })]
    error_message = "AWS counts the load balancer's own errors by load balancer only."
  }

  assert {
    condition     = [for query in aws_cloudwatch_metric_alarm.this["reviews-p99"].metric_query : [query.metric[0].metric_name, query.metric[0].stat] if query.id == "p99"] == [["TargetResponseTime", "p99"]]
    error_message = "p99 must be the percentile of the answers' times."
  }

  assert {
    condition     = toset([for query in aws_cloudwatch_metric_alarm.this["orders-throttles"].metric_query : query.metric[0].metric_name if query.id != "value"]) == toset(["ReadThrottleEvents", "WriteThrottleEvents"])
    error_message = "Reads and writes that were turned down must both count."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : [for query in alarm.metric_query : query.id if query.return_data] == ["value"]])
    error_message = "An alarm must watch its expression and nothing else."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.evaluation_periods == 3 && alarm.datapoints_to_alarm == 3])
    error_message = "A single bad minute is not an alarm."
  }
}

run "too_few_tasks_is_also_when_nothing_is_heard" {
  assert {
    condition     = alltrue([for key, alarm in aws_cloudwatch_metric_alarm.this : alarm.treat_missing_data == (endswith(key, "too-few-tasks") ? "breaching" : "notBreaching")])
    error_message = "A service without any task publishes nothing, which must raise its alarm and no other."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["reviews-too-few-tasks"].threshold == 3 && aws_cloudwatch_metric_alarm.this["reviews-too-few-tasks"].comparison_operator == "LessThanThreshold"
    error_message = "The alarm must be raised below the tasks that are to run."
  }

  assert {
    condition     = [for query in aws_cloudwatch_metric_alarm.this["mailer-too-few-tasks"].metric_query : [query.metric[0].namespace, query.metric[0].stat] if query.id == "running"] == [["AWS/ECS", "SampleCount"]]
    error_message = "Running tasks are counted by their samples of CPU."
  }
}

run "with_container_insights_the_wish_is_that_of_the_service" {
  variables {
    container_insights = true
  }

  assert {
    condition     = toset([for query in aws_cloudwatch_metric_alarm.this["reviews-too-few-tasks"].metric_query : query.metric[0].metric_name if query.id != "value"]) == toset(["DesiredTaskCount", "RunningTaskCount"]) && aws_cloudwatch_metric_alarm.this["reviews-too-few-tasks"].threshold == 0 && aws_cloudwatch_metric_alarm.this["reviews-too-few-tasks"].comparison_operator == "GreaterThanThreshold"
    error_message = "What runs must be compared with what autoscaling wants just now."
  }
}

run "topics_hear_when_it_begins_and_when_it_is_over" {
  variables {
    topic_arns = ["arn:aws:sns:us-east-1:123456789012:on-call"]
    thresholds = { p99_seconds = 0.5, minutes = 5 }
    tags       = { Team = "shop" }
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_actions == var.topic_arns && alarm.ok_actions == var.topic_arns && alarm.tags["Team"] == "shop"])
    error_message = "Each alarm must tell all topics."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["reviews-p99"].threshold == 0.5 && aws_cloudwatch_metric_alarm.this["reviews-target-5xx"].threshold == 1 && aws_cloudwatch_metric_alarm.this["reviews-p99"].evaluation_periods == 5
    error_message = "Thresholds that are not given must be the default ones."
  }
}

run "the_dashboard_says_who_gets_what" {
  assert {
    condition = jsondecode(aws_cloudwatch_dashboard.this["this"].dashboard_body).widgets[0].properties.markdown == join("\n", [
      "## shop-test", "", "| Service | Gets | Its canary gets |", "|---|---|---|",
      "| mailer | no requests | none |",
      "| monolith | all that no other service takes | 0 % of that |",
      "| reviews | 50 % of its paths | 10 % of that |",
    ])
    error_message = "The table must have the weights of the plan."
  }

  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this["this"].dashboard_body).widgets[1].properties.alarms) == length(aws_cloudwatch_metric_alarm.this)
    error_message = "Every alarm must be on the page."
  }

  assert {
    condition     = toset([for widget in jsondecode(aws_cloudwatch_dashboard.this["this"].dashboard_body).widgets : length(widget.properties.metrics) if widget.type == "metric"]) == toset([2, 3]) && alltrue([for widget in jsondecode(aws_cloudwatch_dashboard.this["this"].dashboard_body).widgets : widget.properties.region == "us-east-1" if widget.type == "metric"])
    error_message = "Pictures must have a line for each service that has one."
  }

  assert {
    condition     = length(distinct([for widget in jsondecode(aws_cloudwatch_dashboard.this["this"].dashboard_body).widgets : "${widget.x} ${widget.y}"])) == 8
    error_message = "No two widgets may lie in one place."
  }
}

run "without_dashboard_and_tables_there_is_none" {
  variables {
    dashboard   = false
    table_names = []
  }

  assert {
    condition     = length(aws_cloudwatch_dashboard.this) == 0 && output.dashboard_name == null && length([for key in keys(output.alarm_names) : key if endswith(key, "throttles")]) == 0
    error_message = "What is not asked for must not be there."
  }
}

run "without_tables_the_dashboard_has_no_empty_picture" {
  variables {
    table_names = []
  }

  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this["this"].dashboard_body).widgets) == 7
    error_message = "A picture without lines must be left out."
  }
}
