// Shows pushes and opens the page that they name. It keeps nothing and answers for nothing: pages come from the server alone.

addEventListener("push", (event) => {
  let said = {};
  try {
    said = event.data.json();
  } catch {
    // A push that can't be read still has to be shown: browsers stop those that stay silent.
  }
  const options = {
    body: said.body ?? "",
    icon: "/icon.svg",
    tag: said.path ?? "verbund",
    renotify: true,
    data: said.path ?? "/",
  };
  event.waitUntil(self.registration.showNotification(said.title ?? "Verbund", options));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  const page = new URL(event.notification.data, self.location.origin);
  if (page.origin !== self.location.origin) return;
  event.waitUntil(open(page.href));
});

// A window that shows the page already comes to the front; else a new one opens.
async function open(href) {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const shown = windows.find((it) => it.url === href);
  return shown ? shown.focus() : self.clients.openWindow(href);
}
