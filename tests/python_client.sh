#!/usr/bin/env bash
# Makes a Python client from docs/openapi.json with openapi-python-client, and runs examples/python/app.py with it against an
# empty system on this machine. Fails for each part of the document that the generator does not understand. MOMENTS names the
# binary (target/debug/moments) and VENV an environment with examples/python/requirements.txt.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

moments="${MOMENTS:-target/debug/moments}"
work="$(mktemp -d)"
server=""
finish() {
    if [[ -n "$server" ]]; then kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || true; fi
    rm -rf "$work"
}
trap finish EXIT

"$moments" local --ephemeral --port 0 --json >"$work/server.json" 2>"$work/server.log" &
server=$!
"$VENV/bin/openapi-python-client" generate --path docs/openapi.json --output-path "$work/moments_client" --meta none \
    --config examples/python/client.yaml --fail-on-warning
for _ in $(seq 300); do
    if [[ -s "$work/server.json" ]]; then break; fi
    sleep 0.1
done
if [[ ! -s "$work/server.json" ]]; then cat "$work/server.log" >&2; exit 1; fi

# field NAME…: prints a field of the server's line.
field() { python3 -c 'import functools, json, sys; print(functools.reduce(dict.get, sys.argv[2:], json.load(open(sys.argv[1]))))' "$work/server.json" "$@"; }
MOMENTS_API="$(field api)" MOMENTS_APP=demo-bank MOMENTS_KEY="$(field app_keys demo-bank)" MOMENTS_ADMIN_KEY="$(field admin_key)" \
    PYTHONPATH="$work" "$VENV/bin/python" examples/python/app.py | tee "$work/output"
grep -qx 'deposit 4: in_progress' "$work/output"
grep -qx 'deposit 5: rewarded' "$work/output"
grep -q '^reward: .*/r/demo-bank\.' "$work/output"
grep -qx 'webhook: reward.awarded for ada' "$work/output"
