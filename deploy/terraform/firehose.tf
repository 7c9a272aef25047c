# Two ways into the bucket: what is put aside while a backend is down, and the archive of all telemetry.

resource "aws_cloudwatch_log_group" "firehose" {
  name              = "/aws/kinesisfirehose/${var.name}"
  retention_in_days = 14
  tags              = local.tags
}

resource "aws_cloudwatch_log_stream" "firehose" {
  for_each = toset(["spill", "archive"])

  name           = each.key
  log_group_name = aws_cloudwatch_log_group.firehose.name
}

resource "aws_kinesis_firehose_delivery_stream" "spill" {
  name        = "${var.name}-spill"
  destination = "extended_s3"
  tags        = local.tags

  server_side_encryption {
    enabled  = true
    key_type = "CUSTOMER_MANAGED_CMK"
    key_arn  = local.kms_key_arn
  }

  extended_s3_configuration {
    role_arn            = aws_iam_role.firehose.arn
    bucket_arn          = aws_s3_bucket.this.arn
    prefix              = "spill/firehose/!{timestamp:yyyy/MM/dd/HH}/"
    error_output_prefix = "spill/errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/"
    buffering_size      = 64
    buffering_interval  = 60
    compression_format  = "UNCOMPRESSED"

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.firehose.name
      log_stream_name = aws_cloudwatch_log_stream.firehose["spill"].name
    }
  }

  depends_on = [aws_iam_role_policy.firehose]
}

resource "aws_kinesis_firehose_delivery_stream" "archive" {
  count = var.archive.enabled ? 1 : 0

  name        = "${var.name}-archive"
  destination = "extended_s3"
  tags        = local.tags

  kinesis_source_configuration {
    kinesis_stream_arn = aws_kinesis_stream.logs.arn
    role_arn           = aws_iam_role.firehose.arn
  }

  extended_s3_configuration {
    role_arn            = aws_iam_role.firehose.arn
    bucket_arn          = aws_s3_bucket.this.arn
    prefix              = "archive/!{timestamp:yyyy/MM/dd/HH}/"
    error_output_prefix = "archive-errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/"
    buffering_size      = 128
    buffering_interval  = 300
    # What CloudWatch Logs writes is compressed already; OTLP JSON is not.
    compression_format = var.archive.transform ? "GZIP" : "UNCOMPRESSED"

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.firehose.name
      log_stream_name = aws_cloudwatch_log_stream.firehose["archive"].name
    }

    dynamic "processing_configuration" {
      for_each = var.archive.transform ? [1] : []

      content {
        enabled = true

        processors {
          type = "Lambda"

          parameters {
            parameter_name  = "LambdaArn"
            parameter_value = "${aws_lambda_function.forwarder.arn}:$LATEST"
          }

          # Logs inflate about tenfold, and an answer has at most 6 MB.
          parameters {
            parameter_name  = "BufferSizeInMBs"
            parameter_value = "0.4"
          }

          parameters {
            parameter_name  = "BufferIntervalInSeconds"
            parameter_value = "61"
          }

          parameters {
            parameter_name  = "RoleArn"
            parameter_value = aws_iam_role.firehose.arn
          }
        }
      }
    }
  }

  depends_on = [aws_iam_role_policy.firehose]
}

resource "aws_iam_role" "firehose" {
  name               = "${var.name}-firehose"
  description        = "Firehose: the stream of logs and spilled batches into the bucket"
  assume_role_policy = data.aws_iam_policy_document.firehose_trust.json
  tags               = local.tags
}

data "aws_iam_policy_document" "firehose_trust" {
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

resource "aws_iam_role_policy" "firehose" {
  name   = "firehose"
  role   = aws_iam_role.firehose.id
  policy = data.aws_iam_policy_document.firehose.json
}

data "aws_iam_policy_document" "firehose" {
  # Reason: it writes what it got, and what it could not transform.
  statement {
    sid     = "Write"
    actions = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    resources = [
      "${aws_s3_bucket.this.arn}/archive/*", "${aws_s3_bucket.this.arn}/archive-errors/*", "${aws_s3_bucket.this.arn}/spill/*",
    ]
  }

  # Reason: Firehose asks where the bucket is and which uploads are unfinished.
  statement {
    sid       = "FindBucket"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
    resources = [aws_s3_bucket.this.arn]
  }

  # Reason: bucket and streams are encrypted with this key.
  statement {
    sid       = "UseKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [local.kms_key_arn]
  }

  # Reason: it says why it could not deliver.
  statement {
    sid       = "OwnLogs"
    actions   = ["logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.firehose.arn}:*"]
  }

  dynamic "statement" {
    for_each = var.archive.enabled ? [1] : []

    # Reason: the archive's source.
    content {
      sid       = "ReadLogs"
      actions   = ["kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"]
      resources = [aws_kinesis_stream.logs.arn]
    }
  }

  dynamic "statement" {
    for_each = var.archive.enabled && var.archive.transform ? [1] : []

    # Reason: the forwarder makes OTLP JSON of what is archived.
    content {
      sid       = "Transform"
      actions   = ["lambda:GetFunctionConfiguration", "lambda:InvokeFunction"]
      resources = [aws_lambda_function.forwarder.arn, "${aws_lambda_function.forwarder.arn}:*"]
    }
  }
}
