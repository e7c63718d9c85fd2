// The form of an update: quicker with these, and whole without. Finding a place by its name, the measure that goes with the
// category, and of the figures only those that fit the place.

const form = document.querySelector(".update-form");

function chosen(name) {
  return form.querySelector(`[name="${name}"]:checked`);
}

// Places by name
const searched = form.querySelector("#place-search");

function plain(text) {
  return text.normalize("NFD").replace(/\p{Diacritic}/gu, "").replace(/ß/g, "ss").toLowerCase();
}

function search() {
  const wanted = plain(searched.value.trim());
  let found = 0;
  for (const group of form.querySelectorAll(".place-group")) {
    let here = 0;
    const title = plain(group.querySelector(".choices-title").textContent);
    for (const label of group.querySelectorAll("label")) {
      const fits = plain(label.textContent).includes(wanted) || title.includes(wanted);
      label.hidden = !fits && !label.querySelector(":checked");
      if (!label.hidden) here += 1;
    }
    group.hidden = here === 0;
    found += here;
  }
  searched.parentElement.querySelector("[role=status]").textContent = found === 0 ? searched.dataset.empty : "";
}

searched.parentElement.hidden = false;
searched.addEventListener("input", search);
// The first that is left is meant by whoever presses Enter; the form is not sent.
searched.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  const first = form.querySelector(".place-group:not([hidden]) label:not([hidden]) input");
  first?.click();
  first?.focus();
});

// The measure that goes with the category, as long as nobody chose another
const measure = form.querySelector("#measure");
let suggested = "";

function suggest() {
  const fact = chosen("category")?.dataset.fact ?? "";
  if (measure.value === suggested) measure.value = fact;
  suggested = fact;
}

form.addEventListener("change", (event) => {
  if (event.target.name === "category") suggest();
  if (event.target.name === "day") day();
  if (event.target.name === "place" || event.target.name.startsWith("reading-")) figures();
});

// Another day is asked for only where another is meant
function day() {
  form.querySelector(".other-day").hidden = chosen("day")?.value !== "other";
}

// Figures that are told of such a place; how many it is a share of, only of shares
function figures() {
  const of = chosen("place")?.dataset.fact;
  for (const row of form.querySelectorAll(".figure-row")) {
    const select = row.querySelector("select");
    for (const option of select.options) {
      const fits = !of || !option.dataset.of || option.dataset.of === of;
      option.hidden = !fits && !option.selected;
    }
    row.querySelector(".figure-base").hidden = select.selectedOptions[0]?.dataset.counts !== "share";
  }
}

if (measure.value === "") suggest();
day();
figures();
