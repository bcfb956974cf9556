#!/usr/bin/env bash
# Sends requests that docs/openapi.json allows and forbids to an empty system on this machine. Fails for each 5xx and each
# undocumented answer. Runs three times: with an app's key for apps' operations, with the operator's key for admins', and with a
# user's token for users' own. MOMENTS names the binary (target/debug/moments) and SCHEMATHESIS the command (schemathesis, from
# PyPI). Needs curl and python3. `tests/schemathesis.sh admin` makes the second run only (`app`, `own`); SEED repeats a run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

only="${1:-}"
moments="${MOMENTS:-target/debug/moments}"
schemathesis="${SCHEMATHESIS:-schemathesis}"
seed="${SEED:-$RANDOM}"
document="$PWD/docs/openapi.json"
work="$(mktemp -d)"

# Not checked:
# - positive_data_acceptance: the API may refuse requests that the schemas allow. Schemas cannot express some rules: an end after
#   its start, an existing group, lengths in bytes, the depth of attributes. `cargo test` checks with each request that the
#   document does not forbid what the API accepts.
# - use_after_free, ensure_resource_availability, object_level_authorization: they follow links between operations, which the
#   document lacks. The journeys of `cargo test` do that.
unchecked=positive_data_acceptance,use_after_free,ensure_resource_availability,object_level_authorization

server=""
finish() {
    if [[ -n "$server" ]]; then kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || true; fi
    rm -rf "$work"
}
trap finish EXIT

# field NAME: prints a field of the JSON on standard input.
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

start() {
    "$moments" local --ephemeral --no-demo --port 0 --json >"$work/server.json" 2>"$work/server.log" &
    server=$!
    for _ in $(seq 100); do
        if [[ -s "$work/server.json" ]]; then
            api="$(field api <"$work/server.json")" admin_key="$(field admin_key <"$work/server.json")"
            return
        fi
        sleep 0.1
    done
    cat "$work/server.log" >&2
    return 1
}

# call STATUS METHOD PATH [BODY]: makes an admin's request and prints the body of the answer.
call() {
    local status
    status="$(curl -s -o "$work/body" -w '%{http_code}' -X "$2" "$api$3" -H "x-api-key: $admin_key" \
        -H 'content-type: application/json' ${4:+-d "$4"})"
    if [[ "$status" != "$1" ]]; then
        echo "$2 $3: $status instead of $1: $(cat "$work/body")" >&2
        return 1
    fi
    cat "$work/body"
}

# Makes the objects of the document's examples: app `app`, group `gift` with stock, and the live campaign `spring`.
prepare() {
    local app=/v1/apps/app urls
    urls="$(printf '"https://gift.example/loaded/%d", ' $(seq 50))"
    # Higher than one machine's requests, since the test is about the code behind the limit.
    call 200 PUT "$app" '{"name": "Shop", "rate_limit": {"requests_per_second": 100000, "burst": 100000}}'
    call 200 PUT "$app/reward-groups/gift" '{"name": "Gift card", "kind": "unique_url",
        "cpa": {"currency": "EUR", "amount_minor": 500}, "test_url": "https://gift.example/test"}'
    call 200 POST "$app/reward-groups/gift/stock" '{"urls": ['"${urls%, }"']}'
    sleep 2 # new stock shows after a moment
    call 200 PUT "$app/campaigns/spring" '{"name": "Spring", "kind": "surprise",
        "starts_at": "2026-11-01T00:00:00Z", "ends_at": "2036-01-01T00:00:00Z",
        "budget": {"currency": "EUR", "amount_minor": 50000},
        "moments": [{"moment_id": "deposits", "action": "deposit", "count": "events", "target": 5,
            "rewards": [{"reward_group_id": "gift"}],
            "messages": {"achievement": {"en": {"title": "Well done", "body": "Yours."}}}}]}'
    call 200 POST "$app/campaigns/spring/submit"
    call 200 POST "$app/campaigns/spring/approve"
    call 201 POST "$app/keys" '{"scope": "app", "mode": "live"}' >"$work/key.json"
    app_key="$(field key <"$work/key.json")"
    call 201 PUT "$app/token-keys/web" '{"algorithm": "HS256", "mode": "live"}' >"$work/token-key.json"
    field secret <"$work/token-key.json" >"$work/secret"
    token="$("$moments" token-keys sign web ada --app app --key "$work/secret")"
}

# run HEADER EXAMPLES PHASES OPTION…: tries every operation that the options choose. Runs in the temporary folder, because the next run
# would skip what this one caches. Uses one worker: two at once break the parser of some versions of Python.
run() {
    local header="$1" examples="$2" phases="$3"
    shift 3
    (
        cd "$work"
        "$schemathesis" --no-color run "$document" --url "$api" --header "$header" "$@" \
            --exclude-checks "$unchecked" --phases "$phases" --max-examples "$examples" --workers 1 \
            --continue-on-failure --no-shrink --seed "$seed" --generation-database none --request-timeout 30 \
            --suppress-health-check all --warnings off
    )
}

# Schemathesis does not know the type of lines, so it sends the text unchanged. It does not know either that an entry of some
# lists is refused alone: any entry passes there.
cat >"$work/hooks.py" <<'PYTHON'
import schemathesis


@schemathesis.hook
def before_load_schema(context, raw_schema):
    for schema in raw_schema["components"]["schemas"].values():
        for field in schema.get("properties", {}).values():
            if field.get("x-entries-refused-alone"):
                field["items"] = {}


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    return value.encode() if isinstance(value, str) else str(value).encode()
PYTHON
export SCHEMATHESIS_HOOKS="$work/hooks.py"

start
prepare >"$work/prepared"
if [[ -z "$only" || "$only" == app ]]; then
    run "x-api-key:$app_key" 60 examples,coverage,fuzzing --include-tag moments --include-tag users --include-tag rewards --include-tag public \
        --exclude-operation-id getReward
fi
if [[ -z "$only" || "$only" == admin ]]; then
    # The operator's key belongs to no app, so its limit is always 50 requests per second.
    run "x-api-key:$admin_key" 40 examples,coverage,fuzzing --include-tag apps --include-tag campaigns --include-tag 'reward groups' --include-tag stock \
        --include-operation-id getReward --rate-limit 45/s
fi
if [[ -z "$only" || "$only" == own ]]; then
    # A user may make 5 requests a second of each function.
    run "Authorization:Bearer $token" 20 examples,fuzzing --include-tag 'user tokens' --rate-limit 5/s
fi
