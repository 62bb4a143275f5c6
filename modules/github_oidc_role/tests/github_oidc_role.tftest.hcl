mock_provider "aws" {
  source = "../mocks"
}

variables {
  name         = "shop-production-deploy"
  repository   = "octo-org/shop"
  environments = ["production"]
  access       = "deploy"
  system       = "shop"
  env          = "production"
  state_bucket = "shop-tfstate-123456789012-us-east-1"
}

run "only_the_named_environment_of_the_repository_takes_the_role" {
  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy).Statement == [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = aws_iam_openid_connect_provider.this["this"].arn }
      Condition = {
        StringEquals = {
          "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
          "token.actions.githubusercontent.com:sub" = ["repo:octo-org/shop:environment:production"]
        }
      }
    }]
    error_message = "The one statement must name audience and subject, word by word."
  }

  assert {
    condition     = aws_iam_openid_connect_provider.this["this"].url == "https://token.actions.githubusercontent.com" && toset(aws_iam_openid_connect_provider.this["this"].client_id_list) == toset(["sts.amazonaws.com"])
    error_message = "The provider must be GitHub's, for AWS."
  }
}

run "a_deploy_may_change_and_every_policy_is_attached" {
  assert {
    condition     = toset(keys(aws_iam_policy.this)) == toset(["look", "data", "state", "network", "balancing", "containers", "scaling", "identity", "storage"])
    error_message = "A deploy reads and changes."
  }

  assert {
    condition     = toset(keys(aws_iam_role_policy_attachment.this)) == toset(keys(aws_iam_policy.this))
    error_message = "Each policy must be attached to the role."
  }

  assert {
    condition     = alltrue([for policy in aws_iam_policy.this : length(policy.policy) <= 6144])
    error_message = "AWS takes managed policies of 6,144 characters at most."
  }

  assert {
    condition     = length(aws_iam_policy.this) <= 10
    error_message = "AWS attaches ten policies to a role at most."
  }
}

run "a_reader_changes_nothing_but_its_mark_beside_the_state" {
  variables {
    access           = "read"
    creates_provider = false
    branches         = ["main"]
  }

  assert {
    condition     = toset(keys(aws_iam_policy.this)) == toset(["look", "data", "state"])
    error_message = "A reader has no policy that changes anything."
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.this) == 0 && output.provider_arn == "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    error_message = "A provider that is there is used."
  }

  assert {
    condition     = jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == ["repo:octo-org/shop:environment:production", "repo:octo-org/shop:ref:refs/heads/main"]
    error_message = "Environments and branches must be named one by one."
  }
}

run "names_are_checked" {
  command = plan

  variables {
    name                     = "no spaces"
    repository               = "octo-org/*"
    branches                 = ["release/*"]
    access                   = "admin"
    system                   = "Shop"
    env                      = "Production"
    state_bucket             = "Not_A_Bucket"
    max_session_seconds      = 60
    path                     = "ci"
    permissions_boundary_arn = "boundary"
  }

  expect_failures = [
    var.name,
    var.repository,
    var.branches,
    var.access,
    var.system,
    var.env,
    var.state_bucket,
    var.max_session_seconds,
    var.path,
    var.permissions_boundary_arn,
  ]
}

run "environments_are_names" {
  command = plan

  variables {
    environments = ["prod*"]
  }

  expect_failures = [var.environments]
}

run "somebody_must_be_able_to_take_the_role" {
  command = plan

  variables {
    environments = []
  }

  expect_failures = [var.environments]
}
