# Metrics of all accounts of one Region by one metric stream: accounts link to the sink of this account (Observability Access Manager),
# and one stream carries their metrics through one Firehose to Fanin's HTTP endpoint. One instance for each Region, like modules/region.
# Links cost nothing; what is paid for is the updates, and the lists of names below decide how many these are.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
}

resource "aws_oam_sink" "this" {
  name = var.name
  tags = var.tags
}

resource "aws_oam_sink_policy" "this" {
  sink_identifier = aws_oam_sink.this.arn
  policy          = data.aws_iam_policy_document.sink.json
}

data "aws_iam_policy_document" "sink" {
  # Reason: accounts of the organisation link themselves, and share metrics and nothing else.
  statement {
    sid       = "AccountsOfTheOrganization"
    actions   = ["oam:CreateLink", "oam:UpdateLink"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalOrgID"
      values   = [var.organization_id]
    }

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "oam:ResourceTypes"
      values   = ["AWS::CloudWatch::Metric"]
    }
  }
}

resource "aws_cloudwatch_metric_stream" "this" {
  name                            = var.name
  role_arn                        = aws_iam_role.stream.arn
  firehose_arn                    = aws_kinesis_firehose_delivery_stream.this.arn
  output_format                   = "opentelemetry1.0"
  include_linked_accounts_metrics = true
  tags                            = var.tags

  dynamic "include_filter" {
    for_each = var.include_metrics

    content {
      namespace    = include_filter.key
      metric_names = include_filter.value
    }
  }

  depends_on = [aws_iam_role_policy.stream]
}

resource "aws_kinesis_firehose_delivery_stream" "this" {
  name        = "${var.name}-metrics"
  destination = "http_endpoint"
  tags        = var.tags

  server_side_encryption {
    enabled = true
  }

  http_endpoint_configuration {
    name               = var.name
    url                = var.endpoint_url
    role_arn           = aws_iam_role.delivery.arn
    retry_duration     = 7200
    buffering_size     = 4
    buffering_interval = 60
    s3_backup_mode     = "FailedDataOnly"

    secrets_manager_configuration {
      enabled    = true
      secret_arn = var.endpoint_secret_arn
      role_arn   = aws_iam_role.delivery.arn
    }

    request_configuration {
      content_encoding = "GZIP"
    }

    s3_configuration {
      role_arn           = aws_iam_role.delivery.arn
      bucket_arn         = "arn:${data.aws_partition.current.partition}:s3:::${var.bucket}"
      prefix             = "spill/metrics/"
      buffering_size     = 64
      buffering_interval = 300
      compression_format = "GZIP"
    }
  }

  depends_on = [aws_iam_role_policy.delivery]
}

resource "aws_iam_role" "stream" {
  name_prefix        = "${var.name}-metric-stream-"
  description        = "CloudWatch: metrics into Firehose"
  assume_role_policy = data.aws_iam_policy_document.stream_trust.json
  tags               = var.tags
}

data "aws_iam_policy_document" "stream_trust" {
  # Reason: metric streams of this account, and not somebody else's that name this role.
  statement {
    sid     = "MetricStreams"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["streams.metrics.cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

resource "aws_iam_role_policy" "stream" {
  name   = "write"
  role   = aws_iam_role.stream.id
  policy = data.aws_iam_policy_document.stream.json
}

data "aws_iam_policy_document" "stream" {
  # Reason: this is all that a metric stream does.
  statement {
    sid       = "WriteMetrics"
    actions   = ["firehose:PutRecord", "firehose:PutRecordBatch"]
    resources = [aws_kinesis_firehose_delivery_stream.this.arn]
  }
}

resource "aws_iam_role" "delivery" {
  name_prefix        = "${var.name}-metric-delivery-"
  description        = "Firehose: metrics to Fanin's HTTP endpoint"
  assume_role_policy = data.aws_iam_policy_document.delivery_trust.json
  tags               = var.tags
}

data "aws_iam_policy_document" "delivery_trust" {
  # Reason: Firehose streams of this account, and not somebody else's that name this role.
  statement {
    sid     = "Firehose"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["firehose.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

resource "aws_iam_role_policy" "delivery" {
  name   = "delivery"
  role   = aws_iam_role.delivery.id
  policy = data.aws_iam_policy_document.delivery.json
}

data "aws_iam_policy_document" "delivery" {
  # Reason: the key that it shows to the endpoint.
  statement {
    sid       = "ReadEndpointKey"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [var.endpoint_secret_arn]
  }

  # Reason: what the endpoint does not take in two hours is kept, for `fanin replay`.
  statement {
    sid       = "WriteBackup"
    actions   = ["s3:AbortMultipartUpload", "s3:PutObject"]
    resources = ["arn:${data.aws_partition.current.partition}:s3:::${var.bucket}/spill/metrics/*"]
  }

  # Reason: Firehose asks where the bucket is and which uploads are unfinished.
  statement {
    sid       = "FindBucket"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
    resources = ["arn:${data.aws_partition.current.partition}:s3:::${var.bucket}"]
  }

  # Reason: bucket and secret are encrypted with these keys; a replica of the secret has the key of its own Region.
  statement {
    sid       = "UseKeys"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = var.kms_key_arns
  }
}
