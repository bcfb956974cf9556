#!/usr/bin/env bash
# Runs the output of `sam build` under `sam local`: the first sample of each function in events/ through `sam local invoke`, then
# a journey through `sam local start-api` and its authorizer, against the embedded DynamoDB on this machine. `cargo test` with
# MOMENTS_BINARIES runs every sample on the same binaries, without containers. Needs a Docker engine, the SAM CLI, python3 and
# curl. `tests/sam_local.sh journey` runs the journey only, and `tests/sam_local.sh submit-moment` every sample of one function,
# each with its own database. ARCHITECTURE names the processor of the build: x86_64 or arm64.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

only="${1:-}"
architecture="${ARCHITECTURE:-$(uname -m | sed 's/aarch64/arm64/')}"
work="$(mktemp -d)"
# This machine's name in containers. Servers for containers must not listen at 127.0.0.1 only.
host=host.docker.internal
dynamodb_port=8765 api_port=3765
# Without credentials `sam local` does not ask AWS who the caller is, and gives the functions its own. The embedded DynamoDB
# accepts any.
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE
export AWS_EC2_METADATA_DISABLED=true AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0

local_arguments=(--add-host "$host:host-gateway" --env-vars "$work/variables.json" --parameter-overrides "Architecture=$architecture")
if docker image inspect "public.ecr.aws/lambda/provided:al2023-$architecture" >/dev/null 2>&1; then
    local_arguments+=(--skip-pull-image)
fi
cat >"$work/variables.json" <<JSON
{"Parameters": {"DYNAMODB_ENDPOINT": "http://$host:$dynamodb_port", "TABLE_NAME": "moments", "CATALOG_SECONDS": "0", "ADDRESS_KEY": "", "SUPPLIER_KEY": "", "EVENT_BUS": ""}}
JSON

database="" api=""
stop() {
    if [[ -n "$database" ]]; then kill "$database" 2>/dev/null && wait "$database" 2>/dev/null || true; fi
    database=""
}
finish() {
    if [[ -n "$api" ]]; then kill "$api" 2>/dev/null && wait "$api" 2>/dev/null || true; fi
    stop
    rm -rf "$work"
}
trap finish EXIT

# Starts the embedded DynamoDB, empty or with the world of the samples. Writes its line of JSON to database.json.
start_database() {
    stop
    : >"$work/database.json"
    target/debug/moments local --ephemeral --database-only --host 0.0.0.0 --port "$dynamodb_port" --json "$@" \
        >"$work/database.json" 2>"$work/database.log" &
    database=$!
    for _ in $(seq 100); do
        if [[ -s "$work/database.json" ]]; then return; fi
        sleep 0.1
    done
    cat "$work/database.log" >&2
    return 1
}

# submit-moment → SubmitMomentFunction
logical_id() { sed -E 's/(^|-)([a-z])/\U\2/g' <<<"$1"Function; }

# Compares an answer on standard input with the sample's expectation in events/expected.json.
compare() {
    python3 -c '
import json, sys
function, case, text = sys.argv[1], sys.argv[2], sys.stdin.read()
lines = [line for line in text.splitlines() if line.startswith("{")]
answer = json.loads(lines[-1]) if lines else {}
body = answer.get("body")
answer["body"] = json.loads(body) if isinstance(body, str) and body[:1] in ("{", "[") else body
with open("events/expected.json") as file:
    expected = json.load(file)[function][case]
for pointer, value in expected.items():
    found = answer
    for step in pointer.split("/")[1:]:
        found = found[int(step)] if isinstance(found, list) else (found or {}).get(step)
    found = found if isinstance(found, str) else json.dumps(found, separators=(",", ":"))
    if found != value:
        sys.exit(f"{function}/{case} {pointer}: {found} instead of {value}: {text}")
' "$1" "$2"
}

# sample FUNCTION FILE: invokes the function with the sample, against the running database.
sample() {
    local case
    case="$(basename "$2" .json)"
    sam local invoke "$(logical_id "$1")" --event "$2" "${local_arguments[@]}" >"$work/answer" 2>"$work/invoke.log" || true
    if ! compare "$1" "$case" <"$work/answer"; then
        cat "$work/invoke.log" >&2
        return 1
    fi
    echo "$1/$case: as expected"
}

samples_of() {
    local file
    for file in events/"$1"/*.json; do
        start_database --samples
        sample "$1" "$file"
    done
}

# With one database: none of these samples changes another one's objects.
first_samples() {
    local folder files
    start_database --samples
    for folder in events/*/; do
        files=("$folder"*.json)
        sample "$(basename "$folder")" "${files[0]}"
    done
}

# call STATUS METHOD PATH [BODY]: makes a request with $key and prints the body of the answer.
call() {
    local status
    status="$(curl -s -o "$work/body" -w '%{http_code}' -X "$2" "http://127.0.0.1:$api_port$3" \
        -H "x-api-key: $key" -H 'content-type: application/json' ${4:+-d "$4"})"
    if [[ "$status" != "$1" ]]; then
        echo "$2 $3: $status instead of $1: $(cat "$work/body")" >&2
        tail -n 40 "$work/api.log" >&2
        return 1
    fi
    cat "$work/body"
}

# field NAME…: prints a field of the JSON on standard input.
field() { python3 -c 'import functools, json, sys; print(functools.reduce(lambda value, step: value[int(step) if step.isdigit() else step], sys.argv[1:], json.load(sys.stdin)))' "$@"; }

expect() {
    if [[ "$1" != "$2" ]]; then
        echo "$3: $1 instead of $2" >&2
        return 1
    fi
}

journey() {
    local app=/v1/apps/shop admin reward url n day=86400 now
    start_database --no-demo
    sam local start-api --port "$api_port" --warm-containers LAZY "${local_arguments[@]}" >"$work/api.log" 2>&1 &
    api=$!
    for _ in $(seq 300); do
        if curl -s -o "$work/body" "http://127.0.0.1:$api_port/"; then break; fi
        sleep 0.2
    done
    admin="$(AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local target/debug/moments keys bootstrap --table moments --endpoint "http://127.0.0.1:$dynamodb_port")"
    expect "$(curl -s -o "$work/body" -w '%{http_code}' "http://127.0.0.1:$api_port$app")" 401 "no key"
    key=mk_live_unknown call 401 GET "$app" >"$work/ignored" 2>&1
    key="$admin"
    now="$(date +%s)"
    call 200 PUT "$app" '{"name": "Shop"}' >"$work/ignored"
    call 200 PUT "$app/reward-groups/gift" '{"name": "Gift card", "kind": "unique_url",
        "cpa": {"currency": "EUR", "amount_minor": 500}, "test_url": "https://gift.example/test"}' >"$work/ignored"
    expect "$(call 200 POST "$app/reward-groups/gift/stock" '{"urls": ["https://gift.example/1", "https://gift.example/2"]}' \
        | field accepted)" 2 "stock accepted"
    call 200 PUT "$app/campaigns/spring" '{"name": "Spring", "kind": "surprise",
        "starts_at": "'"$(date -u -d "@$((now - day))" +%FT%TZ)"'", "ends_at": "'"$(date -u -d "@$((now + day))" +%FT%TZ)"'",
        "budget": {"currency": "EUR", "amount_minor": 1000},
        "moments": [{"moment_id": "deposits", "action": "deposit", "count": "events", "target": 5,
            "rewards": [{"reward_group_id": "gift"}],
            "messages": {"achievement": {"en": {"title": "Well done", "body": "Yours."}}}}]}' >"$work/ignored"
    call 200 POST "$app/campaigns/spring/submit" >"$work/ignored"
    expect "$(call 200 POST "$app/campaigns/spring/approve" | field state)" live "the campaign"
    key="$(call 201 POST "$app/keys" '{"scope": "app", "mode": "live"}' | field key)"
    for n in 1 2 3 4; do
        expect "$(call 200 POST /v1/moments '{"user_id": "ada", "action": "deposit", "event_id": "'"$n"'"}' \
            | field outcomes 0 outcome)" in_progress "deposit $n"
    done
    call 200 POST /v1/moments '{"user_id": "ada", "action": "deposit", "event_id": "5"}' >"$work/fifth"
    expect "$(field outcomes 0 outcome <"$work/fifth")" rewarded "deposit 5"
    url="$(field outcomes 0 reward url <"$work/fifth")"
    expect "$(call 200 GET /v1/users/ada/rewards | field data 0 url)" "$url" "the list of rewards"
    reward="$(field outcomes 0 reward reward_id <"$work/fifth")"
    expect "$(curl -s -o "$work/body" -w '%{http_code} %{redirect_url}' "http://127.0.0.1:$api_port/r/$reward")" \
        "302 $url" "the redeem link"
    expect "$(call 200 GET /v1/users/ada/rewards | field data 0 state)" redeemed "the reward"
    echo "journey: key, campaign, stock, five deposits, reward, redeem link"
}

if ! command -v sam >/dev/null || ! docker info >/dev/null 2>&1; then
    echo "the SAM CLI and a running Docker engine are needed" >&2
    exit 1
fi
if [[ ! -e .aws-sam/build/template.yaml ]]; then
    echo "nothing is built: sam build --parameter-overrides Architecture=$architecture" >&2
    exit 1
fi
cargo build --quiet --locked --bin moments
case "$only" in
    "")
        first_samples
        journey
        ;;
    journey) journey ;;
    *) samples_of "$only" ;;
esac
