# What Fargate needs to start a task: the image and the log. Nothing of it reaches the program.
resource "aws_iam_role" "execution" {
  name               = "${var.name}-execution"
  assume_role_policy = data.aws_iam_policy_document.tasks_trust.json
  tags               = local.tags
}

resource "aws_iam_role_policy" "execution" {
  name   = "start"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

data "aws_iam_policy_document" "tasks_trust" {
  # Tasks of this account.
  statement {
    sid     = "Tasks"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "execution" {
  # A token for the registry is not bound to a repository.
  statement {
    sid       = "RegistryToken"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
  # The image, from repositories of this account.
  statement {
    sid       = "Image"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = ["${local.arn}:ecr:${local.region}:${local.account}:repository/*"]
  }
  # The log of the task.
  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.service.arn}:*"]
  }
}

# What fanin run may do.
resource "aws_iam_role" "service" {
  name               = "${var.name}-run"
  assume_role_policy = data.aws_iam_policy_document.tasks_trust.json
  tags               = local.tags
}

resource "aws_iam_role_policy" "service" {
  name   = "run"
  role   = aws_iam_role.service.id
  policy = data.aws_iam_policy_document.service.json
}

data "aws_iam_policy_document" "service" {
  # What rules took, and events of AWS Organizations.
  statement {
    sid       = "Samples"
    actions   = ["kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"]
    resources = [aws_kinesis_stream.samples.arn]
  }
  # A heartbeat into each shard of the logs, by which the rules know how far the forwarder got.
  statement {
    sid       = "Heartbeats"
    actions   = ["kinesis:ListShards", "kinesis:PutRecords"]
    resources = [aws_kinesis_stream.logs.arn]
  }
  # State, lease, directory; dead letters and spilled batches, which are removed once they were replayed.
  statement {
    sid     = "Keep"
    actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = [
      "${aws_s3_bucket.this.arn}/state/*", "${aws_s3_bucket.this.arn}/dead-letters/*", "${aws_s3_bucket.this.arn}/spill/*",
    ]
  }
  # Its configuration.
  statement {
    sid       = "Configuration"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.this.arn}/config/*"]
  }
  # Snapshots, letters and configuration are found by listing.
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.this.arn]
  }
  # Keys, tokens and headers that fanin.yaml refers to.
  statement {
    sid       = "Secrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [for secret in aws_secretsmanager_secret.this : secret.arn]
  }
  # Streams, bucket and secrets are encrypted.
  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [local.key_arn]
  }
  # Accounts, their state and tags, by a role of the management account.
  dynamic "statement" {
    for_each = var.organizations_role_arn == null ? [] : [var.organizations_role_arn]
    content {
      sid       = "Directory"
      actions   = ["sts:AssumeRole"]
      resources = [statement.value]
    }
  }
  # Quotas of tenants, by a role that each of them has for this alone; only within the organisation.
  dynamic "statement" {
    for_each = var.quota_role_name == "" ? [] : [var.quota_role_name]
    content {
      sid       = "Quotas"
      actions   = ["sts:AssumeRole"]
      resources = ["${local.arn}:iam::*:role/${statement.value}"]
      condition {
        test     = "StringEquals"
        variable = "aws:ResourceOrgID"
        values   = [var.organization_id]
      }
    }
  }
  # Notifications of receivers of kind sns.
  dynamic "statement" {
    for_each = length(var.notification_topics) == 0 ? [] : [var.notification_topics]
    content {
      sid       = "Notify"
      actions   = ["sns:Publish"]
      resources = statement.value
    }
  }
  # It exports telemetry of alerts itself, and puts aside what a backend that is down does not take.
  statement {
    sid       = "Spill"
    actions   = ["firehose:PutRecordBatch"]
    resources = [aws_kinesis_firehose_delivery_stream.spill.arn]
  }
}
