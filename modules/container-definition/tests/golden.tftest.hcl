# The JSON of a container, byte for byte, against files that are reviewed as diffs.

run "the_smallest_container_has_all_defaults" {
  command = plan
  variables {
    name  = "web"
    image = "nginx"
  }
  assert {
    condition     = output.json == jsonencode(jsondecode(file("tests/golden/smallest.json")))
    error_message = output.json
  }
  assert {
    condition     = output.json_list == "[${output.json}]"
    error_message = "json_list is a list of the one container"
  }
}

run "a_container_with_everything" {
  command = plan
  variables {
    name      = "api"
    image     = "registry.example.com:5000/team/api"
    image_tag = "2.1.0"
    region    = "eu-west-1"
    cpu       = 1024
    memory    = 2048

    memory_reservation = 1024
    env_vars           = { ZED = "last", ALPHA = "first" }
    secrets            = { TOKEN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-AbCdEf", DB = "arn:aws:ssm:eu-west-1:123456789012:parameter/db" }
    command            = ["serve", "--port", "8080"]
    entry_point        = ["/app"]
    ports              = [{ container_port = 8080 }, { container_port = 8125, protocol = "udp", name = "statsd" }]
    log_driver         = "awslogs"
    log_group          = "/stack/prod/api"
    log_options        = { max-buffer-size = "4m" }
    health_check       = { command = ["CMD-SHELL", "curl -f http://localhost:8080/"] }
    volumes            = { data = { path = "/data" }, config = { path = "/etc/app", read_only = true } }
    ulimits            = { nofile = 65536 }
    labels             = { team = "core" }
    user               = "1000:1000"
    working_directory  = "/srv"
    essential          = false
    privileged         = true

    depends_on_containers    = { migrate = "SUCCESS" }
    readonly_root_filesystem = true
    repository_credentials   = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:registry-AbCdEf"
  }
  assert {
    condition     = output.json == jsonencode(jsondecode(file("tests/golden/everything.json")))
    error_message = output.json
  }
}

# The 2016 module took raw JSON; its inputs, as values, still give each field it gave.
run "inputs_of_2016_give_an_equivalent_definition" {
  command = plan
  variables {
    name        = "worker"
    image       = "segment/worker"
    image_tag   = "v3"
    cpu         = 512
    memory      = 512
    env_vars    = { QUEUE = "jobs" }
    command     = ["--verbose"]
    entry_point = ["/bin/worker"]
    ports       = [{ container_port = 3000, host_port = 3000 }]
    log_driver  = "journald"
  }
  assert {
    condition = alltrue([
      for key, value in jsondecode(file("tests/golden/as-in-2016.json")) :
      jsonencode(jsondecode(output.json)[key]) == jsonencode(value) if key != "logConfiguration"
    ])
    error_message = output.json
  }
  assert {
    condition     = jsondecode(output.json).logConfiguration.options.tag == "worker" && jsondecode(output.json).logConfiguration.logDriver == "journald"
    error_message = "The bare name is the tag when no group is given, as in 2016: ${output.json}"
  }
}

# Pain 4: the order in which somebody writes a map, or a default written out, is no difference.
run "defaults_written_out_change_nothing" {
  command = plan
  variables {
    name       = "web"
    image      = "nginx:latest"
    cpu        = 256
    memory     = 512
    command    = []
    env_vars   = {}
    ulimits    = {}
    log_driver = "journald"
  }
  assert {
    condition     = output.json == jsonencode(jsondecode(file("tests/golden/smallest.json")))
    error_message = output.json
  }
}
