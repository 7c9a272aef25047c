variable "name" {
  description = "Name of the destination; the same as `name` of the central module."
  type        = string
  default     = "fanin"
}

variable "organization_id" {
  description = "The AWS organisation whose accounts may forward to this destination."
  type        = string

  validation {
    condition     = can(regex("^o-[a-z0-9]{10,32}$", var.organization_id))
    error_message = "organization_id looks like o-a1b2c3d4e5."
  }
}

variable "stream_arn" {
  description = "The Kinesis stream behind the destination, in any Region: output `logs_stream_arn` of the central module."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kinesis:[a-z0-9-]+:[0-9]{12}:stream/.+$", var.stream_arn))
    error_message = "stream_arn is the ARN of a Kinesis data stream."
  }
}

variable "role_arn" {
  description = "The role by which CloudWatch Logs writes into the stream: output `destination_role_arn` of the central module."
  type        = string
}

variable "tags" {
  description = "Tags of the destination."
  type        = map(string)
  default     = {}
}
