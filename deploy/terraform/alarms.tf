# Alarms on Fanin itself: by CloudWatch, since who watches cannot be watched by itself alone. docs/runbook.md has a part for each.

resource "aws_sns_topic" "alarms" {
  count             = var.alarm_topic_arn == null ? 1 : 0
  name              = "${var.name}-alarms"
  kms_master_key_id = local.key_arn
  tags              = local.tags
}

locals {
  alarms = {
    forwarder-errors = {
      description = "Invocations of the forwarder fail as a whole"
      namespace   = "AWS/Lambda", metric = "Errors", statistic = "Sum", threshold = 0, minutes = 5
      dimensions  = { FunctionName = local.forwarder }
    }
    forwarder-throttles = {
      description = "The forwarder is not started: the account's concurrency, or its own, is used up"
      namespace   = "AWS/Lambda", metric = "Throttles", statistic = "Sum", threshold = 0, minutes = 10
      dimensions  = { FunctionName = local.forwarder }
    }
    forwarder-lag = {
      description = "Logs wait for the forwarder: 5 minutes and more"
      namespace   = "AWS/Lambda", metric = "IteratorAge", statistic = "Maximum", threshold = 300000, minutes = 5
      dimensions  = { FunctionName = local.forwarder }
    }
    forwarder-gave-up = {
      description = "Records were too old to be tried again; they are in the bucket"
      namespace   = "AWS/Lambda", metric = "OnFailureDestinationDeliveredEventCount", statistic = "Sum", threshold = 0, minutes = 5
      dimensions  = { FunctionName = local.forwarder }
    }
    forwarder-failed-records = {
      description = "Records could not be made safe and come again: the backend and the spill, or the stream of samples, fail"
      namespace   = "Fanin/Forwarder", metric = "FailedRecords", statistic = "Sum", threshold = 0, minutes = 15
      dimensions  = {}
    }
    forwarder-spills = {
      description = "The backend is down and its batches are put aside: replay them when it is back"
      namespace   = "Fanin/Forwarder", metric = "SpilledBatches", statistic = "Sum", threshold = 0, minutes = 5
      dimensions  = {}
    }
    forwarder-dead-letters = {
      description = "Many records cannot be used"
      namespace   = "Fanin/Forwarder", metric = "DeadLetters", statistic = "Sum", threshold = 100, minutes = 15
      dimensions  = {}
    }
    logs-throttled = {
      description = "The stream of logs has too few shards: CloudWatch Logs tries again for a day, then drops"
      namespace   = "AWS/Kinesis", metric = "WriteProvisionedThroughputExceeded", statistic = "Sum", threshold = 0, minutes = 15
      dimensions  = { StreamName = "${var.name}-logs" }
    }
    samples-throttled = {
      description = "The stream of samples has too few shards: the forwarder's records come again"
      namespace   = "AWS/Kinesis", metric = "WriteProvisionedThroughputExceeded", statistic = "Sum", threshold = 0, minutes = 15
      dimensions  = { StreamName = "${var.name}-samples" }
    }
    rules-lag = {
      description = "fanin run is behind the stream of samples: alerts are late"
      namespace   = "AWS/Kinesis", metric = "GetRecords.IteratorAgeMilliseconds", statistic = "Maximum", threshold = 300000, minutes = 5
      dimensions  = { StreamName = "${var.name}-samples" }
    }
    spill-failing = {
      description = "Firehose cannot write spilled batches to the bucket"
      namespace   = "AWS/Firehose", metric = "DeliveryToS3.DataFreshness", statistic = "Maximum", threshold = 900, minutes = 5
      dimensions  = { DeliveryStreamName = "${var.name}-spill" }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.description}. docs/runbook.md, \"${each.key}\"."
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = each.value.minutes
  datapoints_to_alarm = max(1, floor(each.value.minutes * 3 / 5))
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.topic_arn]
  ok_actions          = [local.topic_arn]
  tags                = local.tags
}

# fanin run reads the stream of samples twice a second. Where nobody reads it, no rule is evaluated and nobody is told anything.
resource "aws_cloudwatch_metric_alarm" "nobody_runs" {
  alarm_name          = "${var.name}-nobody-runs"
  alarm_description   = "Nobody reads the stream of samples: no rule is evaluated. docs/runbook.md, \"nobody-runs\"."
  namespace           = "AWS/Kinesis"
  metric_name         = "GetRecords.Success"
  dimensions          = { StreamName = "${var.name}-samples" }
  statistic           = "Sum"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  treat_missing_data  = "breaching"
  alarm_actions       = [local.topic_arn]
  ok_actions          = [local.topic_arn]
  tags                = local.tags
}
