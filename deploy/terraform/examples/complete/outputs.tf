output "destination_arns" {
  description = "What accounts forward to, by Region."
  value = {
    (var.region)        = module.fanin.destination_arn
    (var.second_region) = module.second_region.destination_arn
  }
}

output "sink_arn" {
  description = "What accounts link to, in the first Region."
  value       = module.metrics.sink_arn
}

output "environment" {
  description = "What fanin.yaml refers to, for `fanin check` on a laptop."
  value       = module.fanin.environment
}

output "load_balancer_dns_name" {
  description = "What `page_host` is to point to."
  value       = module.fanin.load_balancer_dns_name
}
