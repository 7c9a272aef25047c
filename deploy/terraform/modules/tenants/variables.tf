variable "name" {
  description = "Name of the stack set."
  type        = string
  default     = "fanin-tenant"
}

variable "template_path" {
  description = "The template. Default: deploy/tenant/fanin-tenant.yaml beside this module."
  type        = string
  default     = null
}

variable "parameters" {
  description = "Parameters of the template; CentralAccountId and OrganizationId have no default."
  type        = map(string)

  validation {
    condition     = alltrue([for key in ["CentralAccountId", "OrganizationId"] : contains(keys(var.parameters), key)])
    error_message = "parameters needs CentralAccountId and OrganizationId."
  }
}

variable "regions" {
  description = "Regions in which accounts have logs, the home Region first. Each needs a destination: an instance of modules/region."
  type        = list(string)

  validation {
    condition     = length(var.regions) > 0 && length(distinct(var.regions)) == length(var.regions)
    error_message = "Give at least one Region, and none twice."
  }
}

variable "organizational_unit_ids" {
  description = "Organisational units whose accounts get it. Begin with one for tests. Keep the central account out of them: what Fanin logs must not come back to it."
  type        = list(string)

  validation {
    condition     = length(var.organizational_unit_ids) > 0 && alltrue([for id in var.organizational_unit_ids : can(regex("^(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32})$", id))])
    error_message = "Give ids like ou-ab12-11111111, or the root's, r-ab12."
  }
}

variable "max_concurrent_percentage" {
  description = "How many accounts of a Region are worked on at the same time."
  type        = number
  default     = 10
}

variable "failure_tolerance_percentage" {
  description = "How many accounts of a Region may fail before the operation stops."
  type        = number
  default     = 1
}

variable "call_as" {
  description = "SELF in the management account, DELEGATED_ADMIN in a delegated administrator's."
  type        = string
  default     = "SELF"

  validation {
    condition     = contains(["SELF", "DELEGATED_ADMIN"], var.call_as)
    error_message = "call_as is SELF or DELEGATED_ADMIN."
  }
}

variable "tags" {
  description = "Tags of the stack set, and of what it makes."
  type        = map(string)
  default     = {}
}
