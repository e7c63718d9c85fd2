// An OpenID Connect provider for tests: the certified `oidc-provider`, with a handful of people. Everything is in memory.
//
//   node provider.mjs REDIRECT_URI
//
// It prints one line when it listens: {"issuer": "http://127.0.0.1:PORT", "client_id": …, "client_secret": …}. It ends with its
// standard input, so that it outlives no test. Whoever signs in types one of these names; any password will do.

import http from "node:http";
import { pathToFileURL } from "node:url";
import { require } from "../kit/place.mjs";

const { default: Provider } = await import(pathToFileURL(require.resolve("oidc-provider")).href);

/** Names, and the groups that they are in. */
const PEOPLE = {
  koordination: ["/verbund/koordination"],
  betrieb: ["/verbund/betrieb", "/verbund/lesen"],
  fremd: ["/andere"],
};
const CLIENT = { client_id: "verbund", client_secret: "a secret of this test alone" };

const [redirectUri] = process.argv.slice(2);
const server = http.createServer();
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      ...CLIENT,
      redirect_uris: [redirectUri],
      post_logout_redirect_uris: [new URL("/anmelden", redirectUri).href],
      require_auth_time: true,
    },
  ],
  pkce: { required: () => true },
  // Named as Keycloak's mapper names them, and told at the userinfo endpoint alone, as many providers do.
  claims: { openid: ["sub"], profile: ["preferred_username", "groups"] },
  async findAccount(_context, id) {
    return {
      accountId: id,
      claims: async () => ({ sub: id, preferred_username: id, groups: PEOPLE[id] ?? [] }),
    };
  },
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  cookies: { keys: ["a key of this test alone"] },
});

server.on("request", provider.callback());
process.stdin.resume().on("end", () => process.exit(0));
console.log(JSON.stringify({ issuer, ...CLIENT }));
