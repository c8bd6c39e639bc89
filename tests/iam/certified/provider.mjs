// The certified provider with claims like INDIGO IAM's; prints its issuer, then serves until it is stopped.
// Version 8 is the last one that runs on node 18, which Debian 12 has.
// usage: node provider.mjs <client id> <client secret> <redirect URI> <people as JSON>
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";

import Provider from "oidc-provider";

const [clientId, clientSecret, redirectUri, people] = process.argv.slice(2);
const persons = JSON.parse(people);
const key = (kid) => ({
  ...generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }),
  kid,
  alg: "RS256",
  use: "sig",
});

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [redirectUri],
        post_logout_redirect_uris: [new URL("/sign-in", redirectUri).href],
      },
    ],
    jwks: { keys: [key("certified")] },
    cookies: { keys: ["only for tests"] },
    pkce: { required: () => true },
    claims: {
      openid: ["sub"],
      profile: ["preferred_username", "given_name", "family_name", "name", "groups", "wlcg.groups"],
      email: ["email", "email_verified"],
    },
    // Anybody may say who they are, on the pages it brings along.
    findAccount: (_context, name) => ({
      accountId: name,
      claims: () => ({ ...persons[name], sub: name, "wlcg.groups": persons[name].groups.map((g) => `/${g}`) }),
    }),
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
