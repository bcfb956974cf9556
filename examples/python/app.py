"""Reports five deposits, shows the reward, and receives the event about it. ../README.md shows how to run it."""
import os
import queue
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from moments_client import AuthenticatedClient
from moments_client.api.moments import submit_moment
from moments_client.api.users import list_user_rewards
from moments_client.api.webhooks import put_webhook
from moments_client.models import MomentBody, RewardList, RewardOutcome, Submitted, WebhookBody, WebhookWithSecret
from standardwebhooks.webhooks import Webhook

events: queue.Queue[dict] = queue.Queue()


class Backend(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        events.put(Webhook(created.secret).verify(body, dict(self.headers)))  # raises if the signature is wrong
        self.send_response(204)
        self.end_headers()


def client(key: str) -> AuthenticatedClient:
    return AuthenticatedClient(os.environ["MOMENTS_API"], token=key, prefix="", auth_header_name="x-api-key")


backend = HTTPServer(("localhost", 0), Backend)
threading.Thread(target=backend.serve_forever, daemon=True).start()
webhook = WebhookBody(f"http://localhost:{backend.server_port}/", events=["reward.awarded"])
admin = client(os.environ["MOMENTS_ADMIN_KEY"])
created = put_webhook.sync(os.environ["MOMENTS_APP"], "backend", client=admin, body=webhook)
assert isinstance(created, WebhookWithSecret), created

app = client(os.environ["MOMENTS_KEY"])
for number in range(1, 6):
    moment = MomentBody(user_id="ada", action="deposit", event_id=f"deposit-{number}")
    answer = submit_moment.sync(client=app, body=moment)
    assert isinstance(answer, Submitted), answer  # otherwise a Problem, which says what is wrong
    for outcome in answer.outcomes:
        print(f"deposit {number}: {outcome.outcome}")
        if isinstance(outcome, RewardOutcome):
            print(f"{outcome.reward.name}: {outcome.reward.url}")

rewards = list_user_rewards.sync("ada", client=app)
assert isinstance(rewards, RewardList), rewards
for reward in rewards.data:
    print(f"reward: {reward.name}, {reward.redeem_url}")

event = events.get(timeout=60)
print(f"webhook: {event['type']} for {event['data']['user_id']}")
assert event["data"]["reward_id"] == outcome.reward.reward_id
