// The guard beside the text. While somebody types in a field with `data-guard`, the element that it names shows what the guard
// finds; `data-count-in` names one that shows how much room is left. Sending checks again, so nothing here needs to succeed.

const PAUSE_MS = 350; // without a key pressed

const timers = new WeakMap();
const calls = new WeakMap();

function count(field) {
  const place = document.getElementById(field.dataset.countIn);
  if (!place) return;
  // As the node counts: letters, and one line of them.
  const letters = [...field.value.trim().replace(/\s+/g, " ")].length;
  const left = Number(place.dataset.max) - letters;
  place.textContent = place.dataset.text.replace("#", String(left));
  place.classList.toggle("error", left < 0);
}

async function check(field) {
  calls.get(field)?.abort();
  const place = document.getElementById(field.dataset.guard);
  if (!place) return;
  if (!field.value.trim()) {
    place.replaceChildren();
    return;
  }
  const call = new AbortController();
  calls.set(field, call);
  try {
    const answer = await fetch("/pruefen", {
      method: "POST",
      body: new URLSearchParams({ text: field.value }),
      headers: { "x-form-token": document.body.dataset.formToken },
      signal: call.signal,
    });
    if (!answer.ok) return;
    const piece = new DOMParser().parseFromString(await answer.text(), "text/html");
    // What is read out already is not read out again.
    if (piece.body.innerHTML === place.innerHTML) return;
    place.replaceChildren(...[...piece.body.childNodes].map((it) => document.adoptNode(it)));
  } catch {
    // Away for the moment, or overtaken by the next letter.
  }
}

document.addEventListener("input", (event) => {
  const field = event.target;
  if (field.dataset.countIn) count(field);
  if (!field.dataset.guard) return;
  clearTimeout(timers.get(field));
  timers.set(field, setTimeout(() => check(field), PAUSE_MS));
});

for (const field of document.querySelectorAll("[data-count-in]")) count(field);
