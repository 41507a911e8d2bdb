// Signs in through a proxy of ours in front of two instances, in Chromium, as a citizen's would: by HTTPS
// and the service's own name. Between the password and the code it says so and waits for a line, while
// one of the instances is killed.
//
// It reads {port, address, back, user_name, password, codes} as a line from standard input.
import assert from 'node:assert/strict';
import { createInterface } from 'node:readline/promises';
import { open } from './chromium.mjs';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const line = async () => (await lines.next()).value;
const { port, address, back, user_name, password, codes } = JSON.parse(await line());

const { browser, page } = await open([
    '--ignore-certificate-errors',
    `--host-resolver-rules=MAP sign-in.example.be:443 127.0.0.1:${port}`,
]);
try {
    await page.setRequestInterception(true);
    const answer = new Promise((resolve) => {
        page.on('request', (request) => {
            if (request.url().startsWith(back)) {
                resolve(request.url());
                request.respond({ status: 200, body: 'back' });
            } else {
                request.continue();
            }
        });
    });
    const send = () => Promise.all([page.waitForNavigation(), page.click('main form button')]);
    const keys = await page.goto(address);
    assert.equal(new URL(page.url()).origin, 'https://sign-in.example.be');
    assert.match(keys.headers()['strict-transport-security'], /^max-age=/);
    await send();
    await page.type('#user_name', user_name);
    await page.type('#password', password);
    await send();
    const position = Number(await page.$eval('#position', (output) => output.textContent));
    const cookies = await browser.cookies();
    assert.ok(cookies.some(({ name }) => name === '__Host-sign-in'));
    for (const { name, secure, httpOnly } of cookies) {
        assert.ok(name.startsWith('__Host-') && secure && httpOnly, name);
    }
    console.log('asked');
    await line();
    await page.type('#code', codes[position - 1]);
    const [response] = await send();
    assert.equal(response.status(), 200, await response.text());
    console.log(await answer);
} catch (error) {
    console.log(error.message);
} finally {
    await browser.close();
    process.exit();
}
