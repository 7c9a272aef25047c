# Accounts that are created, closed, moved or tagged: events of AWS Organizations go from the management account's bus to this one,
# and from here to `fanin run`. Without them the directory is as fresh as its refresh interval.

resource "aws_cloudwatch_event_bus" "this" {
  count = var.management_account_id == null ? 0 : 1

  name = var.name
  tags = local.tags
}

resource "aws_cloudwatch_event_bus_policy" "this" {
  count = var.management_account_id == null ? 0 : 1

  event_bus_name = aws_cloudwatch_event_bus.this[0].name
  policy         = data.aws_iam_policy_document.bus[0].json
}

data "aws_iam_policy_document" "bus" {
  count = var.management_account_id == null ? 0 : 1

  # Reason: the rule of the management account puts events here, and nothing but those of AWS Organizations.
  statement {
    sid       = "EventsOfOrganizations"
    actions   = ["events:PutEvents"]
    resources = [aws_cloudwatch_event_bus.this[0].arn]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${var.management_account_id}:root"]
    }

    condition {
      test     = "StringEquals"
      variable = "events:source"
      values   = ["aws.organizations"]
    }
  }
}

resource "aws_cloudwatch_event_rule" "lifecycle" {
  count = var.management_account_id == null ? 0 : 1

  name           = "${var.name}-lifecycle"
  description    = "Accounts that are created, closed, moved or tagged, to fanin run"
  event_bus_name = aws_cloudwatch_event_bus.this[0].name
  tags           = local.tags

  event_pattern = jsonencode({
    source  = ["aws.organizations"]
    account = [var.management_account_id]
  })
}

resource "aws_cloudwatch_event_target" "lifecycle" {
  count = var.management_account_id == null ? 0 : 1

  rule           = aws_cloudwatch_event_rule.lifecycle[0].name
  event_bus_name = aws_cloudwatch_event_bus.this[0].name
  target_id      = "samples"
  arn            = aws_kinesis_stream.samples.arn
  role_arn       = aws_iam_role.lifecycle[0].arn

  # All events of the organisation in one shard, so in order.
  kinesis_target {
    partition_key_path = "$.account"
  }
}

resource "aws_iam_role" "lifecycle" {
  count = var.management_account_id == null ? 0 : 1

  name               = "${var.name}-lifecycle"
  description        = "EventBridge: events of AWS Organizations into ${aws_kinesis_stream.samples.name}"
  assume_role_policy = data.aws_iam_policy_document.lifecycle_trust.json
  tags               = local.tags
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
      values   = [local.account_id]
    }
  }
}

resource "aws_iam_role_policy" "lifecycle" {
  count = var.management_account_id == null ? 0 : 1

  name   = "write"
  role   = aws_iam_role.lifecycle[0].id
  policy = data.aws_iam_policy_document.lifecycle.json
}

data "aws_iam_policy_document" "lifecycle" {
  # Reason: this is all that the rule does.
  statement {
    sid       = "WriteSamples"
    actions   = ["kinesis:PutRecord", "kinesis:PutRecords"]
    resources = [aws_kinesis_stream.samples.arn]
  }

  # Reason: the stream is encrypted, and who writes makes data keys.
  statement {
    sid       = "EncryptSamples"
    actions   = ["kms:GenerateDataKey"]
    resources = [local.kms_key_arn]
  }
}
