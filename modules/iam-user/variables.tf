variable "name" {
  description = "Name of the user."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9+=,.@_-]{1,64}$", var.name))
    error_message = "A user's name is 1 to 64 letters, digits and + = , . @ _ -: not \"${var.name}\"."
  }
}

variable "policy" {
  description = "What the user may do: a policy document as JSON."
  type        = string
  nullable    = false

  validation {
    condition     = can(jsondecode(var.policy).Statement)
    error_message = "policy is a policy document as JSON, with a Statement: use jsonencode({ Version = \"2012-10-17\", Statement = [ … ] })."
  }
}

variable "access_key" {
  description = "Makes an access key. Its secret is then in the state."
  type        = bool
  nullable    = false
  default     = true
}

variable "path" {
  description = "Path of the user."
  type        = string
  nullable    = false
  default     = "/"

  validation {
    condition     = startswith(var.path, "/") && endswith(var.path, "/")
    error_message = "A path begins and ends with a slash: \"${var.path}\" does not."
  }
}

variable "permissions_boundary" {
  description = "ARN of the user's permissions boundary."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Deletes the user with keys that were made by hand."
  type        = bool
  nullable    = false
  default     = false
}

variable "tags" {
  description = "Tags of the user."
  type        = map(string)
  nullable    = false
  default     = {}
}
