variable "name" {
  description = "Name of sink and stream; the same as `name` of the central module."
  type        = string
  default     = "fanin"
}

variable "organization_id" {
  description = "The AWS organisation whose accounts may link themselves."
  type        = string

  validation {
    condition     = can(regex("^o-[a-z0-9]{10,32}$", var.organization_id))
    error_message = "organization_id looks like o-a1b2c3d4e5."
  }
}

variable "endpoint_url" {
  description = "Fanin's HTTP endpoint: https://<name of the load balancer>/firehose. Firehose takes port 443 and publicly trusted certificates only."
  type        = string

  validation {
    condition     = can(regex("^https://[^:/]+/firehose$", var.endpoint_url))
    error_message = "endpoint_url looks like https://fanin.example.net/firehose."
  }
}

variable "endpoint_secret_arn" {
  description = "The secret with the endpoint's key, or its replica in this Region: output `endpoint_secret_arn` of the central module."
  type        = string
}

variable "bucket" {
  description = "The central bucket, for what the endpoint does not take: output `bucket` of the central module."
  type        = string
}

variable "kms_key_arns" {
  description = "Keys of the bucket and of the secret: output `kms_key_arn` of the central module, and that of the replica's Region."
  type        = list(string)
}

variable "include_metrics" {
  description = "Names of metrics, by namespace; each series that is always there costs about 0.13 USD a month. Lists of names and never whole namespaces: one namespace may hold thousands of series. Those of AWS/Logs are what completeness is measured by, those of AWS/Usage and AWS/Lambda what quotas are."
  type        = map(list(string))
  default = {
    "AWS/Logs"   = ["DeliveryErrors", "DeliveryThrottling", "ForwardedBytes", "ForwardedLogEvents"]
    "AWS/Usage"  = ["CallCount", "ResourceCount"]
    "AWS/Lambda" = ["ClaimedAccountConcurrency", "ConcurrentExecutions", "UnreservedConcurrentExecutions"]
  }

  validation {
    condition     = length(var.include_metrics) > 0 && alltrue([for names in values(var.include_metrics) : length(names) > 0])
    error_message = "Each namespace needs names: without them all of its metrics are streamed, and paid for."
  }
}

variable "tags" {
  description = "Tags of every resource that takes tags."
  type        = map(string)
  default     = {}
}
