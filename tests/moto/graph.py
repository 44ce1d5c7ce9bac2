"""What stands, as a Mermaid graph: a box for each module, in it its resources by type, and arrows to what they need."""

from collections import defaultdict


def mermaid(root):
    """The graph of a state's `values.root_module` (terraform show -json), without arrows that others imply."""
    count, needs, todo = defaultdict(int), defaultdict(set), [root]
    while todo:
        module = todo.pop()
        todo += module.get("child_modules", [])
        for resource in module.get("resources", []):
            if resource["mode"] != "managed" or resource["type"] == "terraform_data":
                continue
            here = (plain(module.get("address", "")), resource["type"])
            count[here] += 1
            for address in resource.get("depends_on", []):
                needs[here].add(node(address))
    needs = {here: {there for there in needs[here] if there in count and there != here} for here in count}
    names = {here: f"n{number}" for number, here in enumerate(sorted(count))}

    lines = ["flowchart TB"]
    for module in sorted({module for module, _ in count}):
        lines.append(f'  subgraph {"m_" + module.replace(".", "_").replace("-", "_") if module else "root"}["{module or "configuration"}"]')
        for here in sorted(names):
            if here[0] == module:
                many = f" ×{count[here]}" if count[here] > 1 else ""
                lines.append(f'    {names[here]}["{here[1].removeprefix("aws_")}{many}"]')
        lines.append("  end")
    for here in sorted(names):
        for there in sorted(reduced(here, needs)):
            lines.append(f"  {names[here]} --> {names[there]}")
    return "\n".join(lines) + "\n"


def plain(address):
    """module.stack.module.dns[0] → stack.dns"""
    return ".".join(part.split("[")[0] for part in address.split(".") if part != "module")


def node(address):
    """module.stack.module.dns.aws_route53_zone.main → (stack.dns, aws_route53_zone)"""
    parts = address.split(".")
    return plain(".".join(parts[:-2])), parts[-2]


def reduced(here, needs):
    """What `here` needs, without what it needs only by another of them."""
    return {there for there in needs[here] if not any(there in reach(other, needs, here) for other in needs[here] - {there})}


def reach(start, needs, without):
    """All that `start` needs, however far, on ways that do not come back to `without`."""
    seen, todo = set(), [start]
    while todo:
        for there in needs[todo.pop()] - seen - {without}:
            seen.add(there)
            todo.append(there)
    return seen
