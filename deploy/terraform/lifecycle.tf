# Events of AWS Organizations come from the management account (modules/management) to a bus here, and from it into the stream of
# samples, which fanin run reads. They keep the directory fresh within seconds.

resource "aws_cloudwatch_event_bus" "this" {
  count = var.management_account_id == null ? 0 : 1
  name  = var.name
  tags  = local.tags
}

resource "aws_cloudwatch_event_bus_policy" "this" {
  count          = var.management_account_id == null ? 0 : 1
  event_bus_name = aws_cloudwatch_event_bus.this[0].name
  policy         = data.aws_iam_policy_document.bus[0].json
}

data "aws_iam_policy_document" "bus" {
  count = var.management_account_id == null ? 0 : 1
  # The management account forwards its events, and nobody else.
  statement {
    sid       = "Management"
    actions   = ["events:PutEvents"]
    resources = [aws_cloudwatch_event_bus.this[0].arn]
    principals {
      type        = "AWS"
      identifiers = ["${local.arn}:iam::${var.management_account_id}:root"]
    }
  }
}

resource "aws_cloudwatch_event_rule" "this" {
  count          = var.management_account_id == null ? 0 : 1
  name           = "${var.name}-lifecycle"
  description    = "Accounts that are created, closed, moved and tagged"
  event_bus_name = aws_cloudwatch_event_bus.this[0].name
  event_pattern  = jsonencode({ source = ["aws.organizations"], account = [var.management_account_id] })
  tags           = local.tags
}

resource "aws_cloudwatch_event_target" "this" {
  count          = var.management_account_id == null ? 0 : 1
  rule           = aws_cloudwatch_event_rule.this[0].name
  event_bus_name = aws_cloudwatch_event_bus.this[0].name
  arn            = aws_kinesis_stream.samples.arn
  role_arn       = aws_iam_role.events[0].arn
  kinesis_target {
    partition_key_path = "$.id"
  }
}

resource "aws_iam_role" "events" {
  count              = var.management_account_id == null ? 0 : 1
  name               = "${var.name}-events"
  assume_role_policy = data.aws_iam_policy_document.events_trust.json
  tags               = local.tags
}

data "aws_iam_policy_document" "events_trust" {
  # EventBridge, for rules of this account.
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
      values   = [local.account]
    }
  }
}

resource "aws_iam_role_policy" "events" {
  count  = var.management_account_id == null ? 0 : 1
  name   = "write"
  role   = aws_iam_role.events[0].id
  policy = data.aws_iam_policy_document.events.json
}

data "aws_iam_policy_document" "events" {
  # Events go into this stream.
  statement {
    sid       = "Write"
    actions   = ["kinesis:PutRecord", "kinesis:PutRecords"]
    resources = [aws_kinesis_stream.samples.arn]
  }
  # The stream is encrypted.
  statement {
    sid       = "Key"
    actions   = ["kms:GenerateDataKey"]
    resources = [local.key_arn]
  }
}
