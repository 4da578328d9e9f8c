#!/usr/bin/env python3
"""The links of the documents lead to files of the tree, and their anchors to headings, which are
named as GitHub names them. Every page of docs/ can be reached from README.md."""

import json
import pathlib
import re
import urllib.parse

import tree

CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]+`", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(<?([^)<>\s]*)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)|<a href=\"([^\"]*)\"", re.MULTILINE)
HEADING = re.compile(r"^#{1,6} +(.*?) *#*$", re.MULTILINE)
ELSEWHERE = re.compile(r"^(https?|mailto):")


def text_of(path):
    """A Markdown file, or the Markdown cells of a notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        text = "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"]
                           if cell["cell_type"] == "markdown")
    return text


def anchors(path):
    """The anchors of a document: its headings in lower case, without marks, blanks as hyphens; repeated
    ones are counted on."""
    found = {}
    headings = HEADING.findall(re.sub(r"^(```|~~~).*?^\1", "", text_of(path), flags=re.DOTALL | re.MULTILINE))
    for heading in headings:
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        name = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        found[name] = found.get(name, -1) + 1
        yield name if found[name] == 0 else f"{name}-{found[name]}"


def links(path):
    prose = CODE.sub("", text_of(path))
    for match in LINK.finditer(prose):
        target = next(group for group in match.groups() if group is not None)
        if not ELSEWHERE.match(target):
            yield target


def follow(path, target):
    """The file that a link leads to, and what is wrong with it (None if nothing)."""
    file, _, anchor = urllib.parse.unquote(target).partition("#")
    place = pathlib.Path(path.parent, file).resolve() if file else path
    if not place.exists() or not place.is_relative_to(tree.TOP):
        return place, "leads to no file of the tree"
    if anchor and (place.suffix not in (".md", ".ipynb") or anchor not in anchors(place)):
        return place, f"there is no heading {anchor!r}"
    return place, None


def reachable(graph):
    seen, pending = set(), [tree.TOP / "README.md"]
    while pending:
        path = pending.pop()
        if path not in seen:
            seen.add(path)
            pending += graph.get(path, [])
    return seen


def main():
    findings, graph, checked = [], {}, 0
    for path in tree.files("*.md", "*.ipynb"):
        graph[path] = []
        for target in links(path):
            place, wrong = follow(path, target)
            graph[path].append(place)
            checked += 1
            if wrong:
                findings.append(f"{tree.name(path)}: link to {target}: {wrong}")
    for path in tree.files("*.md", under="docs"):
        if path not in reachable(graph):
            findings.append(f"{tree.name(path)}: no link leads there from README.md")
    tree.report(findings, checked)


main()
