// Walks in Chromium through an activation, the code on paper first, and through a forgotten password.
//
// It reads {issuer, language, pictures, code, link, mails, read, user_name, codes} from standard input:
// mails is the folder where they stand as mail-0, mail-1 …, of which so many were read, and codes are
// those of user_name's card.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { opened } from './looks.mjs';

const input = JSON.parse(readFileSync(0, 'utf8'));
const { issuer, language, code, link, user_name: user, codes } = input;
const { browser, page, look, press, type, count } = await opened(input.pictures);
let { read } = input;

// The code of six digits in the next mail that has one.
async function mailed() {
    for (;;) {
        const path = `${input.mails}/mail-${read}`;
        if (existsSync(path)) {
            read += 1;
            const found = readFileSync(path, 'utf8').match(/^\d{6}\r?$/m);
            if (found) {
                return found[0].trim();
            }
        } else {
            await new Promise((done) => { setTimeout(done, 100); });
        }
    }
}

const send = () => press('main form button');

async function activate() {
    await page.goto(`${issuer}/start?lang=${language}`);
    await look('first-code', language);
    await send();
    await look('first-code-missing', language);
    await type('#code', `${code.slice(0, -1)}${code.at(-1) === '2' ? '3' : '2'}`);
    await send();
    await look('first-code-slip', language);
    // A code that some paper has, and not this one.
    await type('#code', '2222 2222 2222');
    await send();
    await look('first-link', language);
    await page.goto(`${issuer}${link}`);
    assert.equal(page.url(), `${issuer}/start`);
    await look('first-both', language);
    await press('button[name=kept]');
    await look('first-refused', language);
    await type('#code', code.toLowerCase());
    await send();
    await look('first-address', language);
    await send();
    await look('first-account', language);
    await type('#user_name', user);
    await type('#new_password', 'zeven gele fietsen in de regen');
    await send();
    await look('first-account-taken', language);
    await type('#user_name', `new.${language}`);
    await type('#new_password', 'zeven gele fietsen in de regen');
    await send();
    await look('first-key', language);
    await press('button[name=method][value=mail]');
}

async function forget() {
    await page.goto(`${issuer}/account`);
    await press('button[name=key][value=token]');
    await press('p.aside a');
    await look('forgotten-name', language);
    await type('#user_name', user);
    await send();
    await look('forgotten-mail', language);
    const digits = await mailed();
    await type('#code', digits === '000000' ? '000001' : '000000');
    await send();
    await look('forgotten-mail-refused', language);
    await type('#code', digits);
    await send();
    await look('forgotten-key', language);
    await press('button[name=key][value=app]');
    await look('forgotten-app', language);
    await press('a.back');
    await press('button[name=key][value=token]');
    await look('forgotten-token', language);
    const position = Number(await page.$eval('#position', (output) => output.textContent));
    await type('#code', codes[position % 24]);
    await send();
    await look('forgotten-token-refused', language);
    await type('#code', codes[position - 1]);
    await send();
    assert.ok(await page.$('input[autocomplete=new-password]'), page.url());
    await type('#new_password', 'acht rode fietsen in de regen');
    await send();
    await look('forgotten-done', language);
}

try {
    await activate();
    await forget();
    console.log(`${count()} pages`);
} finally {
    await browser.close();
}
