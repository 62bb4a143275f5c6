# What the module refuses of containers, volumes and keys; tests/terraform checks that no validation lacks its negative run.

mock_provider "aws" {
  source = "../mocks"
}

run "refuses_health_check_without_a_command" {
  command = plan

  variables {
    container_health_check = { command = ["true"] }
  }

  expect_failures = [var.container_health_check]
}

run "refuses_health_check_every_second_in_the_container" {
  command = plan

  variables {
    container_health_check = { command = ["CMD", "true"], interval_seconds = 1 }
  }

  expect_failures = [var.container_health_check]
}

run "refuses_alias_of_a_key_for_secrets" {
  command = plan

  variables {
    secrets_kms_key_arns = { shop = "arn:aws:kms:us-east-1:123456789012:alias/shop" }
  }

  expect_failures = [var.secrets_kms_key_arns]
}

run "refuses_key_for_a_log_group_of_others" {
  command = plan

  variables {
    log_group_name  = null
    log_group       = { name = "/shop", arn = "arn:aws:logs:us-east-1:123456789012:log-group:/shop" }
    log_kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/logs"
  }

  expect_failures = [var.log_kms_key_arn]
}

run "refuses_disk_that_is_free_anyway" {
  command = plan

  variables {
    ephemeral_storage_gib = 20
  }

  expect_failures = [var.ephemeral_storage_gib]
}

run "refuses_volume_with_a_dot" {
  command = plan

  variables {
    volumes = { "a.b" = {} }
  }

  expect_failures = [var.volumes]
}

run "refuses_volume_of_a_file_system_without_arn" {
  command = plan

  variables {
    volumes = { media = { efs = { file_system_arn = "fs-1" } } }
  }

  expect_failures = [var.volumes]
}

run "refuses_access_point_with_a_root_directory" {
  command = plan

  variables {
    volumes = { media = { efs = { file_system_arn = "arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-1", root_directory = "/a", access_point_arn = "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-1" } } }
  }

  expect_failures = [var.volumes]
}

run "refuses_mount_of_no_volume" {
  command = plan

  variables {
    mount_points = { scratch = { container_path = "/tmp" } }
  }

  expect_failures = [var.mount_points]
}

run "refuses_dependency_on_nobody" {
  command = plan

  variables {
    dependencies = { agent = "START" }
  }

  expect_failures = [var.dependencies]
}

run "refuses_waiting_for_the_end_of_an_essential_sidecar" {
  command = plan

  variables {
    dependencies = { agent = "COMPLETE" }
    sidecars     = { agent = { image = "agent:1" } }
  }

  expect_failures = [var.dependencies]
}

run "refuses_sidecar_with_the_name_of_the_container" {
  command = plan

  variables {
    sidecars = { orders = { image = "agent:1" } }
  }

  expect_failures = [var.sidecars]
}

run "refuses_sidecar_with_a_moving_tag" {
  command = plan

  variables {
    sidecars = { agent = { image = "agent:latest" } }
  }

  expect_failures = [var.sidecars]
}

run "refuses_sidecar_with_a_secret_in_plain_text" {
  command = plan

  variables {
    sidecars = { agent = { image = "agent:1", secrets = { KEY = "hunter2" } } }
  }

  expect_failures = [var.sidecars]
}

run "refuses_sidecar_that_waits_for_health_without_a_check" {
  command = plan

  variables {
    sidecars = { agent = { image = "agent:1", dependencies = { orders = "HEALTHY" } } }
  }

  expect_failures = [var.sidecars]
}

run "refuses_sidecar_with_a_mount_of_no_volume" {
  command = plan

  variables {
    sidecars = { agent = { image = "agent:1", mount_points = { scratch = { container_path = "/tmp" } } } }
  }

  expect_failures = [var.sidecars]
}

run "refuses_sidecar_with_a_check_without_a_command" {
  command = plan

  variables {
    sidecars = { agent = { image = "agent:1", health_check = { command = ["true"] } } }
  }

  expect_failures = [var.sidecars]
}

run "refuses_sidecars_that_take_all_memory" {
  command = plan

  variables {
    sidecars = { agent = { image = "agent:1", memory_mib = 512 } }
  }

  expect_failures = [var.sidecars]
}

run "refuses_secret_with_half_a_key" {
  command = plan

  variables {
    secrets = { KEY = "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop-AbCdEf:password" }
  }

  expect_failures = [var.secrets]
}
