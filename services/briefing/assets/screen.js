// The projector: arrow keys choose the item in focus, Home goes back to the one that was spoken on last.

document.addEventListener("keydown", (event) => {
  const { items, focus } = document.getElementById("screen").dataset;
  const address = new URL(location.href);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (event.key === "Home") {
    address.searchParams.delete("item");
  } else if (step) {
    const place = Math.min(Math.max(Number(focus) + step, 1), Number(items));
    address.searchParams.set("item", String(place));
  } else {
    return;
  }
  event.preventDefault();
  history.replaceState(null, "", address);
  document.dispatchEvent(new CustomEvent("verbund:refresh"));
});
