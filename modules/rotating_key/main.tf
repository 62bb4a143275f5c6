# A generated key in two slots, so that one can be renewed while the other is in use. No value ever enters the state or a
# plan: the generated password is ephemeral and the parameter takes it as a write-only argument.

locals {
  slots = {
    for slot, version in var.versions : slot => {
      parameter = "${var.name}/${slot}"
      version   = version
      current   = slot == var.current_slot
    }
  }

  other_slot = one([for slot, key in local.slots : slot if !key.current])
}

ephemeral "aws_secretsmanager_random_password" "slot" {
  for_each = local.slots

  password_length     = 48
  exclude_punctuation = true
}

resource "aws_ssm_parameter" "slot" {
  # checkov:skip=CKV_AWS_337: AWS's own key encrypts it; a key of the caller's would need a policy for each service that reads it

  for_each = local.slots

  name        = each.value.parameter
  description = var.description
  type        = "SecureString"

  value_wo         = ephemeral.aws_secretsmanager_random_password.slot[each.key].random_password
  value_wo_version = each.value.version

  tags = var.tags
}
