"""One name, one type: the name of a type that other files see is defined nowhere else. Types of single
files, which have no prefix, may share a name with those of other files."""

import re
from collections import defaultdict

import tree

DEFINITION = re.compile(r"^\} (\w+);|^typedef (?!struct (\w+) \2;)[^;{}()]*\b(\w+)(?:\[\w+\])?;|^(?:struct|enum|union) (\w+) \{", re.MULTILINE)


def definitions():
    """Name of a type to the files that define it. Of the vocabulary of vectors, each build takes one of several
    files; a declaration of an opaque type defines nothing."""
    found = defaultdict(set)
    for path in tree.files("*.c", "*.h", under="src") + tree.files("*.h", under="include"):
        if path.match("simd_*.h"):
            continue
        for match in DEFINITION.finditer(tree.without_comments(path.read_text())):
            found[match[1] or match[3] or match[4]].add(tree.name(path))
    return found


types = definitions()
tree.report([f"{name} is defined in {' and '.join(sorted(files))}" for name, files in sorted(types.items())
             if len(files) > 1 and (name.startswith("rs_") or any(file.endswith(".h") for file in files))], len(types))
