# One metric stream over all accounts that are linked to this one (`MetricsMode: Link` of the tenants' template).

resource "aws_oam_sink" "this" {
  count = var.metrics == "oam" ? 1 : 0
  name  = var.name
  tags  = local.tags
}

resource "aws_oam_sink_policy" "this" {
  count           = var.metrics == "oam" ? 1 : 0
  sink_identifier = aws_oam_sink.this[0].arn
  policy          = data.aws_iam_policy_document.sink.json
}

data "aws_iam_policy_document" "sink" {
  # Each account of the organisation may link its metrics, and nothing else, to this account.
  statement {
    sid       = "Organisation"
    actions   = ["oam:CreateLink", "oam:UpdateLink"]
    resources = ["*"]
    principals {
      type        = "*"
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
  count                           = var.metrics == "oam" ? 1 : 0
  name                            = var.name
  role_arn                        = aws_iam_role.metric_stream[0].arn
  firehose_arn                    = aws_kinesis_firehose_delivery_stream.metrics[0].arn
  output_format                   = "opentelemetry1.0"
  include_linked_accounts_metrics = true
  tags                            = local.tags
  dynamic "include_filter" {
    for_each = var.metric_filters
    content {
      namespace    = include_filter.key
      metric_names = include_filter.value
    }
  }
}

resource "aws_iam_role" "metric_stream" {
  count              = var.metrics == "oam" ? 1 : 0
  name               = "${var.name}-metric-stream"
  assume_role_policy = data.aws_iam_policy_document.metric_stream_trust.json
  tags               = local.tags
}

data "aws_iam_policy_document" "metric_stream_trust" {
  # Metric streams of this account.
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
      values   = [local.account]
    }
  }
}

resource "aws_iam_role_policy" "metric_stream" {
  count  = var.metrics == "oam" ? 1 : 0
  name   = "write"
  role   = aws_iam_role.metric_stream[0].id
  policy = data.aws_iam_policy_document.metric_stream[0].json
}

data "aws_iam_policy_document" "metric_stream" {
  count = var.metrics == "oam" ? 1 : 0
  # Metrics go into this Firehose stream.
  statement {
    sid       = "Write"
    actions   = ["firehose:PutRecord", "firehose:PutRecordBatch"]
    resources = [aws_kinesis_firehose_delivery_stream.metrics[0].arn]
  }
}

# Metrics pass through the forwarder, which exports them, and are archived as OTLP JSON.
resource "aws_kinesis_firehose_delivery_stream" "metrics" {
  count       = var.metrics == "oam" ? 1 : 0
  name        = "${var.name}-metrics"
  destination = "extended_s3"
  tags        = local.tags
  extended_s3_configuration {
    role_arn            = aws_iam_role.firehose.arn
    bucket_arn          = aws_s3_bucket.this.arn
    prefix              = "archive/metrics/!{timestamp:yyyy/MM/dd/HH}/"
    error_output_prefix = "archive/errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/"
    buffering_size      = 64
    buffering_interval  = 60
    compression_format  = "GZIP"
    kms_key_arn         = local.key_arn
    processing_configuration {
      enabled = true
      processors {
        type = "Lambda"
        parameters {
          parameter_name  = "LambdaArn"
          parameter_value = "${aws_lambda_function.forwarder.arn}:$LATEST"
        }
        parameters {
          parameter_name  = "BufferSizeInMBs"
          parameter_value = "1"
        }
        parameters {
          parameter_name  = "BufferIntervalInSeconds"
          parameter_value = "60"
        }
      }
    }
    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.firehose.name
      log_stream_name = aws_cloudwatch_log_stream.firehose["metrics"].name
    }
  }
  server_side_encryption {
    enabled  = true
    key_type = "CUSTOMER_MANAGED_CMK"
    key_arn  = local.key_arn
  }
}
