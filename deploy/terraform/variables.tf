variable "name" {
  description = "What every resource is called, or begins with. Another name than `fanin` makes a second installation in one account possible; `name` of the other modules must be the same."
  type        = string
  default     = "fanin"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,19}$", var.name))
    error_message = "name has 2 to 20 lower-case letters, digits and dashes, and begins with a letter."
  }
}

variable "organization_id" {
  description = "The AWS organisation whose accounts may send telemetry: nobody outside of it may."
  type        = string

  validation {
    condition     = can(regex("^o-[a-z0-9]{10,32}$", var.organization_id))
    error_message = "organization_id looks like o-a1b2c3d4e5."
  }
}

variable "tags" {
  description = "Tags of every resource that takes tags."
  type        = map(string)
  default     = {}
}

variable "kms_key_arn" {
  description = "A KMS key for streams, bucket, secrets and the topic of alarms. Default: one is made. A key of yours needs the statements of keys.tf."
  type        = string
  default     = null
}

variable "logs_stream" {
  description = "The stream into which CloudWatch Logs of all accounts writes. `PROVISIONED` is cheaper from about 25 % of use on, and needs `shards`; `retention_hours` is how long the forwarder may be down without loss."
  type = object({
    mode            = optional(string, "ON_DEMAND")
    shards          = optional(number)
    retention_hours = optional(number, 72)
  })
  default = {}

  validation {
    condition     = contains(["ON_DEMAND", "PROVISIONED"], var.logs_stream.mode) && (var.logs_stream.mode == "PROVISIONED") == (var.logs_stream.shards != null)
    error_message = "mode is ON_DEMAND without shards, or PROVISIONED with shards."
  }

  validation {
    condition     = var.logs_stream.retention_hours >= 24 && var.logs_stream.retention_hours <= 8760
    error_message = "retention_hours is from 24 to 8760."
  }
}

variable "samples_stream" {
  description = "The stream from the forwarder to `fanin run`. It carries what rules took, a small part of the telemetry, so a few shards do."
  type = object({
    mode            = optional(string, "PROVISIONED")
    shards          = optional(number, 4)
    retention_hours = optional(number, 72)
  })
  default = {}

  validation {
    condition     = contains(["ON_DEMAND", "PROVISIONED"], var.samples_stream.mode) && var.samples_stream.retention_hours >= 24 && var.samples_stream.retention_hours <= 8760
    error_message = "mode is ON_DEMAND or PROVISIONED, and retention_hours from 24 to 8760."
  }
}

variable "bucket_name" {
  description = "The bucket of configuration, state, spill, dead letters and archive. Default: name, account and Region."
  type        = string
  default     = null
}

variable "bucket_force_destroy" {
  description = "Whether `terraform destroy` removes a bucket that is not empty. Only for installations that are thrown away."
  type        = bool
  default     = false
}

variable "bucket_tls_only" {
  description = "Whether the bucket refuses whoever does not use TLS. Leave it true; emulators that do not look at conditions of policies refuse everybody."
  type        = bool
  default     = true
}

variable "lifecycle_days" {
  description = "After how many days objects are removed: archived telemetry, spilled batches and dead letters that nobody replayed, batches that Lambda gave up, and earlier versions of any object."
  type = object({
    archive      = optional(number, 30)
    spill        = optional(number, 30)
    dead_letters = optional(number, 90)
    lambda       = optional(number, 30)
    versions     = optional(number, 14)
  })
  default = {}

  validation {
    condition     = alltrue([for days in values(var.lifecycle_days) : days >= 1])
    error_message = "Every age is at least one day."
  }
}

variable "config_folders" {
  description = "Folders of configuration and rules, by the place below `config/` at which they are put: { \"\" = \"./config\", \"alerts\" = \"../alerts\" }. The first must hold fanin.yaml. They must not hold secrets; those belong in Secrets Manager."
  type        = map(string)

  validation {
    condition     = contains(keys(var.config_folders), "")
    error_message = "config_folders needs the key \"\": the folder with fanin.yaml."
  }
}

variable "environment" {
  description = "More environment variables of the forwarder and of `fanin run`, for references like $${BACKEND_URL} in fanin.yaml. No secrets: they can be read by whoever may describe the function."
  type        = map(string)
  default     = {}
}

variable "secret_recovery_days" {
  description = "How long a removed secret can be recovered: 7 to 30 days, or 0 for installations that are thrown away."
  type        = number
  default     = 30

  validation {
    condition     = var.secret_recovery_days == 0 || (var.secret_recovery_days >= 7 && var.secret_recovery_days <= 30)
    error_message = "secret_recovery_days is 0, or from 7 to 30."
  }
}

variable "secret_replica_regions" {
  description = "Further Regions in which Firehose reads the key of Fanin's HTTP endpoint: it reads secrets of its own Region only."
  type        = set(string)
  default     = []
}

variable "share_endpoint_key" {
  description = "Whether Firehose streams of tenant accounts may read the key of Fanin's HTTP endpoint. Needed where the tenant template has Metrics=Stream; with Metrics=Link the key stays in this account."
  type        = bool
  default     = false
}

variable "forwarder_package" {
  description = "The archive of the forwarder: a local `path`, or `bucket` and `key` (and `object_version`) in this Region. It holds one file, `bootstrap`, built for the architecture."
  type = object({
    path           = optional(string)
    bucket         = optional(string)
    key            = optional(string)
    object_version = optional(string)
  })

  validation {
    condition     = (var.forwarder_package.path != null) != (var.forwarder_package.bucket != null && var.forwarder_package.key != null)
    error_message = "Give either path, or bucket and key."
  }
}

variable "forwarder" {
  description = "The function. `reserved_concurrency` keeps its share of the account's concurrency, and is at most what it takes: give it at least the number of shards times `parallelization_factor`."
  type = object({
    architecture         = optional(string, "arm64")
    memory_mb            = optional(number, 512)
    timeout_seconds      = optional(number, 60)
    reserved_concurrency = optional(number, -1)
    log_level            = optional(string, "info")
    log_retention_days   = optional(number, 14)
  })
  default = {}

  validation {
    condition     = contains(["arm64", "x86_64"], var.forwarder.architecture)
    error_message = "architecture is arm64 or x86_64."
  }

  validation {
    condition     = var.forwarder.memory_mb >= 256 && var.forwarder.memory_mb <= 10240 && var.forwarder.timeout_seconds >= 15 && var.forwarder.timeout_seconds <= 900
    error_message = "memory_mb is from 256 to 10240, timeout_seconds from 15 to 900."
  }
}

variable "event_source" {
  description = "How Lambda reads the stream. Batches wait up to `window_seconds` for more; one that fails is cut in two and tried again until it is `record_age_max_seconds` old or was tried `retries_max` times, and then goes to the bucket. `parallelization_factor` above 1 costs order within an account, which Fanin does not need, and is for a forwarder that lags."
  type = object({
    batch_size             = optional(number, 500)
    window_seconds         = optional(number, 2)
    parallelization_factor = optional(number, 1)
    record_age_max_seconds = optional(number, 172800)
    retries_max            = optional(number, 1000)
    starting_position      = optional(string, "TRIM_HORIZON")
  })
  default = {}

  validation {
    condition     = var.event_source.batch_size >= 1 && var.event_source.batch_size <= 10000 && var.event_source.window_seconds >= 0 && var.event_source.window_seconds <= 300
    error_message = "batch_size is from 1 to 10000, window_seconds from 0 to 300."
  }

  validation {
    condition     = var.event_source.parallelization_factor >= 1 && var.event_source.parallelization_factor <= 10
    error_message = "parallelization_factor is from 1 to 10."
  }

  validation {
    condition     = var.event_source.record_age_max_seconds >= 60 && var.event_source.retries_max >= 1 && var.event_source.record_age_max_seconds < var.logs_stream.retention_hours * 3600
    error_message = "record_age_max_seconds is at least 60 and less than the retention of the stream, so that what fails reaches the bucket before the stream forgets it; retries_max is at least 1. Without limits one bad batch blocks its shard."
  }
}

variable "archive" {
  description = "Whether all telemetry is archived in the bucket, and whether the forwarder makes tagged and redacted OTLP JSON of it (`transform`). Without `transform` what arrived is kept as it came, secrets and personal data included."
  type = object({
    enabled   = optional(bool, false)
    transform = optional(bool, true)
  })
  default = {}
}

variable "service" {
  description = "`fanin run` on Fargate. `tasks` is 2: one works, one stands by; 0 stops it. `image` names a tag or a digest; `repository_arn` is its ECR repository, null where it is public."
  type = object({
    image                    = string
    repository_arn           = optional(string)
    tasks                    = optional(number, 2)
    cpu                      = optional(number, 1024)
    memory_mb                = optional(number, 4096)
    architecture             = optional(string, "ARM64")
    log_level                = optional(string, "info")
    log_retention_days       = optional(number, 30)
    container_insights       = optional(bool, true)
    stop_timeout_seconds     = optional(number, 60)
    ephemeral_storage_gb     = optional(number, 30)
    assign_public_ip         = optional(bool, false)
    platform_version         = optional(string, "LATEST")
    enable_execute_command   = optional(bool, false)
    readonly_root_filesystem = optional(bool, true)
  })

  validation {
    condition     = can(regex("(:[A-Za-z0-9_][A-Za-z0-9._-]*|@sha256:[0-9a-f]{64})$", var.service.image)) && !endswith(var.service.image, ":latest")
    error_message = "image names a tag other than latest, or a digest: else nobody knows what runs."
  }

  validation {
    condition     = contains([0, 1, 2], var.service.tasks)
    error_message = "tasks is 2 (one works, one stands by), 1 (no standby) or 0 (stopped)."
  }

  validation {
    condition     = contains(["ARM64", "X86_64"], var.service.architecture)
    error_message = "architecture is ARM64 or X86_64."
  }
}

variable "network" {
  description = "Where the tasks run: subnets with a way to AWS and to the backend, by a NAT gateway or by VPC endpoints."
  type = object({
    vpc_id     = string
    subnet_ids = list(string)
  })

  validation {
    condition     = length(var.network.subnet_ids) >= 2
    error_message = "Give subnets of at least two availability zones, so that the standby is in another than the one that works."
  }
}

variable "load_balancer" {
  description = "An application load balancer for the page, the API and the HTTP sources, or null for none. Firehose reaches only a public one (`internal = false`) with a certificate that browsers trust."
  type = object({
    certificate_arn     = string
    subnet_ids          = list(string)
    allowed_cidrs       = list(string)
    internal            = optional(bool, true)
    ssl_policy          = optional(string, "ELBSecurityPolicy-TLS13-1-2-2021-06")
    deletion_protection = optional(bool, true)
  })
  default = null

  validation {
    condition     = var.load_balancer == null || try(length(var.load_balancer.subnet_ids) >= 2 && alltrue([for cidr in var.load_balancer.allowed_cidrs : can(cidrhost(cidr, 0))]), false)
    error_message = "Give at least two subnets, and ranges of addresses like 10.0.0.0/8."
  }
}

variable "organizations_reader_role_arn" {
  description = "The role that `fanin run` assumes to list accounts and their tags: output `reader_role_arn` of modules/management. Null where the directory is a file."
  type        = string
  default     = null

  validation {
    condition     = var.organizations_reader_role_arn == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$", var.organizations_reader_role_arn))
    error_message = "organizations_reader_role_arn is the ARN of a role."
  }
}

variable "management_account_id" {
  description = "The management account, whose events of AWS Organizations are taken. Null: none are, and the directory is refreshed by its interval alone."
  type        = string
  default     = null

  validation {
    condition     = var.management_account_id == null || can(regex("^[0-9]{12}$", var.management_account_id))
    error_message = "management_account_id has 12 digits."
  }
}

variable "quota_reader_role_name" {
  description = "The role in tenant accounts that `fanin run` assumes to read quotas; the tenant template makes it. Null: none may be assumed."
  type        = string
  default     = "FaninQuotaReader"
}

variable "alert_topic_arns" {
  description = "SNS topics that receivers in fanin.yaml name."
  type        = list(string)
  default     = []
}

variable "alarm_emails" {
  description = "Who is told of the alarms on Fanin itself by mail. Others subscribe to the topic in the outputs. Do not lead it through Fanin."
  type        = list(string)
  default     = []
}

variable "alarm_limits" {
  description = "When the alarms on Fanin itself go off: how late the forwarder and the rules may be, and how long Firehose may hold what it got."
  type = object({
    forwarder_lag_seconds = optional(number, 300)
    samples_lag_seconds   = optional(number, 120)
    firehose_late_seconds = optional(number, 1800)
  })
  default = {}
}
