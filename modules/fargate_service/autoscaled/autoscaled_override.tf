# All that this edition has of its own. Terraform merges a file of this name into the blocks of the others.

locals {
  leaves_desired_count_alone = true
}

module "typed" {
  source = "../typed"
}

resource "aws_ecs_service" "this" {
  lifecycle {
    ignore_changes = [desired_count]
  }
}
