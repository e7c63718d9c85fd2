// Turns pushes on in this browser, for whoever is signed in.

const place = document.getElementById("push");
const button = document.getElementById("push-add");
const status = document.getElementById("push-status");

const plain = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

async function turnOn() {
  button.disabled = true;
  status.textContent = "";
  try {
    if ((await Notification.requestPermission()) !== "granted") {
      status.textContent = place.dataset.denied;
      return;
    }
    const worker = await navigator.serviceWorker.register("/sw.js");
    await navigator.serviceWorker.ready;
    const options = { userVisibleOnly: true, applicationServerKey: place.dataset.key };
    // One that was made for another key, as after a restored backup, can't be used again.
    const before = await worker.pushManager.getSubscription();
    const key = before?.options.applicationServerKey;
    if (before && !(key && plain(key) === place.dataset.key)) await before.unsubscribe();
    const subscription = await worker.pushManager.subscribe(options);
    const body = new URLSearchParams({
      endpoint: subscription.endpoint,
      p256dh: plain(subscription.getKey("p256dh")),
      auth: plain(subscription.getKey("auth")),
    });
    const headers = { "x-form-token": document.body.dataset.formToken };
    const answer = await fetch("/konto/mitteilungen/geraet", { method: "POST", body, headers });
    if (answer.status === 409) {
      status.textContent = place.dataset.tooMany;
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    location.assign("/konto/mitteilungen?notice=notify-added");
  } catch {
    status.textContent = place.dataset.failed;
  } finally {
    button.disabled = false;
  }
}

if (place && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window) {
  document.getElementById("push-unable").hidden = true;
  button.hidden = false;
  button.addEventListener("click", turnOn);
}
