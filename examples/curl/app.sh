#!/usr/bin/env bash
# A shop in bash, curl and openssl: reports five deposits, shows the reward to its server and to its user, and verifies
# a call of Moments. For trying out: other users of the machine see the secrets in command lines.
# It needs MOMENTS_API, MOMENTS_APP, MOMENTS_KEY, TOKEN_KEY (the id) and TOKEN_SECRET. With WEBHOOK_SECRET and the
# headers webhook-* of a call:
#   app.sh verify ID TIMESTAMP SIGNATURES <body
set -euo pipefail

report() { # USER EVENT_ID
    curl -sS --fail-with-body --retry 3 "$MOMENTS_API/v1/moments" -H "x-api-key: $MOMENTS_KEY" \
        -H "content-type: application/json" -d "{\"user_id\": \"$1\", \"action\": \"deposit\", \"event_id\": \"$2\"}"
}

rewards() { # USER
    curl -sS --fail-with-body "$MOMENTS_API/v1/users/$1/rewards" -H "x-api-key: $MOMENTS_KEY"
}

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
token() { # USER
    local header claims signed
    header="$(printf '{"alg": "HS256", "kid": "%s"}' "$TOKEN_KEY" | base64url)"
    claims="$(printf '{"sub": "%s", "aud": "%s", "exp": %d}' "$1" "$MOMENTS_APP" $(($(date +%s) + 900)) | base64url)"
    signed="$header.$claims"
    echo "$signed.$(printf %s "$signed" | openssl dgst -sha256 -hmac "$TOKEN_SECRET" -binary | base64url)"
}

own_rewards() { # TOKEN
    curl -sS --fail-with-body "$MOMENTS_API/v1/apps/$MOMENTS_APP/me/rewards" -H "authorization: Bearer $1"
}

verify() { # ID TIMESTAMP SIGNATURES <BODY
    local age key expected
    [[ "$2" =~ ^[0-9]{1,12}$ ]] || return 1
    age=$(($(date +%s) - 10#$2))
    key="$(printf %s "${WEBHOOK_SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')"
    expected="$({ printf '%s.%s.' "$1" "$2" && cat; } |
        openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)"
    [[ ${age#-} -le 300 && " $3 " == *" v1,$expected "* ]] # a server compares in constant time, which bash cannot
}

if [[ "${1:-}" == verify ]]; then
    if verify "${@:2}"; then echo genuine; else echo refused && exit 1; fi
    exit
fi
for n in 1 2 3 4 5; do
    echo "deposit $n: $(report ada "deposit-$n" | grep -o '"outcome":"[a-z_]*"')"
done
echo "for the server: $(rewards ada | grep -o '"redeem_url":"[^"]*"')"
echo "for the user: $(own_rewards "$(token ada)" | grep -o '"redeem_url":"[^"]*"')"
