#!/usr/bin/env python3
"""Does every argument we use exist in version 6 of the AWS provider too? Without running it: from its published schema.

usage: provider6.py [WHEEL]

The schema is that of provider 6.25.0, as the wheel cdktf-cdktf-provider-aws 21.22.1 (59 MB, fetched by pip when WHEEL
is not given, and not kept) holds it for another language. Prints what is missing, and exits 1 if anything is.
"""

import glob
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "cdktf-cdktf-provider-aws==21.22.1"
# Terraform's own, in every resource and data source.
META = {"count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection", "timeouts"}
# Two whose configuration the generator names after another rule.
RENAMED = {
    "S3BucketServerSideEncryptionConfigurationConfig": "S3BucketServerSideEncryptionConfigurationAConfig",
    "S3BucketVersioningConfig": "S3BucketVersioningAConfig",
}


def types(wheel):
    """fqn → type, of the wheel's schema."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [entry for entry in archive.namelist() if entry.endswith(".jsii.tgz")]
        with tarfile.open(fileobj=io.BytesIO(archive.read(name))) as package:
            return json.load(package.extractfile("package/.jsii"))["types"]


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def pascal(name):
    return "".join(word.capitalize() for word in name.split("_"))


def structs(type_):
    """fqns that a property's type mentions, in lists and unions too."""
    if "fqn" in type_:
        yield type_["fqn"]
    for inner in type_.get("union", {}).get("types", []):
        yield from structs(inner)
    if "collection" in type_:
        yield from structs(type_["collection"]["elementtype"])


def parse(lines, indent):
    """Arguments of a formatted block: [(name, lines of its body or None)]; lines deeper than `indent` belong to one."""
    found, pad, index = [], " " * indent, 0
    while index < len(lines):
        line = lines[index]
        index += 1
        if not line.startswith(pad) or line[indent : indent + 1] in (" ", "#", "}", "]", ")", ""):
            continue
        if argument := re.match(r"(\w+)\s+=", line[indent:]):
            found.append((argument.group(1), None))
        elif block := re.match(r'(?:dynamic "(\w+)"|(\w+)) \{(\})?$', line[indent:]):
            body = []
            while block.group(3) is None and lines[index] != pad + "}":
                body.append(lines[index])
                index += 1
            if block.group(1):
                content = [name for name, _ in parse(body, indent + 2)]
                assert "content" in content, f"dynamic {block.group(1)} without content"
                inner = next(inner for name, inner in parse(body, indent + 2) if name == "content")
                found.append((block.group(1), [line[2:] for line in inner]))
            else:
                found.append((block.group(2), body))
    return found


def missing(schema, fqn, body, indent, path):
    """Paths of arguments that the struct does not have."""
    properties = {}
    todo = [fqn]
    while todo:
        type_ = schema.get(todo.pop())
        if type_ is None:
            continue
        properties.update({p["name"].lower(): p["type"] for p in type_.get("properties", [])})
        todo += type_.get("interfaces", [])
    for name, inner in parse(body, indent):
        if name in META:
            continue
        # The generator renames what would clash in its own language: id → id, but tags_all and a few end in Attribute or Input.
        wanted = camel(name).lower()
        type_ = properties.get(wanted)
        if type_ is None:
            yield f"{path}.{name}"
        elif inner is not None:
            inside = [s for s in structs(type_) if s in schema]
            if inside:
                yield from missing(schema, inside[0], inner, indent + 2, f"{path}.{name}")


def main():
    with tempfile.TemporaryDirectory() as scratch:
        wheel = sys.argv[1] if len(sys.argv) > 1 else None
        if wheel is None:
            subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", scratch, PACKAGE], check=True)
            (wheel,) = glob.glob(f"{scratch}/*.whl")
        schema = types(wheel)
    configs = {fqn.rsplit(".", 1)[1]: fqn for fqn in schema if fqn.endswith("Config")}

    faults, kinds, arguments = [], set(), 0
    for file in sorted(ROOT.glob("modules/*/*.tf")) + sorted(ROOT.glob("examples/**/*.tf")):
        text = file.read_text()
        for match in re.finditer(r'^(resource|data) "(aws_\w+)" "(\w+)" \{(\}|\n(.*?)^\})', text, re.MULTILINE | re.DOTALL):
            kind, type_, name, body = match.group(1), match.group(2), match.group(3), match.group(5) or ""
            where = f"{file.relative_to(ROOT)}: {kind} {type_}.{name}"
            config = ("Data" if kind == "data" else "") + pascal(type_ if kind == "data" else type_.removeprefix("aws_")) + "Config"
            fqn = configs.get(config) or configs.get(RENAMED.get(config, ""))
            kinds.add((kind, type_))
            if fqn is None:
                faults.append(f"{where}: provider 6 has no {type_} ({config})")
                continue
            lines = body.splitlines()
            arguments += len(parse(lines, 2))
            faults += [f"{where}: no argument {path}" for path in missing(schema, fqn, lines, 2, type_)]
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"provider 6.25.0: {len(kinds)} resource and data types, {arguments} arguments and blocks of ours, {len(faults)} of them missing")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
