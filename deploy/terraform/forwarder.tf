resource "aws_cloudwatch_log_group" "forwarder" {
  name              = "/aws/lambda/${local.forwarder}"
  retention_in_days = var.log_retention_days
  tags              = local.tags
}

resource "aws_lambda_function" "forwarder" {
  function_name                  = local.forwarder
  description                    = "Decodes, tags and exports telemetry; hands to fanin run what rules take of it"
  role                           = aws_iam_role.forwarder.arn
  filename                       = var.forwarder_package
  source_code_hash               = filebase64sha256(var.forwarder_package)
  handler                        = "bootstrap"
  runtime                        = "provided.al2023"
  architectures                  = [var.forwarder_architecture]
  memory_size                    = var.forwarder_memory_mb
  timeout                        = var.forwarder_timeout_seconds
  reserved_concurrent_executions = var.forwarder_reserved_concurrency
  tags                           = local.tags
  environment {
    variables = {
      FANIN_CONFIG = "s3://${aws_s3_bucket.this.id}/config/fanin.yaml"
      RUST_LOG     = "info"
    }
  }
  depends_on = [aws_cloudwatch_log_group.forwarder, aws_iam_role_policy.forwarder]
}

resource "aws_lambda_event_source_mapping" "logs" {
  event_source_arn                   = aws_kinesis_stream.logs.arn
  function_name                      = aws_lambda_function.forwarder.arn
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = var.batch_records
  maximum_batching_window_in_seconds = var.batch_window_seconds
  # One invocation for each shard at a time: how far a shard was read is then one moment, by which rules know what is missing.
  parallelization_factor         = 1
  bisect_batch_on_function_error = true
  function_response_types        = ["ReportBatchItemFailures"]
  maximum_record_age_in_seconds  = var.record_age_max_seconds
  maximum_retry_attempts         = -1
  destination_config {
    on_failure {
      destination_arn = aws_s3_bucket.this.arn
    }
  }
}

# Invocations by Firehose and log groups that fail for good.
resource "aws_lambda_function_event_invoke_config" "forwarder" {
  function_name                = aws_lambda_function.forwarder.function_name
  maximum_event_age_in_seconds = 21600
  maximum_retry_attempts       = 2
  destination_config {
    on_failure {
      destination = aws_s3_bucket.this.arn
    }
  }
}

resource "aws_iam_role" "forwarder" {
  name               = local.forwarder
  assume_role_policy = data.aws_iam_policy_document.forwarder_trust.json
  tags               = local.tags
}

data "aws_iam_policy_document" "forwarder_trust" {
  # Lambda runs the function.
  statement {
    sid     = "Lambda"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "forwarder" {
  name   = "forward"
  role   = aws_iam_role.forwarder.id
  policy = data.aws_iam_policy_document.forwarder.json
}

data "aws_iam_policy_document" "forwarder" {
  # The event source mapping reads the stream by this role.
  statement {
    sid       = "Read"
    actions   = ["kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards", "kinesis:SubscribeToShard"]
    resources = [aws_kinesis_stream.logs.arn]
  }
  # What rules took goes to fanin run.
  statement {
    sid       = "Samples"
    actions   = ["kinesis:PutRecords"]
    resources = [aws_kinesis_stream.samples.arn]
  }
  # Batches of a backend that is down are put aside.
  statement {
    sid       = "Spill"
    actions   = ["firehose:PutRecordBatch"]
    resources = [aws_kinesis_firehose_delivery_stream.spill.arn]
  }
  # As a transformation it gives back to Firehose what an answer has no room for. Named by hand: the stream names the function.
  dynamic "statement" {
    for_each = var.metrics == "oam" ? ["${var.name}-metrics"] : []
    content {
      sid       = "GiveBack"
      actions   = ["firehose:PutRecordBatch"]
      resources = ["${local.arn}:firehose:${local.region}:${local.account}:deliverystream/${statement.value}"]
    }
  }
  # Its configuration, and the copy of the directory that fanin run keeps.
  statement {
    sid       = "Configuration"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.this.arn}/config/*", "${aws_s3_bucket.this.arn}/state/directory/*", "${aws_s3_bucket.this.arn}/state/streamed/*"]
  }
  # It sees what changed in its configuration by listing it; and a missing object is told from a forbidden one.
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.this.arn]
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["config", "config/*", "state/directory/*", "state/streamed/*"]
    }
  }
  # Records that cannot be used are kept with the reason; Lambda keeps here what it gave up on.
  statement {
    sid       = "Keep"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.this.arn}/dead-letters/*", "${aws_s3_bucket.this.arn}/spill/*", "${aws_s3_bucket.this.arn}/aws/lambda/*"]
  }
  # Lambda looks whether the bucket of failures is there.
  statement {
    sid       = "FailureBucket"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.this.arn]
    condition {
      test     = "StringEquals"
      variable = "s3:ResourceAccount"
      values   = [local.account]
    }
  }
  # Headers of the backend; no other secret.
  statement {
    sid       = "BackendSecret"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [for name, secret in aws_secretsmanager_secret.this : secret.arn if name == "backend"]
  }
  # Streams, bucket and secret are encrypted.
  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [local.key_arn]
  }
  # Its own log.
  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.forwarder.arn}:*"]
  }
}
