"""What draws or trains calls no function of the C library whose last bit may differ between versions: src/core and
src/base have their own (exact.h, vmath.h)."""

import re

import tree

INEXACT = re.compile(r"\b((?:a?(?:sin|cos|tan)h?|atan2|exp[2m]?1?|log(?:1p|2|10|b)?|pow|cbrt|hypot|erfc?|[lt]gamma)[fl]?)\s*\(")
# A probability that is shown, and a guess of how many digits a number has: neither takes part in a result.
ALLOWED = {"src/core/predict.c": {"exp"}, "src/base/run_config.c": {"log10"}}

findings, checked = [], 0
for path in tree.files("*.c", "*.h", under="src/core") + tree.files("*.c", "*.h", under="src/base"):
    text = tree.without_comments(path.read_text())
    checked += 1
    for match in INEXACT.finditer(text):
        if match[1] not in ALLOWED.get(tree.name(path), ()):
            findings.append(f"{tree.name(path)}:{tree.line_of(text, match.start())}: {match[1]}() of the C library")
tree.report(findings, checked)
