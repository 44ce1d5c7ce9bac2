{
  "terraform": { "required_version": ">= 0.11" },
  "variable": {
    "full": { "type": "string", "default": "d", "description": "Type, default and description." },
    "nothing": {},
    "nested": { "type": "map", "default": { "a": { "b": 1 }, "c": { "d": 2 } } },
    "laid": { "default": [{ "a": 1 }, { "c": 2 }] },
    "mixed": { "default": [1, "two", true] }
  },
  "resource": { "aws_s3_bucket": { "one": { "bucket": "x" }, "two": {} } },
  "data": [{ "aws_region": { "here": { "provider": "aws.west" } } }],
  "output": { "o": { "value": "v", "description": "Out." } }
}
