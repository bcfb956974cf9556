#!/usr/bin/env bash
# Checks that the code in docs/integrating.md stands in examples/, and runs the apps of examples/curl, examples/kotlin
# and examples/swift, each against an empty system on this machine. MOMENTS names the binary (target/debug/moments).
# Kotlin needs `kotlinc` and Java, Swift `swiftc`, on Linux with SWIFT_FLAGS that find swift-crypto. Without a compiler
# it says that the example was not compiled, and passes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

moments="${MOMENTS:-target/debug/moments}"
work="$(mktemp -d)"
server="" receiver=""
stop() {
    if [[ -n "$server" ]]; then kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || true; fi
    if [[ -n "$receiver" ]]; then kill "$receiver" 2>/dev/null && wait "$receiver" 2>/dev/null || true; fi
    server="" receiver=""
}
trap 'stop; rm -rf "$work"' EXIT

# wait_for FILE: until it is there and not empty.
wait_for() {
    for _ in $(seq 600); do
        if [[ -s "$1" ]]; then return; fi
        sleep 0.1
    done
    echo "$1 was not written" >&2
    return 1
}

# field FILE NAME…: prints a field of a file's object.
field() {
    python3 -c 'import functools, json, sys
print(functools.reduce(dict.get, sys.argv[2:], json.load(open(sys.argv[1]))))' "$@"
}

# Keeps the first call: its headers as the arguments of `verify`, a line each, and its body as it came.
receive() {
    exec python3 - "$work" <<'PYTHON'
import pathlib, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

work = pathlib.Path(sys.argv[1])


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        (work / "body").write_bytes(self.rfile.read(int(self.headers["content-length"])))
        names = ["webhook-id", "webhook-timestamp", "webhook-signature"]
        (work / "call").write_text("".join(f"{self.headers[name]}\n" for name in names))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


receiver = HTTPServer(("127.0.0.1", 0), Receiver)
(work / "port").write_text(f"{receiver.server_port}\n")
receiver.handle_request()
PYTHON
}

# Starts an empty system with the demo apps, makes a token key and a webhook of one, and sets what the examples need.
start() {
    local admin_key
    rm -f "$work"/{server.json,port,call,body}
    "$moments" local --ephemeral --port 0 --json >"$work/server.json" 2>"$work/server.log" &
    server=$!
    receive &
    receiver=$!
    wait_for "$work/server.json" || { cat "$work/server.log" >&2; return 1; }
    wait_for "$work/port"
    export MOMENTS_APP=demo-bank TOKEN_KEY=web MOMENTS_API MOMENTS_KEY TOKEN_SECRET USER_TOKEN WEBHOOK_SECRET
    MOMENTS_API="$(field "$work/server.json" api)"
    MOMENTS_KEY="$(field "$work/server.json" app_keys "$MOMENTS_APP")"
    admin_key="$(field "$work/server.json" admin_key)"
    MOMENTS_KEY="$admin_key" "$moments" token-keys put "$TOKEN_KEY" --json >"$work/token-key.json"
    TOKEN_SECRET="$(field "$work/token-key.json" secret)"
    USER_TOKEN="$(printf %s "$TOKEN_SECRET" | "$moments" token-keys sign "$TOKEN_KEY" ada --key -)"
    MOMENTS_KEY="$admin_key" "$moments" webhooks put backend "http://localhost:$(cat "$work/port")/" \
        --event reward.awarded --json >"$work/webhook.json"
    WEBHOOK_SECRET="$(field "$work/webhook.json" secret)"
}

# sign ID TIMESTAMP: prints the signature of the received body that Moments would send with these.
sign() {
    python3 - "$WEBHOOK_SECRET" "$1" "$2" "$work/body" <<'PYTHON'
import base64, hashlib, hmac, sys

secret, id, timestamp, body = sys.argv[1:]
signed = f"{id}.{timestamp}.".encode() + open(body, "rb").read()
code = hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256)
print("v1," + base64.b64encode(code).decode())
PYTHON
}

declare -A exit_code=([genuine]=0 [refused]=1)
# said VERDICT BODY ID TIMESTAMP SIGNATURES: fails unless the example says that of this call.
said() {
    local verdict="$1" body="$2" output
    shift 2
    output="$("${example[@]}" verify "$@" <"$body"; echo $?)"
    if [[ "$output" != "$verdict"$'\n'"${exit_code[$verdict]}" ]]; then
        echo "${example[*]} verify $*: $output, not $verdict" >&2
        return 1
    fi
}

# run COMMAND…: the example reports five deposits, and server and user see one reward. It accepts the call about it, and no
# forged or old one.
run() {
    local example=("$@") id timestamp signature now link
    echo "--- ${example[*]}"
    start
    "${example[@]}" | tee "$work/output"
    grep -q '^deposit 4: .*in_progress' "$work/output"
    grep -q '^deposit 5: .*rewarded' "$work/output"
    link="$(grep '^for the server: ' "$work/output" | grep -o 'http[^"]*/r/demo-bank[^"]*')"
    grep '^for the user: ' "$work/output" | grep -qF "$link"

    wait_for "$work/call"
    { read -r id; read -r timestamp; read -r signature; } <"$work/call"
    now="$(date +%s)"
    said genuine "$work/body" "$id" "$timestamp" "$signature"
    # While a secret is rotated, a call has two signatures.
    said genuine "$work/body" "$id" "$timestamp" "v1,$(printf '%032d' 0 | base64) $signature"
    sed 's/ada/bob/' "$work/body" >"$work/forged"
    said refused "$work/forged" "$id" "$timestamp" "$signature"
    said refused "$work/body" "${id}x" "$timestamp" "$signature"
    said refused "$work/body" "$id" "$timestamp" ""
    said refused "$work/body" "$id" "$timestamp" "v1a,${signature#v1,}"
    said refused "$work/body" "$id" "$((now - 400))" "$(sign "$id" $((now - 400)))"
    said refused "$work/body" "$id" "$((now + 400))" "$(sign "$id" $((now + 400)))"
    said refused "$work/body" "$id" "now" "$(sign "$id" now)"
    stop
}

# Each part of a block, between empty lines, stands in an example of its language, whatever its indentation. Each of the
# three things is shown in every language.
quoted() {
    python3 - <<'PYTHON'
import re
import sys
from pathlib import Path
from textwrap import dedent

EXAMPLES = {
    "bash": ["curl/app.sh"],
    "js": ["node/server.mjs", "browser/app.js"],
    "python": ["python/app.py"],
    "kotlin": ["kotlin/App.kt"],
    "swift": ["swift/App.swift"],
}


def stands(part, example):
    lines, length = Path("examples", example).read_text().splitlines(), len(part)
    starts = range(len(lines) - length + 1)
    return any(dedent("\n".join(lines[start : start + length])).splitlines() == part for start in starts)


faults = []
chapters = re.split(r"^## ", Path("docs/integrating.md").read_text(), flags=re.M)[1:4]
for chapter in chapters:
    title = chapter.splitlines()[0]
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", chapter, re.M | re.S)
    faults += [f"{title}: nothing in {language}" for language in EXAMPLES.keys() - {language for language, _ in blocks}]
    for language, block in blocks:
        for part in dedent(block).strip().split("\n\n"):
            if not any(stands(dedent(part).splitlines(), example) for example in EXAMPLES.get(language, [])):
                faults.append(f"{title}: no example in '{language}' has these lines:\n{part}")
print("\n".join(faults) or f"docs/integrating.md: all code stands in examples/, in {len(EXAMPLES)} languages")
sys.exit(bool(faults) or len(chapters) != 3)
PYTHON
}

quoted
run examples/curl/app.sh

if command -v kotlinc >/dev/null; then
    kotlinc examples/kotlin/App.kt -include-runtime -d "$work/app.jar"
    run java -jar "$work/app.jar"
else
    echo "There is no kotlinc: examples/kotlin was NOT compiled."
fi

read -ra flags <<<"${SWIFT_FLAGS:-}"
printf '#if !canImport(CryptoKit)\nimport Crypto\n#endif\n' >"$work/import.swift"
if command -v swiftc >/dev/null && swiftc "$work/import.swift" -typecheck "${flags[@]}"; then
    swiftc examples/swift/App.swift -o "$work/app" "${flags[@]}"
    run "$work/app"
else
    echo "There is no swiftc with CryptoKit or swift-crypto: examples/swift was NOT compiled."
fi
