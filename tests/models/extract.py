#!/usr/bin/env python3
"""Writes pinpoint-send-messages.json: the part of Amazon Pinpoint's published model that SendMessages needs.

    pip install --target botocore-package botocore
    python3 tests/models/extract.py botocore-package

The model is botocore's (`data/pinpoint/2016-12-01/service-2.json.gz`), published under the Apache License 2.0. The extract
leaves out the documentation and keeps shapes, members, types, enums and bounds.
"""

import glob
import gzip
import json
import os
import sys

ROOTS = ["SendMessagesRequest", "SendMessagesResponse"]


def without_documentation(value):
    if isinstance(value, dict):
        return {name: without_documentation(part) for name, part in value.items() if name != "documentation"}
    if isinstance(value, list):
        return [without_documentation(part) for part in value]
    return value


def refers_to(shape):
    members = list(shape.get("members", {}).values())
    members += [shape[place] for place in ("member", "key", "value") if place in shape]
    return [member["shape"] for member in members]


def main(folder):
    with gzip.open(os.path.join(folder, "botocore/data/pinpoint/2016-12-01/service-2.json.gz")) as file:
        model = json.load(file)
    (about,) = glob.glob(os.path.join(folder, "botocore-*.dist-info"))
    version = os.path.basename(about).removeprefix("botocore-").removesuffix(".dist-info")
    shapes, left = {}, list(ROOTS)
    while left:
        name = left.pop()
        if name not in shapes:
            shapes[name] = {
                # No member is called "documentation", which this would lose.
                key: without_documentation(value)
                for key, value in model["shapes"][name].items()
                if key != "documentation"
            }
            left += refers_to(shapes[name])
    note = f"Extracted by extract.py from botocore {version} (Apache-2.0): the shapes of SendMessages, undocumented."
    extract = {"note": note, "metadata": model["metadata"], "shapes": dict(sorted(shapes.items()))}
    target = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pinpoint-send-messages.json")
    with open(target, "w", encoding="utf-8") as file:
        json.dump(extract, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
