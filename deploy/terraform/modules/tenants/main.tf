# The stack set that puts deploy/tenant/fanin-tenant.yaml into every account, also into those that come later. Give it a provider of the
# management account, or of a delegated administrator of CloudFormation StackSets.

resource "aws_cloudformation_stack_set" "this" {
  name             = var.name
  description      = "Fanin in tenant accounts: logs and metrics to the central account"
  permission_model = "SERVICE_MANAGED"
  call_as          = var.call_as
  capabilities     = ["CAPABILITY_NAMED_IAM"]
  parameters       = var.parameters
  template_body    = file(coalesce(var.template_path, "${path.module}/../../../tenant/fanin-tenant.yaml"))
  tags             = var.tags

  # Accounts that join get it, accounts that leave lose it.
  auto_deployment {
    enabled                          = true
    retain_stacks_on_account_removal = false
  }

  # Operations that do not touch each other run side by side.
  managed_execution {
    active = true
  }

  operation_preferences {
    region_concurrency_type      = "SEQUENTIAL"
    region_order                 = var.regions
    max_concurrent_percentage    = var.max_concurrent_percentage
    failure_tolerance_percentage = var.failure_tolerance_percentage
  }

  lifecycle {
    # The API gives it back as it is on the administrator's side.
    ignore_changes = [administration_role_arn]
  }
}

resource "aws_cloudformation_stack_set_instance" "this" {
  for_each = toset(var.regions)

  stack_set_name = aws_cloudformation_stack_set.this.name
  call_as        = var.call_as
  region         = each.value

  deployment_targets {
    organizational_unit_ids = var.organizational_unit_ids
  }

  operation_preferences {
    max_concurrent_percentage    = var.max_concurrent_percentage
    failure_tolerance_percentage = var.failure_tolerance_percentage
  }

  timeouts {
    create = "12h"
    update = "12h"
    delete = "12h"
  }
}
