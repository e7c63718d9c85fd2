// The board of tasks with keys and with the pointer. Arrow keys go from card to card, `m` opens what can be done with one, and a card
// can be drawn to another column. Each of these presses a button that is there anyway: what a task allows is decided at the node.

const board = document.getElementById("board");
const announcer = document.getElementById("announcer");

function say(text) {
  if (announcer) announcer.textContent = text;
}

function links(column) {
  return [...column.querySelectorAll(".task-link")].filter((it) => it.offsetParent !== null);
}

function columns() {
  return [...board.querySelectorAll(".board-column")].filter((it) => links(it).length > 0);
}

function go(event, card) {
  const column = card.closest(".board-column");
  const own = links(column);
  const at = own.indexOf(card.querySelector(".task-link"));
  const all = columns();
  const beside = (step) => {
    const there = all[all.indexOf(column) + step];
    return there && links(there)[Math.min(at, links(there).length - 1)];
  };
  const to = { ArrowUp: () => own[at - 1], ArrowDown: () => own[at + 1], ArrowLeft: () => beside(-1), ArrowRight: () => beside(1) }[event.key]?.();
  if (!to) return;
  event.preventDefault();
  to.focus();
  to.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function open(card) {
  const more = card.querySelector(".more-moves");
  if (more) more.open = true;
  card.querySelector("[data-to]")?.focus();
}

function buttonTo(card, status) {
  return [...card.querySelectorAll("[data-to]")].find((it) => it.dataset.to === status);
}

if (board) {
  const hint = document.getElementById("board-keys");
  if (hint) hint.hidden = false;

  board.addEventListener("keydown", (event) => {
    const card = event.target.closest(".task-card");
    if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "m" && event.target.matches(".task-link")) {
      event.preventDefault();
      open(card);
    } else if (event.key === "Escape") {
      const more = card.querySelector(".more-moves[open]");
      if (more) more.open = false;
      card.querySelector(".task-link").focus();
    } else if (event.target.matches(".task-link")) {
      go(event, card);
    }
  });

  // Only cards that can go somewhere can be drawn. A link is drawn as an address by itself, which is not meant here.
  board.addEventListener("pointerdown", (event) => {
    const card = event.target.closest(".task-card");
    if (!card) return;
    card.draggable = card.querySelector("[data-to]") !== null && !event.target.closest("a, button, summary");
  });
  let drawn = null;
  board.addEventListener("dragstart", (event) => {
    drawn = event.target.closest(".task-card");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    for (const column of board.querySelectorAll(".board-column")) {
      column.classList.toggle("takes", buttonTo(drawn, column.dataset.status) !== undefined);
    }
  });
  board.addEventListener("dragover", (event) => {
    if (drawn && event.target.closest(".board-column.takes")) event.preventDefault();
  });
  board.addEventListener("drop", (event) => {
    const column = event.target.closest(".board-column");
    const button = drawn && column && buttonTo(drawn, column.dataset.status);
    if (!button) return say(board.dataset.notThere);
    event.preventDefault();
    say(board.dataset.moving);
    button.click();
  });
  board.addEventListener("dragend", (event) => {
    if (event.dataTransfer.dropEffect === "none") say(board.dataset.notThere);
    drawn = null;
    for (const column of board.querySelectorAll(".takes")) column.classList.remove("takes");
  });
}
