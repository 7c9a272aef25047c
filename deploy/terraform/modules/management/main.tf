# What the management account needs: a role that may read the organisation, and a rule that forwards its events. The events of AWS
# Organizations come in us-east-1 only, so the provider of this module is of that Region.

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
  description = "What names begin with."
  type        = string
  default     = "fanin"
}

variable "service_role_arn" {
  description = "Role of fanin run, output `service_role_arn` of the central module."
  type        = string
}

variable "organization_id" {
  description = "Id of the organisation: the role is assumed from within it alone."
  type        = string
}

variable "event_bus_arn" {
  description = "Bus in the central account, output `event_bus_arn` of the central module; none forwards no events."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}

resource "aws_iam_role" "directory" {
  name               = "${var.name}-directory"
  description        = "Lists accounts, their state and tags for ${var.name}"
  assume_role_policy = data.aws_iam_policy_document.directory_trust.json
  tags               = var.tags
}

data "aws_iam_policy_document" "directory_trust" {
  # The role of fanin run, from within the organisation.
  statement {
    sid     = "Service"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = [var.service_role_arn]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalOrgID"
      values   = [var.organization_id]
    }
  }
}

resource "aws_iam_role_policy" "directory" {
  name   = "read"
  role   = aws_iam_role.directory.id
  policy = data.aws_iam_policy_document.directory.json
}

data "aws_iam_policy_document" "directory" {
  # Which accounts there are, and the tags that name their tenants. Listing knows no narrower resource.
  statement {
    sid       = "Read"
    actions   = ["organizations:DescribeAccount", "organizations:ListAccounts", "organizations:ListTagsForResource"]
    resources = ["*"]
  }
}

resource "aws_cloudwatch_event_rule" "lifecycle" {
  count       = var.event_bus_arn == null ? 0 : 1
  name        = "${var.name}-lifecycle"
  description = "Accounts that are created, closed, moved and tagged"
  event_pattern = jsonencode({
    source = ["aws.organizations"]
    detail = {
      eventSource = ["organizations.amazonaws.com"]
      eventName = [
        "CreateAccountResult", "CloseAccountResult", "CloseAccount", "MoveAccount", "InviteAccountToOrganization",
        "AcceptHandshake", "AccountJoinedOrganization", "AccountDepartedOrganization", "RemoveAccountFromOrganization",
        "LeaveOrganization", "TagResource", "UntagResource",
      ]
    }
  })
  tags = var.tags
}

resource "aws_cloudwatch_event_target" "lifecycle" {
  count    = var.event_bus_arn == null ? 0 : 1
  rule     = aws_cloudwatch_event_rule.lifecycle[0].name
  arn      = var.event_bus_arn
  role_arn = aws_iam_role.events[0].arn
}

resource "aws_iam_role" "events" {
  count              = var.event_bus_arn == null ? 0 : 1
  name               = "${var.name}-events"
  assume_role_policy = data.aws_iam_policy_document.events_trust.json
  tags               = var.tags
}

data "aws_iam_policy_document" "events_trust" {
  # EventBridge forwards to another account by a role.
  statement {
    sid     = "EventBridge"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "events" {
  count  = var.event_bus_arn == null ? 0 : 1
  name   = "forward"
  role   = aws_iam_role.events[0].id
  policy = data.aws_iam_policy_document.events[0].json
}

data "aws_iam_policy_document" "events" {
  count = var.event_bus_arn == null ? 0 : 1
  # Events go to this bus.
  statement {
    sid       = "Forward"
    actions   = ["events:PutEvents"]
    resources = [var.event_bus_arn]
  }
}

output "directory_role_arn" {
  description = "`organizations_role_arn` of the central module, and `directory.organizations.role_arn` in fanin.yaml."
  value       = aws_iam_role.directory.arn
}
