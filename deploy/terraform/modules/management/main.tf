# What the management account has of Fanin: a role that reads accounts and their tags, and a rule that passes on what happens to them.
# Give it a provider of us-east-1: AWS Organizations tells its events there and nowhere else. A delegated administrator of AWS
# Organizations can have the role (`events = false`); the events exist in the management account only.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

resource "aws_iam_role" "reader" {
  count = var.reader ? 1 : 0

  name               = var.reader_role_name
  description        = "Fanin lists accounts and their tags"
  assume_role_policy = data.aws_iam_policy_document.reader_trust.json
  tags               = var.tags
}

data "aws_iam_policy_document" "reader_trust" {
  # Reason: the role of `fanin run` in the central account, and nothing else there. The account is named as principal, so that this role
  # can be made before that one; the condition names it.
  statement {
    sid     = "FaninRun"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${var.central_account_id}:root"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:PrincipalArn"
      values   = ["arn:${data.aws_partition.current.partition}:iam::${var.central_account_id}:role/${var.name}-run"]
    }
  }
}

resource "aws_iam_role_policy" "reader" {
  count = var.reader ? 1 : 0

  name   = "read"
  role   = aws_iam_role.reader[0].id
  policy = data.aws_iam_policy_document.reader.json
}

data "aws_iam_policy_document" "reader" {
  # Reason: the directory is made of accounts and their tags. Listing cannot be restricted to some accounts.
  statement {
    sid       = "ReadAccounts"
    actions   = ["organizations:DescribeAccount", "organizations:ListAccounts", "organizations:ListTagsForResource"]
    resources = ["*"]
  }
}

resource "aws_cloudwatch_event_rule" "lifecycle" {
  count = var.events ? 1 : 0

  name        = "${var.name}-lifecycle"
  description = "Accounts that are created, closed, moved or tagged, to the bus of the central account"
  tags        = var.tags

  event_pattern = jsonencode({
    source        = ["aws.organizations"]
    "detail-type" = ["AWS API Call via CloudTrail", "AWS Service Event via CloudTrail"]
    detail = {
      eventSource = ["organizations.amazonaws.com"]
      eventName = [
        "AccountDepartedOrganization", "AccountJoinedOrganization", "CloseAccountResult", "CreateAccountResult", "MoveAccount",
        "RemoveAccountFromOrganization", "TagResource", "UntagResource",
      ]
    }
  })

  lifecycle {
    precondition {
      condition     = data.aws_region.current.name == "us-east-1"
      error_message = "AWS Organizations tells its events in us-east-1 only: give this module a provider of that Region."
    }
  }
}

resource "aws_cloudwatch_event_target" "lifecycle" {
  count = var.events ? 1 : 0

  rule      = aws_cloudwatch_event_rule.lifecycle[0].name
  target_id = "central"
  arn       = var.event_bus_arn
  role_arn  = aws_iam_role.lifecycle[0].arn

  # A bus that refuses is tried again for a day. What is lost then is found by the next refresh of the directory.
  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }
}

resource "aws_iam_role" "lifecycle" {
  count = var.events ? 1 : 0

  name               = "${var.name}-lifecycle"
  description        = "EventBridge: events of AWS Organizations to the bus of the central account"
  assume_role_policy = data.aws_iam_policy_document.lifecycle_trust.json
  tags               = var.tags
}

data "aws_iam_policy_document" "lifecycle_trust" {
  # Reason: EventBridge of this account writes by this role, and not somebody else's that names it.
  statement {
    sid     = "EventBridge"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_iam_role_policy" "lifecycle" {
  count = var.events ? 1 : 0

  name   = "write"
  role   = aws_iam_role.lifecycle[0].id
  policy = data.aws_iam_policy_document.lifecycle.json
}

data "aws_iam_policy_document" "lifecycle" {
  # Reason: this is all that the rule does.
  statement {
    sid       = "PutEvents"
    actions   = ["events:PutEvents"]
    resources = [coalesce(var.event_bus_arn, "arn:aws:events:us-east-1:${var.central_account_id}:event-bus/${var.name}")]
  }
}
