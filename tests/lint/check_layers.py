#!/usr/bin/env python3
"""Each layer includes and calls only what it may: base <- core, sweep, store <- app. Within app, the
build holds the floors commands -> services -> util. The files of base, core and sweep, each with its
header, include each other in no circle."""

import re

import tree

MAY_INCLUDE = {
    "include": {"include"},
    "base": {"include", "base"},
    "core": {"include", "base", "core"},
    "sweep": {"include", "base", "sweep"},
    "store": {"include", "base", "store"},
    "app": {"include", "base", "core", "sweep", "store", "app"},
}
# Outside headers, and the only folder that may include each.
HOME = {
    "yaml.h": "src/sweep/",
    "hdf5.h": "src/store/",
    "hdf5_hl.h": "src/store/",
    "isa-l.h": "src/store/",
    "omp.h": "src/app/services/run/",
    "jansson.h": "src/app/",
    "xxhash.h": "src/base/",
    "immintrin.h": "src/core/kernel/",
    "arm_neon.h": "src/core/kernel/",
}
# What a layer never mentions, and why.
FORBIDDEN = [
    (r"#\s*pragma\s+omp\b", {"base", "core", "sweep", "store"}, "OpenMP belongs to app"),
    (r"<stdio\.h>", {"core"}, "core does no input or output"),
    (r"\b(secure_)?getenv\b", {"include", "base", "core", "sweep", "store"},
     "only app reads the environment"),
    (r"\b(v?printf|puts|putchar|perror)\s*\(|\b(stdout|stderr)\b",
     {"include", "base", "core", "sweep", "store"}, "only app prints"),
    (r"\b(_?[eE]xit|quick_exit|abort)\s*\(", {"include", "base", "core", "sweep", "store"},
     "nothing below main ends the process"),
]
# Where one of these words is meant, and why.
ALLOWED = {("src/store/read/isolate.c", "_exit("): "ends the child process that it made"}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def layer_of(path):
    parts = tree.name(path).split("/")
    return parts[1] if parts[0] == "src" else "include"


def check_includes(path, text, layer, header_layers):
    for match in INCLUDE.finditer(text):
        header = match.group(1)
        place = f"{tree.name(path)}:{tree.line_of(text, match.start())}"
        home = HOME.get(header.split("/")[-1])
        if home and not tree.name(path).startswith(home):
            yield f"{place}: <{header}> belongs to {home}"
        target = header_layers.get(header.split("/")[-1])
        if target and target not in MAY_INCLUDE[layer]:
            yield f"{place}: {layer} must not include {header} of {target}"


def check_words(path, text, layer):
    for pattern, layers, reason in FORBIDDEN:
        if layer in layers:
            for match in re.finditer(pattern, text):
                if (tree.name(path), match.group()) in ALLOWED:
                    continue
                yield f"{tree.name(path)}:{tree.line_of(text, match.start())}: {match.group()}: {reason}"


def find_circle(graph):
    """A circle of file names, or None."""
    done, path = set(), []

    def visit(node):
        if node in path:
            return path[path.index(node):] + [node]
        if node in done:
            return None
        path.append(node)
        for target in sorted(graph.get(node, ())):
            circle = visit(target)
            if circle:
                return circle
        path.pop()
        done.add(node)
        return None

    for node in sorted(graph):
        circle = visit(node)
        if circle:
            return circle
    return None


def module_of(header):
    """A file, its header and its private header of fields are one."""
    return header[:-2].removesuffix("_fields")


def check_circles(sources):
    for layer in ("base", "core", "sweep"):
        own = {path.stem.removesuffix("_fields") for path in sources if layer_of(path) == layer}
        graph = {}
        for path in sources:
            if layer_of(path) == layer:
                text = tree.without_comments(path.read_text())
                names = [match.group(1).split("/")[-1] for match in INCLUDE.finditer(text)]
                targets = {module_of(name) for name in names if name.endswith(".h")}
                module = path.stem.removesuffix("_fields")
                graph.setdefault(module, set()).update(targets & own - {module})
        circle = find_circle(graph)
        if circle:
            yield f"src/{layer}: files include each other in a circle: {' -> '.join(circle)}"


def main():
    sources = [
        path
        for folder in ("include", "src")
        for path in tree.files("*.c", "*.h", "*.def", "*.inc", under=folder)
    ]
    header_layers = {path.name: layer_of(path) for path in sources if path.suffix != ".c"}
    findings = []
    for path in sources:
        text = tree.without_comments(path.read_text())
        layer = layer_of(path)
        findings += check_includes(path, text, layer, header_layers)
        findings += check_words(path, text, layer)
    findings += check_circles(sources)
    tree.report(findings, len(sources))


main()
