variable "name" {
  description = "The same as `name` of the central module."
  type        = string
  default     = "fanin"
}

variable "central_account_id" {
  description = "The account in which `fanin run` is."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.central_account_id))
    error_message = "central_account_id has 12 digits."
  }
}

variable "reader" {
  description = "Whether the role that reads accounts is made here. It may be in a delegated administrator's account instead."
  type        = bool
  default     = true
}

variable "reader_role_name" {
  description = "Name of the role that reads accounts and their tags."
  type        = string
  default     = "FaninOrganizationsReader"
}

variable "events" {
  description = "Whether events of AWS Organizations are passed on."
  type        = bool
  default     = true
}

variable "event_bus_arn" {
  description = "The bus of the central account, in any Region: output `event_bus_arn` of the central module. Needed where `events` is true."
  type        = string
  default     = null

  validation {
    condition     = !var.events || var.event_bus_arn != null
    error_message = "event_bus_arn is needed where events is true."
  }
}

variable "tags" {
  description = "Tags of every resource that takes tags."
  type        = map(string)
  default     = {}
}
