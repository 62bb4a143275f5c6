# One page for the environment: who gets which requests now, how they are answered, and which alarms are raised.

data "aws_region" "this" {}

locals {
  # Weights are those of the plan, so that the table stands at what the last apply set.
  shares = [
    for name, service in module.typed.services : join("", [
      "| ${name} | ",
      service.target_group == null ? "no requests" : (service.weight == null ? "all that no other service takes" : "${service.weight} % of its paths"),
      " | ",
      service.canary_weight == null ? "none" : "${service.canary_weight} % of that",
      " |",
    ])
  ]

  widgets = [
    { title = "Requests a minute, by who got them", stat = "Sum", series = [for name, group in local.groups : ["AWS/ApplicationELB", "RequestCount", "TargetGroup", group, "LoadBalancer", local.load_balancer, { label = name }]] },
    { title = "Answers 5xx a minute", stat = "Sum", series = concat(
      [for name, group in local.groups : ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "TargetGroup", group, "LoadBalancer", local.load_balancer, { label = name }]],
      [["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "LoadBalancer", local.load_balancer, { label = "load balancer" }]],
    ) },
    { title = "p99 in seconds", stat = "p99", series = [for name, group in local.groups : ["AWS/ApplicationELB", "TargetResponseTime", "TargetGroup", group, "LoadBalancer", local.load_balancer, { label = name }]] },
    { title = "Tasks that pass their health check", stat = "Minimum", series = [for name, group in local.groups : ["AWS/ApplicationELB", "HealthyHostCount", "TargetGroup", group, "LoadBalancer", local.load_balancer, { label = name }]] },
    { title = "CPU in percent", stat = "Average", series = [for name, dimensions in local.of_service : ["AWS/ECS", "CPUUtilization", "ClusterName", dimensions.ClusterName, "ServiceName", dimensions.ServiceName, { label = name }]] },
    { title = "Requests that DynamoDB turned down", stat = "Sum", series = flatten([for metric in ["ReadThrottleEvents", "WriteThrottleEvents"] : [for table in var.table_names : jsonencode(["AWS/DynamoDB", metric, "TableName", table])]]) },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  for_each = var.dashboard ? toset(["this"]) : toset([])

  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = concat(
      [
        {
          type       = "text"
          x          = 0
          y          = 0
          width      = 12
          height     = 6
          properties = { markdown = join("\n", concat(["## ${var.name}", "", "| Service | Gets | Its canary gets |", "|---|---|---|"], local.shares)) }
        },
        {
          type       = "alarm"
          x          = 12
          y          = 0
          width      = 12
          height     = 6
          properties = { title = "Alarms", alarms = [for key in sort(keys(local.alarms)) : aws_cloudwatch_metric_alarm.this[key].arn] }
        },
      ],
      [
        for place, widget in [for one in local.widgets : one if length(one.series) > 0] : {
          type   = "metric"
          x      = 12 * (place % 2)
          y      = 6 + 6 * floor(place / 2)
          width  = 12
          height = 6
          properties = {
            title   = widget.title
            region  = data.aws_region.this.id
            view    = "timeSeries"
            period  = 60
            stat    = widget.stat
            metrics = [for one in widget.series : try(jsondecode(one), one)]
          }
        }
      ],
    )
  })
}
