// Signs in to a demo by openid-client, a relying party that we didn't write, in Chromium.
//
// It reads {demo, codes} from standard input.
import assert from 'node:assert/strict';
import dns from 'node:dns';
import { readFileSync } from 'node:fs';
import { open } from './chromium.mjs';

// Browsers know what is below localhost; not every system does.
const { lookup } = dns;
dns.lookup = (name, options, callback) =>
    lookup(name.endsWith('.localhost') ? '127.0.0.1' : name, options, callback);
const client = await import('openid-client');

const { demo, codes } = JSON.parse(readFileSync(0, 'utf8'));
const methods = [
    client.ClientSecretBasic(demo.client.secret),
    client.ClientSecretPost(demo.client.secret),
];

for (const method of methods) {
    const config = await client.discovery(new URL(demo.issuer), demo.client.id, {}, method, {
        execute: [client.allowInsecureRequests],
    });
    const verifier = client.randomPKCECodeVerifier();
    const [state, nonce] = [client.randomState(), client.randomNonce()];
    const address = client.buildAuthorizationUrl(config, {
        redirect_uri: demo.client.redirect_uri,
        scope: 'openid profile email',
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
        max_age: '600',
    });
    const { browser, page } = await open();
    try {
        // What the browser is sent to is ours to take, not the demo's application's.
        await page.setRequestInterception(true);
        const back = new Promise((resolve) => {
            page.on('request', (request) => {
                if (request.url().startsWith(demo.client.redirect_uri)) {
                    resolve(new URL(request.url()));
                    request.respond({ status: 200, body: 'back' });
                } else {
                    request.continue();
                }
            });
        });
        const send = () => Promise.all([page.waitForNavigation(), page.click('main form button')]);
        await page.goto(address.href);
        await send();
        await page.type('[autocomplete=username]', demo.citizen.user_name);
        await page.type('[autocomplete=current-password]', demo.citizen.password);
        await send();
        const position = Number(await page.$eval('#position', (output) => output.textContent));
        await page.type('[autocomplete=one-time-code]', codes[position - 1]);
        await send();
        const tokens = await client.authorizationCodeGrant(config, await back, {
            pkceCodeVerifier: verifier,
            expectedState: state,
            expectedNonce: nonce,
            maxAge: 600,
            idTokenExpected: true,
        });
        const claims = tokens.claims();
        const known = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
        assert.equal(known.preferred_username, demo.citizen.user_name);
        assert.equal(known.email, demo.citizen.email);
        await assert.rejects(
            client.authorizationCodeGrant(config, await back, {
                pkceCodeVerifier: verifier,
                expectedState: state,
                expectedNonce: nonce,
            }),
            'a code is good once',
        );
    } finally {
        await browser.close();
    }
}
console.log(`${methods.length} sign-ins`);
