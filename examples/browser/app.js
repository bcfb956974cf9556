// A shop's page: its own server reports the deposits and signs the user's token; the inbox shows what came of it.
import "/inbox.js"; // "moments-client/inbox"

const inbox = document.querySelector("moments-inbox");
inbox.tokenProvider = async () => (await fetch("/token")).text();

document.querySelector("button").addEventListener("click", async () => {
  const body = JSON.stringify({ deposit_id: crypto.randomUUID() });
  const { reward } = await (await fetch("/deposits", { method: "POST", body })).json();
  document.querySelector("#said").textContent = reward ? `You get: ${reward}` : "Thank you.";
  await inbox.refresh();
});
