# A role that workflows of one GitHub repository take without a key that is kept: GitHub signs who they are, AWS checks it.

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  issuer       = "token.actions.githubusercontent.com"
  provider_arn = var.creates_provider ? one([for one in aws_iam_openid_connect_provider.this : one.arn]) : "arn:${local.partition}:iam::${local.account}:oidc-provider/${local.issuer}"

  # Exactly these, never a pattern: a pattern over branches or repositories lets somebody in who can name one.
  subjects = concat(
    [for name in sort(tolist(var.environments)) : "repo:${var.repository}:environment:${name}"],
    [for name in sort(tolist(var.branches)) : "repo:${var.repository}:ref:refs/heads/${name}"],
  )

  policies = {
    for name, statements in merge(local.read_policies, local.deploy_policies) : name => jsonencode({
      Version   = "2012-10-17"
      Statement = [for statement in statements : merge({ Effect = "Allow" }, statement)]
    }) if var.access == "deploy" || contains(keys(local.read_policies), name)
  }
}

# An account has one provider for each issuer, so only the first of its roles makes it.
resource "aws_iam_openid_connect_provider" "this" {
  for_each = var.creates_provider ? toset(["this"]) : toset([])

  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]

  tags = var.tags
}

resource "aws_iam_role" "this" {
  name                 = var.name
  path                 = var.path
  description          = "Workflows of ${var.repository} ${var.access} ${local.prefix} with this role"
  max_session_duration = var.max_session_seconds
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = local.provider_arn }
      Condition = {
        StringEquals = {
          "${local.issuer}:aud" = "sts.amazonaws.com"
          "${local.issuer}:sub" = local.subjects
        }
      }
    }]
  })

  tags = var.tags
}

# Managed, because all of them together are too long for inline policies.
resource "aws_iam_policy" "this" {
  # checkov:skip=RESOURCE_MISMATCH: load balancers of another kind are not made, and what is made within a VPC takes two statements
  # checkov:skip=CredentialsExposure: logging in to ECR gives a token; the statement before says for which images
  # checkov:skip=RESOURCE_STAR: listing tasks asks of all container instances, and Fargate has none

  for_each = local.policies

  name        = "${var.name}-${each.key}"
  path        = var.path
  description = "What ${var.name} may do with ${each.key}"
  policy      = each.value

  tags = var.tags
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = local.policies

  role       = aws_iam_role.this.name
  policy_arn = aws_iam_policy.this[each.key].arn
}
