// Keeps an open page as it is at the node: listens to events, fetches the page anew when one concerns it, and puts in what
// differs. A region is an element with `data-live` and an id. What somebody is typing in, or has opened, is left alone.

const main = document.getElementById("main");
const sign = document.getElementById("live");
const announcer = document.getElementById("announcer");
const topics = new Set((main?.dataset.topics ?? "").split(" ").filter(Boolean));

const TOGETHER_MS = 120; // changes that come together are fetched together
const AGAIN_MS = 3000; // after a failed fetch

let at = document.body.dataset.liveAt;
let source = null;
let waiting = 0;
let fetching = false;
let missed = false;

function show(state) {
  if (!sign) return;
  sign.hidden = false;
  sign.classList.toggle("is-off", state !== "on");
  sign.querySelector(".live-text").textContent = sign.dataset[state];
}

function listen() {
  source?.close();
  source = new EventSource(`/live?since=${encodeURIComponent(at)}`);
  source.addEventListener("hello", () => show("on"));
  source.addEventListener("change", (event) => {
    at = event.lastEventId;
    if (topics.has(JSON.parse(event.data).topic)) soon(TOGETHER_MS);
  });
  source.addEventListener("anew", (event) => {
    at = event.lastEventId;
    soon(0);
  });
  source.addEventListener("error", () => {
    show("off");
    // The browser reconnects by itself, unless the answer was none that it understands.
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN_MS);
  });
}

function soon(delay) {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, delay);
}

// Somebody works in this region: text is being written, or a dialog is open.
function isBusy(region) {
  const field = document.activeElement;
  const types = region.contains(field) && field.matches("input:not([type=checkbox]), textarea, select");
  return types || region.querySelector("dialog[open], [data-dirty]") !== null;
}

export async function refresh() {
  if (fetching) {
    missed = true;
    return;
  }
  fetching = true;
  try {
    const answer = await fetch(location.href, { headers: { "x-live": "1" }, redirect: "manual" });
    if (answer.type === "opaqueredirect") {
      // The session is over. What somebody is writing stays on the page.
      if (document.querySelector("form[data-dirty]")) show("off");
      else location.reload();
      return;
    }
    // The stream is the application's; that its node does not answer shows here.
    if (answer.status === 503) show("away");
    if (!answer.ok) throw new Error(String(answer.status));
    if (source?.readyState === EventSource.OPEN) show("on");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    put(page);
    document.dispatchEvent(new CustomEvent("verbund:refreshed"));
  } catch {
    soon(AGAIN_MS);
  } finally {
    fetching = false;
    if (missed) {
      missed = false;
      soon(TOGETHER_MS);
    }
  }
}

// A page whose parts are others than before, such as that of a meeting that began, says so by another `data-shape`.
function hasOtherShape(page) {
  const shape = (it) => it.querySelector("[data-shape]")?.dataset.shape;
  return shape(page) !== shape(document) && document.querySelector("form[data-dirty]") === null;
}

function put(page) {
  if (hasOtherShape(page)) {
    location.reload();
    return;
  }
  document.body.dataset.formToken = page.body.dataset.formToken;
  let changed = false;
  for (const region of document.querySelectorAll("[data-live]")) {
    const next = page.getElementById(region.id);
    if (!next) continue;
    // Each page has form tokens of its own; a difference in nothing else is none.
    if (plain(region) === plain(next)) continue;
    if (isBusy(region)) {
      region.addEventListener("focusout", () => soon(TOGETHER_MS), { once: true });
      continue;
    }
    exchange(region, next);
    changed = true;
  }
  if (changed && announcer) announcer.textContent = sign.dataset.changed;
}

function plain(region) {
  const copy = region.cloneNode(true);
  for (const token of copy.querySelectorAll("[name=form-token], [name=request]")) token.remove();
  for (const details of copy.querySelectorAll("details")) details.open = false;
  return copy.innerHTML;
}

// What brings the focus of a region back when what is in it was exchanged: the same control where it is still there, otherwise
// the first of the same card or row. Never another one of the region, which a hand already on its way would press.
function keptFocus(region) {
  const field = document.activeElement;
  if (!region.contains(field)) return () => {};
  const { id } = field.closest("[id]");
  const isSame = (it) => it.tagName === field.tagName && it.textContent === field.textContent;
  return () => {
    const near = document.getElementById(id);
    if (id === field.id) return near?.focus();
    const all = [...(near?.querySelectorAll("a[href], button, summary, input, select, textarea") ?? [])];
    (all.find(isSame) ?? (near === region ? null : all[0]))?.focus();
  };
}

// What was open or closed stays so, and the focus stays where it was.
function exchange(region, next) {
  const open = new Set([...region.querySelectorAll("details[open][id]")].map((it) => it.id));
  const focus = keptFocus(region);
  const before = new Set([...region.querySelectorAll("[id]")].map((it) => it.id));
  region.replaceChildren(...[...next.childNodes].map((it) => document.adoptNode(it)));
  for (const details of region.querySelectorAll("details[id]")) {
    if (before.has(details.id)) details.open = open.has(details.id);
  }
  for (const it of region.querySelectorAll("article[id], li[id], tr[id]")) {
    if (!before.has(it.id)) it.classList.add("is-new");
  }
  focus();
}

// What somebody has typed in a region stays until it is sent.
main?.addEventListener("input", (event) => {
  const form = event.target.closest("[data-live] form");
  if (form) form.dataset.dirty = "";
});
main?.addEventListener("submit", (event) => delete event.target.dataset.dirty);

if (topics.size > 0) {
  listen();
  // A page that nobody sees needs no stream; browsers allow few at once for one address.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      source?.close();
      source = null;
    } else if (!source) {
      listen();
    }
  });
  addEventListener("pagehide", () => source?.close());
  // Other scripts ask for it when they have sent something.
  document.addEventListener("verbund:refresh", () => soon(0));
}
