variable "organization_id" {
  description = "The AWS organisation."
  type        = string
}

variable "region" {
  description = "The Region in which Fanin works."
  type        = string
  default     = "eu-central-1"
}

variable "second_region" {
  description = "A second Region in which accounts have logs."
  type        = string
  default     = "us-east-1"
}

variable "management_account_id" {
  description = "The management account."
  type        = string
}

variable "management_profile" {
  description = "The profile of the AWS configuration by which the management account is reached: single sign-on or a role, no keys."
  type        = string
}

variable "organizational_unit_ids" {
  description = "Organisational units whose accounts are forwarded. Begin with one for tests."
  type        = list(string)
}

variable "forwarder_path" {
  description = "The archive of the forwarder."
  type        = string
}

variable "image" {
  description = "The image of Fanin."
  type        = string
}

variable "repository_arn" {
  description = "Its ECR repository, or null where it is public."
  type        = string
  default     = null
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "private_subnet_ids" {
  description = "Subnets of the tasks."
  type        = list(string)
}

variable "public_subnet_ids" {
  description = "Subnets of the load balancer."
  type        = list(string)
}

variable "certificate_arn" {
  description = "The certificate of `page_host`."
  type        = string
}

variable "page_host" {
  description = "The name under which page and HTTP endpoint are reached, like fanin.example.net."
  type        = string
}

variable "allowed_cidrs" {
  description = "Who reaches the load balancer: your offices, and the addresses of Firehose in your Regions, which its developer guide lists."
  type        = list(string)
}

variable "backend_url" {
  description = "The OTLP endpoint of your backend."
  type        = string
}

variable "alarm_emails" {
  description = "Who is told when Fanin itself is not well."
  type        = list(string)
  default     = []
}
