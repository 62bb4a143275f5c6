# A line about each flow in the VPC, in a log group of its own or in a bucket.

locals {
  flow_log = toset([for flow_logs in module.typed.flow_logs[*] : "this"])

  # No try: it would be unknown while the bucket's ARN is.
  log_group = toset([for flow_logs in module.typed.flow_logs[*] : "this" if flow_logs.bucket == null])
}

resource "aws_flow_log" "this" {
  for_each = local.flow_log

  vpc_id                   = aws_vpc.this.id
  traffic_type             = module.typed.flow_logs.traffic_type
  max_aggregation_interval = module.typed.flow_logs.aggregation_seconds
  log_destination_type     = module.typed.flow_logs.bucket == null ? "cloud-watch-logs" : "s3"
  log_destination          = module.typed.flow_logs.bucket == null ? aws_cloudwatch_log_group.flow_logs["this"].arn : module.typed.flow_logs.bucket.arn
  iam_role_arn             = one([for role in aws_iam_role.flow_logs : role.arn])

  tags = merge(var.tags, { Name = var.name })

  # Without its permission the first lines are lost.
  depends_on = [aws_iam_role_policy.flow_logs]
}

resource "aws_cloudwatch_log_group" "flow_logs" {
  for_each = local.log_group

  name              = "/${var.name}/flow-logs"
  retention_in_days = module.typed.flow_logs.retention_days
  kms_key_id        = module.typed.flow_logs.kms_key_arn

  tags = var.tags
}

resource "aws_iam_role" "flow_logs" {
  for_each = local.log_group

  name_prefix          = "${var.name}-flow-"
  description          = "Writes the flow logs of ${var.name}"
  path                 = module.typed.flow_logs.role_path
  permissions_boundary = module.typed.flow_logs.permissions_boundary_arn

  # For flow logs of this account alone; a flow log's own ARN is not known before it has its role.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "vpc-flow-logs.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = aws_vpc.this.owner_id } }
    }]
  })

  tags = var.tags
}

resource "aws_iam_role_policy" "flow_logs" {
  for_each = aws_cloudwatch_log_group.flow_logs

  name = "write-flow-logs"
  role = aws_iam_role.flow_logs[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
      Resource = "${each.value.arn}:*"
    }]
  })
}
