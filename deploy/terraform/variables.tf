variable "organization_id" {
  description = "Id of the organisation (`o-...`). Only its accounts may subscribe to the destination."
  type        = string
  validation {
    condition     = can(regex("^o-[a-z0-9]{10,32}$", var.organization_id))
    error_message = "An organisation id looks like o-a1b2c3d4e5."
  }
}

variable "name" {
  description = "What the names of all resources begin with."
  type        = string
  default     = "fanin"
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.name))
    error_message = "Use 2 to 21 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "bucket" {
  description = "Name of the bucket for configuration, state, spill, dead letters and archive. Default: `<name>-<account>-<Region>`."
  type        = string
  default     = null
}

variable "config_folder" {
  description = "Folder with `fanin.yaml`, and the rules and the directory file that it names. Uploaded to `config/` of the bucket; both programs look at it each minute."
  type        = string
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}

variable "kms_key_arn" {
  description = "KMS key for streams, bucket, secret and topic. Default: a key is made, with a policy for the services that use it."
  type        = string
  default     = null
}

# Streams ------------------------------------------------------------------------------------------------------------------

variable "logs_shards" {
  description = "Shards of the stream of logs; 0 for on-demand. A shard takes 1 MB/s or 1,000 records/s. On-demand costs more and asks for nothing."
  type        = number
  default     = 0
  validation {
    condition     = var.logs_shards >= 0 && var.logs_shards <= 10000
    error_message = "Between 0 (on-demand) and 10000."
  }
}

variable "logs_retention_hours" {
  description = "How long records wait in the stream of logs: the longest outage of a backend without spill, or of the forwarder, that loses nothing."
  type        = number
  default     = 48
  validation {
    condition     = var.logs_retention_hours >= 24 && var.logs_retention_hours <= 8760
    error_message = "Between 24 and 8760 hours."
  }
}

variable "samples_shards" {
  description = "Shards of the stream of samples. Megabytes a minute for 6,000 accounts and 100 rules: two are plenty."
  type        = number
  default     = 2
  validation {
    condition     = var.samples_shards >= 1 && var.samples_shards <= 200
    error_message = "Between 1 and 200."
  }
}

variable "log_destination" {
  description = "Whether this Region gets a log destination. Others get one by `modules/region`."
  type        = bool
  default     = true
}

# Forwarder ----------------------------------------------------------------------------------------------------------------

variable "forwarder_package" {
  description = "Archive of the forwarder, as `make lambda` builds it: a path on this machine."
  type        = string
}

variable "forwarder_architecture" {
  description = "`arm64` (a fifth cheaper) or `x86_64`, as the archive was built."
  type        = string
  default     = "arm64"
  validation {
    condition     = contains(["arm64", "x86_64"], var.forwarder_architecture)
    error_message = "arm64 or x86_64."
  }
}

variable "forwarder_memory_mb" {
  description = "Memory of the forwarder; the processor grows with it, up to one at 1,769."
  type        = number
  default     = 512
  validation {
    condition     = var.forwarder_memory_mb >= 256 && var.forwarder_memory_mb <= 10240
    error_message = "Between 256 and 10240."
  }
}

variable "forwarder_timeout_seconds" {
  description = "Time of one invocation. Above the time after which a backend that is down has its batches spilled (5 s), with room for a slow one."
  type        = number
  default     = 60
  validation {
    condition     = var.forwarder_timeout_seconds >= 15 && var.forwarder_timeout_seconds <= 900
    error_message = "Between 15 and 900."
  }
}

variable "forwarder_reserved_concurrency" {
  description = "Invocations at once at most; one for each shard are needed. -1 leaves it to the account's limit."
  type        = number
  default     = -1
}

variable "batch_records" {
  description = "Records of one invocation at most; Lambda also cuts at 6 MB."
  type        = number
  default     = 1000
  validation {
    condition     = var.batch_records >= 1 && var.batch_records <= 10000
    error_message = "Between 1 and 10000."
  }
}

variable "batch_window_seconds" {
  description = "How long records wait for others before an invocation: fewer invocations against later alerts."
  type        = number
  default     = 1
  validation {
    condition     = var.batch_window_seconds >= 0 && var.batch_window_seconds <= 300
    error_message = "Between 0 and 300."
  }
}

variable "record_age_max_seconds" {
  description = "A record that could not be made safe for so long goes to the bucket (`lambda-failures/`), and its shard moves on. `fanin replay` sends it later."
  type        = number
  default     = 21600
  validation {
    condition     = var.record_age_max_seconds >= 60 && var.record_age_max_seconds <= 604800
    error_message = "Between 60 and 604800 seconds."
  }
}

# Archive ------------------------------------------------------------------------------------------------------------------

variable "archive" {
  description = "Whether the stream of logs is archived in the bucket (`archive/`): `none`, or `raw`, as CloudWatch wrote it, which `fanin replay` reads."
  type        = string
  default     = "none"
  validation {
    condition     = contains(["none", "raw"], var.archive)
    error_message = "none or raw."
  }
}

variable "archive_days" {
  description = "Days until objects of the archive are removed."
  type        = number
  default     = 30
}

variable "kept_days" {
  description = "Days until dead letters, spilled batches and failures of Lambda are removed, replayed or not."
  type        = number
  default     = 30
}

# Metrics ------------------------------------------------------------------------------------------------------------------

variable "metrics" {
  description = "How metrics come: `oam`, one metric stream here over all linked accounts of this Region; or `none` here, where tenants post to Fanin's Firehose endpoint or send none."
  type        = string
  default     = "none"
  validation {
    condition     = contains(["none", "oam"], var.metrics)
    error_message = "oam or none."
  }
}

variable "metric_filters" {
  description = "What the metric stream carries, by namespace. Each metric is paid for by accounts and dimension sets: name those that rules need."
  type        = map(list(string))
  default = {
    "AWS/Logs"   = ["ForwardedLogEvents", "ForwardedBytes", "DeliveryErrors", "DeliveryThrottling"]
    "AWS/Lambda" = ["ConcurrentExecutions", "ClaimedAccountConcurrency", "Throttles"]
    "AWS/Usage"  = ["ResourceCount", "CallCount"]
  }
}

# Service ------------------------------------------------------------------------------------------------------------------

variable "image" {
  description = "Image of `fanin`, as `deploy/container/Dockerfile` builds it: `<registry>/fanin:<version>`."
  type        = string
}

variable "vpc_id" {
  description = "VPC of the service."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets of the service, in two zones or more, with a way to AWS and to the backend."
  type        = list(string)
  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "Two subnets or more: the standby must survive a zone."
  }
}

variable "service_cpu" {
  description = "CPU units of a task; 1024 are one processor."
  type        = number
  default     = 1024
}

variable "service_memory_mb" {
  description = "Memory of a task."
  type        = number
  default     = 2048
}

variable "standby" {
  description = "Whether a second task stands by. Needs `standby: {enabled: true}` in fanin.yaml."
  type        = bool
  default     = true
}

variable "load_balancer" {
  description = "A load balancer for page, API and Firehose endpoint: its subnets, certificate (ACM), whether it is internal, and who may reach it. Without one the page is reached through a port forwarding of your own."
  type = object({
    subnet_ids      = list(string)
    certificate_arn = string
    internal        = optional(bool, true)
    allowed_cidrs   = list(string)
  })
  default = null
}

variable "secrets" {
  description = "Names of further secrets that fanin.yaml refers to, below `<name>/`; made empty, you fill them."
  type        = set(string)
  default     = ["backend"]
}

variable "notification_topics" {
  description = "ARNs of SNS topics that receivers in fanin.yaml publish to."
  type        = list(string)
  default     = []
}

variable "organizations_role_arn" {
  description = "Role of the management account that may list accounts and their tags (`modules/management`). Without one the directory is a file."
  type        = string
  default     = null
}

variable "quota_role_name" {
  description = "Name of the role in tenant accounts that may read quotas (`deploy/tenant`); empty for none."
  type        = string
  default     = "FaninQuotaReader"
}

# Operation ----------------------------------------------------------------------------------------------------------------

variable "management_account_id" {
  description = "Account that may put events of AWS Organizations on the event bus here. Without one there is no bus."
  type        = string
  default     = null
  validation {
    condition     = var.management_account_id == null || can(regex("^[0-9]{12}$", var.management_account_id))
    error_message = "An account id has twelve digits."
  }
}

variable "alarm_topic_arn" {
  description = "SNS topic for alarms on Fanin itself. It must not lead through Fanin. Default: a topic is made, you subscribe to it."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "Days that Fanin's own logs are kept."
  type        = number
  default     = 30
}
