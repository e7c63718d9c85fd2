// The form of a task: who is asked first for the chosen category, and taking that over with one press.

const category = document.getElementById("f-category");
const place = document.getElementById("first-asked");

function offer() {
  for (const button of place.querySelectorAll("[data-take]")) button.hidden = false;
}

async function suggest() {
  if (!category.value) {
    place.replaceChildren();
    return;
  }
  try {
    const answer = await fetch(`${place.dataset.url}?category=${encodeURIComponent(category.value)}`);
    if (!answer.ok) return;
    const piece = new DOMParser().parseFromString(await answer.text(), "text/html");
    place.replaceChildren(...[...piece.body.childNodes].map((it) => document.adoptNode(it)));
    offer();
  } catch {
    // Away for the moment: the button below the list does the same.
  }
}

if (category && place) {
  document.getElementById("suggest").hidden = true;
  offer();
  category.addEventListener("change", suggest);
  place.addEventListener("click", (event) => {
    const button = event.target.closest("[data-take]");
    if (!button) return;
    const into = document.getElementById(button.dataset.into);
    into.value = button.dataset.take;
    into.focus();
  });
}
