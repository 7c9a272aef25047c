# What a Region needs so that its accounts can send logs: one destination. Its stream may be in another Region. Terraform cannot
# loop over providers, so each Region is a module block of its own, with its provider: see examples/complete.

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
  description = "Name of the destination: the same in every Region, so that tenants find it by a rule."
  type        = string
  default     = "fanin"
}

variable "organization_id" {
  description = "Id of the organisation whose accounts may subscribe."
  type        = string
}

variable "target_arn" {
  description = "ARN of the stream, output `logs_stream_arn` of the central module."
  type        = string
}

variable "role_arn" {
  description = "ARN of the role by which CloudWatch Logs writes, output `destination_role_arn` of the central module."
  type        = string
}

variable "tags" {
  description = "Tags of the destination."
  type        = map(string)
  default     = {}
}

resource "aws_cloudwatch_log_destination" "this" {
  name       = var.name
  target_arn = var.target_arn
  role_arn   = var.role_arn
  tags       = var.tags
}

resource "aws_cloudwatch_log_destination_policy" "this" {
  destination_name = aws_cloudwatch_log_destination.this.name
  access_policy    = data.aws_iam_policy_document.this.json
  force_update     = true
}

data "aws_iam_policy_document" "this" {
  # Each account of the organisation may subscribe log groups, and itself as a whole. 6,000 account ids would not fit.
  statement {
    sid       = "Organisation"
    actions   = ["logs:PutSubscriptionFilter", "logs:PutAccountPolicy"]
    resources = [aws_cloudwatch_log_destination.this.arn]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalOrgID"
      values   = [var.organization_id]
    }
  }
}

output "destination_arn" {
  description = "Parameter `DestinationArn` of the tenants' template in this Region."
  value       = aws_cloudwatch_log_destination.this.arn
}
