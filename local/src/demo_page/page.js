// The page of a bank's customer. Its server makes the deposits and signs the customer's token.
import "./inbox.js";

const find = (id) => document.getElementById(id);
const inbox = document.querySelector("moments-inbox");
const newId = () => `demo-${Math.random().toString(36).slice(2, 12)}`;

/** Asks the bank's server. */
async function ask(path, init) {
  const user = encodeURIComponent(find("user").textContent);
  const response = await fetch(`demo/${path}?user=${user}`, init);
  if (!response.ok) throw new Error((await response.json()).detail ?? response.statusText);
  return response;
}

function signIn(user) {
  sessionStorage.setItem("user", user);
  find("user").textContent = user;
  find("said").textContent = "";
  inbox.tokenProvider = async () => (await ask("token")).text();
}

function sentenceFor({ outcomes: [{ outcome, progress, reasons }] }) {
  if (outcome === "rewarded") return "The gift card is yours.";
  if (outcome === "already_rewarded") return "You have your gift card. Be somebody else, and earn another one.";
  if (outcome === "in_progress") return `Deposit ${progress.count} of ${progress.target}.`;
  return reasons?.join(" ") ?? outcome;
}

find("deposit").addEventListener("click", async () => {
  find("deposit").disabled = true;
  try {
    const answer = await ask("deposit", { method: "POST", body: newId() });
    find("said").textContent = sentenceFor(await answer.json());
    await inbox.refresh();
  } catch (error) {
    find("said").textContent = error.message;
  }
  find("deposit").disabled = false;
  find("deposit").focus();
});

/** Visits the link as a browser does, and stays here: the shop behind it is made up. */
async function openGift(event) {
  event.preventDefault();
  const { reward, notification } = event.detail;
  await fetch((reward ?? notification).redeem_url ?? notification.url, { redirect: "manual" });
  await inbox.refresh();
  const shop = reward ? `: ${reward.url}` : "";
  find("said").textContent = `In your app the gift opens here${shop}. The demo's shop is made up.`;
}
inbox.addEventListener("moments-reward-open", openGift);
inbox.addEventListener("moments-notification-open", openGift);

find("change-user").addEventListener("click", () => signIn(newId()));
find("language").addEventListener("change", ({ target }) => inbox.setAttribute("lang", target.value));
signIn(sessionStorage.getItem("user") ?? newId());
