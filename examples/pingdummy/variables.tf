variable "images" {
  description = "Registry and path under which the three images are: `<images>/frontend`, `<images>/beacon`, `<images>/worker`."
  type        = string
  default     = "registry.example.com/pingdummy"
}

variable "image_tag" {
  description = "Tag of the frontend's image: change it and apply, and only the frontend is deployed."
  type        = string
  default     = "1.0.0"
}

variable "domain" {
  description = "Domain of which www is the frontend."
  type        = string
  default     = "pingdummy.example.com"
}
