// A network between browser and application that can be cut.

import net from "node:net";

export class Proxy {
  #sockets = new Set();
  #isCut = false;

  /** Listens, and passes on to `url` what comes. */
  static async to(url) {
    const proxy = new Proxy();
    const { hostname, port } = new URL(url);
    proxy.server = net.createServer((near) => {
      if (proxy.#isCut) return near.destroy();
      const far = net.connect(Number(port), hostname);
      for (const [one, other] of [[near, far], [far, near]]) {
        proxy.#sockets.add(one);
        one.on("error", () => {}).on("close", () => {
          proxy.#sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
    await new Promise((resolve) => proxy.server.listen(0, "127.0.0.1", resolve));
    proxy.url = `http://127.0.0.1:${proxy.server.address().port}`;
    return proxy;
  }

  /** Breaks all connections, and lets no new one through. */
  cut() {
    this.#isCut = true;
    this.#sockets.forEach((it) => it.destroy());
  }

  mend() {
    this.#isCut = false;
  }

  async end() {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
