#!/usr/bin/env python3
"""Writes patterns.txt and examples.json: programs that fetch links which people share, by what their `User-Agent` holds.

    pip install --target packages crawler-user-agents
    python3 shared/edge/crawlers/extract.py packages

The data is the public list https://github.com/monperrus/crawler-user-agents (MIT, see LICENSE), as the package of that name
carries it. Kept are programs that show a preview of a link, and those that index what they find. Left out are others, which
nobody shares a link with, and libraries and automated browsers, which apps and people use for themselves: the function decides
nothing about those. What counts as a person all the same is in people.txt, which is ours. docs/decisions/0049 says why. Run it once a quarter, look at the difference, and run the tests.
"""

import glob
import json
import os
import shutil
import sys

TAGS = {"social-preview", "search-engine", "ai-crawler"}


def main(folder):
    (about,) = glob.glob(os.path.join(folder, "crawler_user_agents-*.dist-info"))
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, "crawleruseragents", "crawler-user-agents.json"), encoding="utf-8") as file:
        agents = [agent for agent in json.load(file) if TAGS & set(agent.get("tags", []))]
    version = os.path.basename(about).removeprefix("crawler_user_agents-").removesuffix(".dist-info")
    with open(os.path.join(here, "patterns.txt"), "w", encoding="utf-8") as file:
        file.write(f"# crawler-user-agents {version} (MIT, see LICENSE), by extract.py. One regular expression a line.\n")
        file.writelines(agent["pattern"] + "\n" for agent in agents)
    examples = [
        {"pattern": agent["pattern"], "tags": agent["tags"], "examples": agent["instances"]} for agent in agents
    ]
    with open(os.path.join(here, "examples.json"), "w", encoding="utf-8") as file:
        json.dump(examples, file, ensure_ascii=False, indent=1)
        file.write("\n")
    shutil.copy(os.path.join(about, "licenses", "LICENSE"), os.path.join(here, "LICENSE"))
    print(f"{len(agents)} patterns of crawler-user-agents {version}")


if __name__ == "__main__":
    main(sys.argv[1])
