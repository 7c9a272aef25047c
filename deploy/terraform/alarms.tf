# Alarms on Fanin itself, by CloudWatch and not by Fanin: what is broken cannot tell of it. docs/runbook.md has a section for each.

resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = local.kms_key_arn
  tags              = local.tags
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

data "aws_iam_policy_document" "alarms" {
  # Reason: alarms of this account tell the topic, and nobody else does.
  statement {
    sid       = "Alarms"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

resource "aws_sns_topic_subscription" "alarms" {
  for_each = toset(var.alarm_emails)

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

locals {
  of_forwarder = { FunctionName = aws_lambda_function.forwarder.function_name }
  of_mapping   = { EventSourceMappingUUID = aws_lambda_event_source_mapping.forwarder.uuid }
  of_logs      = { StreamName = aws_kinesis_stream.logs.name }
  of_samples   = { StreamName = aws_kinesis_stream.samples.name }
  of_spill     = { DeliveryStreamName = aws_kinesis_firehose_delivery_stream.spill.name }

  # Every one looks at 5 periods of a minute and goes off when `minutes` of them are bad, unless it says otherwise.
  alarms = merge(
    {
      forwarder-errors = {
        says      = "Invocations of the forwarder fail; their batches are tried again."
        namespace = "AWS/Lambda", metric = "Errors", statistic = "Sum", dimensions = local.of_forwarder
        threshold = 1, minutes = 3
      }
      forwarder-throttles = {
        says      = "Lambda does not start the forwarder as often as the stream needs."
        namespace = "AWS/Lambda", metric = "Throttles", statistic = "Sum", dimensions = local.of_forwarder
        threshold = 1, minutes = 3
      }
      forwarder-lag = {
        says      = "The forwarder is late; so is everything after it."
        namespace = "AWS/Lambda", metric = "IteratorAge", statistic = "Maximum", dimensions = local.of_forwarder
        threshold = var.alarm_limits.forwarder_lag_seconds * 1000, minutes = 5
      }
      forwarder-gave-up = {
        says      = "Lambda gave up a batch and wrote it to the bucket: it is to be replayed."
        namespace = "AWS/Lambda", metric = "OnFailureDestinationDeliveredEventCount", statistic = "Sum", dimensions = local.of_mapping
        threshold = 1, minutes = 1
      }
      forwarder-lost = {
        says      = "Lambda gave up a batch and could not write it to the bucket: it is lost when the stream forgets it."
        namespace = "AWS/Lambda", metric = "DestinationDeliveryFailures", statistic = "Sum", dimensions = local.of_forwarder
        threshold = 1, minutes = 1
      }
      logs-writes-throttled = {
        says      = "CloudWatch Logs writes faster than the stream takes; it tries again for 24 hours."
        namespace = "AWS/Kinesis", metric = "WriteProvisionedThroughputExceeded", statistic = "Sum", dimensions = local.of_logs
        threshold = 1, minutes = 5
      }
      samples-writes-throttled = {
        says      = "The forwarder writes faster than the stream of samples takes; its batches wait."
        namespace = "AWS/Kinesis", metric = "WriteProvisionedThroughputExceeded", statistic = "Sum", dimensions = local.of_samples
        threshold = 1, minutes = 5
      }
      samples-lag = {
        says      = "fanin run is late in reading samples; alerts are late by it."
        namespace = "AWS/Kinesis", metric = "GetRecords.IteratorAgeMilliseconds", statistic = "Maximum", dimensions = local.of_samples
        threshold = var.alarm_limits.samples_lag_seconds * 1000, minutes = 5
      }
      samples-unread = {
        says      = "Nobody reads samples: no fanin run works, and nobody is told of anything."
        namespace = "AWS/Kinesis", metric = "GetRecords.Success", statistic = "SampleCount", dimensions = local.of_samples
        threshold = 1, minutes = 3, below = true, missing = "breaching"
      }
      spilled = {
        says      = "Batches are put aside: a backend is down or refuses."
        namespace = "AWS/Firehose", metric = "IncomingRecords", statistic = "Sum", dimensions = local.of_spill
        threshold = 1, minutes = 3
      }
      spill-late = {
        says      = "What was put aside does not reach the bucket; Firehose keeps it for 24 hours."
        namespace = "AWS/Firehose", metric = "DeliveryToS3.DataFreshness", statistic = "Maximum", dimensions = local.of_spill
        threshold = var.alarm_limits.firehose_late_seconds, minutes = 5
      }
    },
    var.archive.enabled ? {
      archive-late = {
        says       = "The archive does not reach the bucket; the stream keeps it for its retention."
        namespace  = "AWS/Firehose", metric = "DeliveryToS3.DataFreshness", statistic = "Maximum"
        dimensions = { DeliveryStreamName = aws_kinesis_firehose_delivery_stream.archive[0].name }
        threshold  = var.alarm_limits.firehose_late_seconds, minutes = 5
      }
    } : {},
    local.is_balanced ? {
      service-unhealthy = {
        says      = "No task is ready: page, API and HTTP sources do not answer."
        namespace = "AWS/ApplicationELB", metric = "HealthyHostCount", statistic = "Maximum"
        dimensions = {
          LoadBalancer = aws_lb.this[0].arn_suffix
          TargetGroup  = aws_lb_target_group.run[0].arn_suffix
        }
        threshold = 1, minutes = 3, below = true, missing = "breaching"
      }
    } : {},
    var.service.container_insights && var.service.tasks > 0 ? {
      service-tasks = {
        says      = "Fewer tasks run than are wanted: there is no standby, or nobody works."
        namespace = "ECS/ContainerInsights", metric = "RunningTaskCount", statistic = "Minimum"
        dimensions = {
          ClusterName = aws_ecs_cluster.this.name
          ServiceName = aws_ecs_service.run.name
        }
        threshold = var.service.tasks, minutes = 5, below = true, missing = "breaching"
      }
    } : {},
    var.management_account_id == null ? {} : {
      lifecycle-failed = {
        says      = "Events of AWS Organizations do not reach fanin run; the directory is refreshed by its interval."
        namespace = "AWS/Events", metric = "FailedInvocations", statistic = "Sum"
        dimensions = {
          EventBusName = aws_cloudwatch_event_bus.this[0].name
          RuleName     = aws_cloudwatch_event_rule.lifecycle[0].name
        }
        threshold = 1, minutes = 1
      }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.says} See docs/runbook.md, ${each.key}."
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  dimensions          = each.value.dimensions
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = each.value.minutes
  comparison_operator = try(each.value.below, false) ? "LessThanThreshold" : "GreaterThanOrEqualToThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = try(each.value.missing, "notBreaching")
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
  tags                = local.tags
}
