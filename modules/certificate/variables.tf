variable "domain" {
  description = "Domain of the certificate: `www.example.com` or `*.example.com`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^(\\*\\.)?([a-z0-9_]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain)) && length(var.domain) <= 64
    error_message = "domain is a host name such as www.example.com or *.example.com, at most 64 characters, in small letters: not \"${var.domain}\"."
  }
}

variable "alternative_names" {
  description = "Further domains of the same certificate; their names must lie in the same zone."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for name in var.alternative_names : can(regex("^(\\*\\.)?([a-z0-9_]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", name))])
    error_message = "alternative_names are host names such as example.com or *.example.com."
  }
}

variable "zone_id" {
  description = "Public Route 53 zone in which the proof is written."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of the certificate."
  type        = map(string)
  nullable    = false
  default     = {}
}
