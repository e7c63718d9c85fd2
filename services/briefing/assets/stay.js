// Sends forms with `data-stay` without leaving the page, so that what somebody types elsewhere on it stays. The answer is the
// page that the browser would have gone to: the form is taken from it, and the rest comes as all changes do.
//
// A form that somebody has typed in carries `data-dirty` until it was taken: live.js leaves what is around it alone until then.

const announcer = document.getElementById("announcer");

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-stay]")) form.dataset.dirty = "";
});

addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-dirty]")) event.preventDefault();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("form[data-stay]")) return;
  event.preventDefault();
  send(form, event.submitter);
});

async function send(form, button) {
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  form.dataset.dirty = "";
  const body = new URLSearchParams(new FormData(form));
  if (button?.name) body.append(button.name, button.value);
  body.set("form-token", document.body.dataset.formToken);
  try {
    const address = button?.getAttribute("formaction") ?? form.getAttribute("action");
    const answer = await fetch(address, { method: "POST", body });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    take(form, answer, page);
  } catch {
    // Nobody knows whether it came through; sending it again does it once, since its request id is the same.
    form.prepend(notice(document.getElementById("live")?.dataset.off ?? ""));
  } finally {
    form.removeAttribute("aria-busy");
  }
}

function take(form, answer, page) {
  const next = page.getElementById(form.id);
  const isHere = new URL(answer.url).pathname === location.pathname;
  if (answer.redirected && !isHere) {
    delete form.dataset.dirty;
    location.assign(answer.url);
    return;
  }
  const told = page.querySelector("main > .notice");
  if (!answer.ok && !next) {
    // The page of a failure: what it says, and all that was typed stays.
    if (told) form.prepend(document.adoptNode(told));
    return;
  }
  const had = form.contains(document.activeElement) ? document.activeElement.id || "*" : "";
  const button = neighbour(form);
  delete form.dataset.dirty;
  if (next) form.replaceWith(document.adoptNode(next));
  if (answer.redirected) {
    if (announcer && told) announcer.textContent = told.textContent;
    if (next?.parentElement.matches("details")) next.parentElement.open = false;
    document.dispatchEvent(new CustomEvent("verbund:refresh"));
  } else if (next) {
    // It was edited, or not taken: nothing of it is stored yet.
    next.dataset.dirty = "";
  }
  focusAgain(had, next, button);
}

// The focus goes to what is wrong or was added, else to where somebody was typing, else to the next button of a list.
function focusAgain(had, next, button) {
  const wanted = next?.querySelector("[role=alert], [autofocus]");
  const before = had && next ? (document.getElementById(had) ?? next.querySelector("textarea, input[type=text]")) : null;
  const folded = next?.closest("details:not([open])")?.querySelector("summary");
  (wanted ?? (before && folded) ?? before ?? button)?.focus();
}

// Where the focus goes when the form with its button is gone.
function neighbour(form) {
  const buttons = [...document.querySelectorAll("form[data-stay] button[id]")];
  const at = buttons.findIndex((button) => button.form === form);
  return at < 0 ? null : (buttons[at + 1] ?? buttons[at - 1] ?? null);
}

function notice(text) {
  const told = document.createElement("p");
  told.className = "notice bad";
  told.setAttribute("role", "alert");
  told.textContent = text;
  return told;
}

// What was done is told once, and not again whenever the page is loaded anew.
const here = new URL(location.href);
if (here.searchParams.has("notice")) {
  here.searchParams.delete("notice");
  history.replaceState(history.state, "", here);
}
