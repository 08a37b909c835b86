"""Fills the manifests under .ci/manifests with what Cargo.toml says, addresses and checksums, into DIRECTORY/manifests.

    python3 .ci/manifests.py DIRECTORY

In a template, and in its name, `@version@`, `@repository@` and the like are what Cargo.toml has, `@owner@` is whose the
repository is; `@url x@` and `@sha256 x@` are address and checksum of the file of DIRECTORY/SHA256SUMS whose name ends
with `-x`. Lines from `# if x` to `# end` go where there is no such file, and a manifest of which nothing is left is not
written.
"""

import pathlib
import re
import sys
import tomllib

directory = pathlib.Path(sys.argv[1])
templates = pathlib.Path(__file__).parent / "manifests"
cargo = tomllib.loads((templates.parent.parent / "Cargo.toml").read_text())
package = cargo["package"] | cargo["workspace"]["package"]
package["owner"] = package["repository"].split("/")[-2]
sums = dict(reversed(line.split()) for line in (directory / "SHA256SUMS").read_text().splitlines())


def file(ending):
    return next((name for name in sums if name.endswith("-" + ending)), None)


def value(match):
    what, ending = match.group(1), match.group(2)
    if ending is None:
        return package[what]
    name = file(ending)
    return sums[name] if what == "sha256" else f"{package['repository']}/releases/download/v{package['version']}/{name}"


def filled(text):
    blocks = r"^ *# if (\S+)\n(.*?)^ *# end\n"
    text = re.sub(blocks, lambda block: block.group(2) if file(block.group(1)) else "", text, flags=re.M | re.S)
    return re.sub(r"@(\w+)(?: ([\w.-]+))?@", value, text)


for template in sorted(path for path in templates.rglob("*") if path.is_file()):
    text = filled(template.read_text())
    if text:
        target = directory / "manifests" / filled(str(template.relative_to(templates)))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
