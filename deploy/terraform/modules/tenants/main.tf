# The stack set that gives each account of some organisational units what it needs, now and when it is created. Its provider is of the
# management account or of a delegated administrator of CloudFormation StackSets. The management account itself gets no stack.

terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.90, < 7"
    }
  }
}

variable "name" {
  description = "Name of the stack set."
  type        = string
  default     = "fanin-tenant"
}

variable "template" {
  description = "Path of deploy/tenant/fanin-tenant.yaml."
  type        = string
}

variable "parameters" {
  description = "Parameters of the template that are not its defaults, such as `CentralAccountId`."
  type        = map(string)
}

variable "organizational_unit_ids" {
  description = "Organisational units whose accounts are tenants. The central account must not be in one."
  type        = list(string)
}

variable "regions" {
  description = "Regions that tenants use. Each needs a destination (`modules/region`)."
  type        = list(string)
}

variable "delegated_administrator" {
  description = "Whether this is run as a delegated administrator."
  type        = bool
  default     = false
}

variable "concurrent_percentage_max" {
  description = "Percentage of accounts that are changed at once, in each Region."
  type        = number
  default     = 10
}

variable "failure_tolerance_percentage" {
  description = "Percentage of accounts that may fail before a change stops."
  type        = number
  default     = 2
}

resource "aws_cloudformation_stack_set" "this" {
  name             = var.name
  description      = "Sends telemetry of an account to Fanin"
  permission_model = "SERVICE_MANAGED"
  call_as          = var.delegated_administrator ? "DELEGATED_ADMIN" : "SELF"
  template_body    = file(var.template)
  parameters       = var.parameters
  capabilities     = ["CAPABILITY_NAMED_IAM"]
  # An account that joins a unit gets the stack, one that leaves loses it: that is all there is to do for a new tenant.
  auto_deployment {
    enabled                          = true
    retain_stacks_on_account_removal = false
  }
  managed_execution {
    active = true
  }
  operation_preferences {
    max_concurrent_percentage    = var.concurrent_percentage_max
    failure_tolerance_percentage = var.failure_tolerance_percentage
    region_concurrency_type      = "PARALLEL"
  }
  lifecycle {
    # AWS fills it in.
    ignore_changes = [administration_role_arn]
  }
}

resource "aws_cloudformation_stack_set_instance" "this" {
  for_each       = toset(var.regions)
  stack_set_name = aws_cloudformation_stack_set.this.name
  call_as        = var.delegated_administrator ? "DELEGATED_ADMIN" : "SELF"
  region         = each.value
  deployment_targets {
    organizational_unit_ids = var.organizational_unit_ids
  }
  operation_preferences {
    max_concurrent_percentage    = var.concurrent_percentage_max
    failure_tolerance_percentage = var.failure_tolerance_percentage
  }
}
