# A key that is being renewed: slot b has its second one, and callers send that of slot a until current_slot says b. A role may read
# both, as whoever is called has to, and sees no other parameter.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

module "key" {
  source = "../.."

  name         = "/complete/partner-key"
  description  = "Opens the API to partners"
  versions     = { a = 1, b = 2 }
  current_slot = "a"
  tags         = { Team = "partners" }
}

data "aws_iam_policy_document" "called" {
  statement {
    actions   = ["ssm:GetParameters"]
    resources = [module.key.current_arn, module.key.other_arn]
  }
}

resource "aws_iam_policy" "called" {
  name_prefix = "complete-partner-key-"
  description = "Reads the keys that partners may send"
  policy      = data.aws_iam_policy_document.called.json
}

output "policy_arn" {
  description = "For the role of whoever is called."
  value       = aws_iam_policy.called.arn
}
