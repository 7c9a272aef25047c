# The forwarder: reads the stream of logs, exports, and sends what rules take to the stream of samples.

resource "aws_cloudwatch_log_group" "forwarder" {
  name              = local.forwarder_group
  retention_in_days = var.forwarder.log_retention_days
  tags              = local.tags
}

resource "aws_lambda_function" "forwarder" {
  function_name                  = local.forwarder_name
  description                    = "Fanin: telemetry of the stream to the backend, samples to the rules"
  role                           = aws_iam_role.forwarder.arn
  runtime                        = "provided.al2023"
  handler                        = "bootstrap"
  architectures                  = [var.forwarder.architecture]
  memory_size                    = var.forwarder.memory_mb
  timeout                        = var.forwarder.timeout_seconds
  reserved_concurrent_executions = var.forwarder.reserved_concurrency
  filename                       = var.forwarder_package.path
  source_code_hash               = var.forwarder_package.path == null ? null : filebase64sha256(var.forwarder_package.path)
  s3_bucket                      = var.forwarder_package.bucket
  s3_key                         = var.forwarder_package.key
  s3_object_version              = var.forwarder_package.object_version
  tags                           = local.tags

  environment {
    variables = merge(local.environment, {
      FANIN_CONFIG = local.config_url
      RUST_LOG     = var.forwarder.log_level
    })
  }

  # It reads its configuration when it starts, and logs from its first moment.
  depends_on = [aws_cloudwatch_log_group.forwarder, aws_iam_role_policy.forwarder, aws_s3_object.config]
}

resource "aws_lambda_event_source_mapping" "forwarder" {
  function_name                      = aws_lambda_function.forwarder.arn
  event_source_arn                   = aws_kinesis_stream.logs.arn
  starting_position                  = var.event_source.starting_position
  batch_size                         = var.event_source.batch_size
  maximum_batching_window_in_seconds = var.event_source.window_seconds
  parallelization_factor             = var.event_source.parallelization_factor
  bisect_batch_on_function_error     = true
  function_response_types            = ["ReportBatchItemFailures"]
  maximum_record_age_in_seconds      = var.event_source.record_age_max_seconds
  maximum_retry_attempts             = var.event_source.retries_max
  tags                               = local.tags

  destination_config {
    on_failure {
      destination_arn = aws_s3_bucket.this.arn
    }
  }

  metrics_config {
    metrics = ["EventCount"]
  }
}

resource "aws_iam_role" "forwarder" {
  name               = local.forwarder_name
  description        = "The forwarder in Lambda"
  assume_role_policy = data.aws_iam_policy_document.forwarder_trust.json
  tags               = local.tags
}

data "aws_iam_policy_document" "forwarder_trust" {
  # Reason: the function runs as this role, and only functions of this account do.
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
  name   = "forwarder"
  role   = aws_iam_role.forwarder.id
  policy = data.aws_iam_policy_document.forwarder.json
}

data "aws_iam_policy_document" "forwarder" {
  # Reason: the event source mapping reads the stream by the function's role.
  statement {
    sid = "ReadLogs"
    actions = [
      "kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator",
      "kinesis:ListShards",
    ]
    resources = [aws_kinesis_stream.logs.arn]
  }

  # Reason: the mapping lists streams, which cannot be restricted to one.
  statement {
    sid       = "ListStreams"
    actions   = ["kinesis:ListStreams"]
    resources = ["*"]
  }

  # Reason: what rules took goes to `fanin run`.
  statement {
    sid       = "WriteSamples"
    actions   = ["kinesis:PutRecords"]
    resources = [aws_kinesis_stream.samples.arn]
  }

  # Reason: batches that the backend does not take are put aside.
  statement {
    sid       = "Spill"
    actions   = ["firehose:PutRecordBatch"]
    resources = [local.spill_arn]
  }

  # Reason: configuration and rules, and the copies of the directory and of what metric streams carry that `fanin run` keeps.
  statement {
    sid       = "ReadConfiguration"
    actions   = ["s3:GetObject"]
    resources = [for place in ["config", "state/directory", "state/streamed"] : "${aws_s3_bucket.this.arn}/${place}/*"]
  }

  # Reason: it looks each minute whether these changed; without listing, S3 says 403 and not 404 of what is not there.
  statement {
    sid       = "ListConfiguration"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.this.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = flatten([for place in ["config", "state/directory", "state/streamed"] : [place, "${place}/*"]])
    }
  }

  # Reason: what cannot be used is kept with its reason, and a batch that Lambda gives up is written by this role, too.
  statement {
    sid     = "WriteLetters"
    actions = ["s3:AbortMultipartUpload", "s3:PutObject"]
    resources = [
      "${aws_s3_bucket.this.arn}/dead-letters/*", "${aws_s3_bucket.this.arn}/spill/*", "${aws_s3_bucket.this.arn}/aws/lambda/*",
    ]
  }

  # Reason: Lambda asks for it before it writes what it gives up.
  statement {
    sid       = "FailureDestination"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.this.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["aws/lambda/*"]
    }
  }

  # Reason: headers of the backend.
  statement {
    sid       = "ReadBackendSecret"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.backend.arn]
  }

  # Reason: streams, bucket and secret are encrypted with this key.
  statement {
    sid       = "UseKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [local.kms_key_arn]
  }

  dynamic "statement" {
    for_each = var.archive.enabled && var.archive.transform ? [1] : []

    # Reason: what an answer to Firehose has no room for goes back into the stream that the archive reads.
    content {
      sid       = "GiveBack"
      actions   = ["kinesis:PutRecords"]
      resources = [aws_kinesis_stream.logs.arn]
    }
  }

  # Reason: its own log lines; the group is made above, so it may not make any.
  statement {
    sid       = "OwnLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.forwarder.arn}:*"]
  }
}
