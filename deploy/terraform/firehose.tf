# Firehose writes to the bucket: spilled batches, the archive, metrics as they came.
resource "aws_iam_role" "firehose" {
  name               = "${var.name}-firehose"
  assume_role_policy = data.aws_iam_policy_document.firehose_trust.json
  tags               = local.tags
}

data "aws_iam_policy_document" "firehose_trust" {
  # Firehose, for streams of this account.
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
      values   = [local.account]
    }
  }
}

resource "aws_iam_role_policy" "firehose" {
  name   = "deliver"
  role   = aws_iam_role.firehose.id
  policy = data.aws_iam_policy_document.firehose.json
}

data "aws_iam_policy_document" "firehose" {
  # Objects of these prefixes, large ones in parts.
  statement {
    sid       = "Write"
    actions   = ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    resources = ["${aws_s3_bucket.this.arn}/spill/*", "${aws_s3_bucket.this.arn}/archive/*"]
  }
  # Firehose asks where the bucket is, and which uploads are open.
  statement {
    sid       = "Bucket"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
    resources = [aws_s3_bucket.this.arn]
  }
  # The archive reads the stream of logs.
  statement {
    sid       = "Read"
    actions   = ["kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords", "kinesis:ListShards"]
    resources = [aws_kinesis_stream.logs.arn]
  }
  # Metrics pass through the forwarder.
  statement {
    sid       = "Transform"
    actions   = ["lambda:InvokeFunction", "lambda:GetFunctionConfiguration"]
    resources = [aws_lambda_function.forwarder.arn, "${aws_lambda_function.forwarder.arn}:*"]
  }
  # Stream and bucket are encrypted.
  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [local.key_arn]
  }
  # Why a delivery failed.
  statement {
    sid       = "Log"
    actions   = ["logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.firehose.arn}:*"]
  }
}

resource "aws_cloudwatch_log_group" "firehose" {
  name              = "/aws/kinesisfirehose/${var.name}"
  retention_in_days = var.log_retention_days
  tags              = local.tags
}

resource "aws_cloudwatch_log_stream" "firehose" {
  for_each       = toset(["spill", "archive", "metrics"])
  name           = each.value
  log_group_name = aws_cloudwatch_log_group.firehose.name
}

# Batches of a backend that is down, until `fanin replay s3://<bucket>/spill` sends them.
resource "aws_kinesis_firehose_delivery_stream" "spill" {
  name        = "${var.name}-spill"
  destination = "extended_s3"
  tags        = local.tags
  extended_s3_configuration {
    role_arn            = aws_iam_role.firehose.arn
    bucket_arn          = aws_s3_bucket.this.arn
    prefix              = "spill/"
    error_output_prefix = "spill/errors/"
    buffering_size      = 64
    buffering_interval  = 60
    compression_format  = "GZIP"
    kms_key_arn         = local.key_arn
    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.firehose.name
      log_stream_name = aws_cloudwatch_log_stream.firehose["spill"].name
    }
  }
  server_side_encryption {
    enabled  = true
    key_type = "CUSTOMER_MANAGED_CMK"
    key_arn  = local.key_arn
  }
}

# All logs as CloudWatch wrote them: payloads back to back in gzip, which `fanin replay` reads.
resource "aws_kinesis_firehose_delivery_stream" "archive" {
  count       = var.archive == "raw" ? 1 : 0
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
    prefix              = "archive/logs/!{timestamp:yyyy/MM/dd/HH}/"
    error_output_prefix = "archive/errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/"
    buffering_size      = 128
    buffering_interval  = 300
    # The payloads are gzip already.
    compression_format = "UNCOMPRESSED"
    kms_key_arn        = local.key_arn
    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.firehose.name
      log_stream_name = aws_cloudwatch_log_stream.firehose["archive"].name
    }
  }
  depends_on = [aws_iam_role_policy.firehose]
}
