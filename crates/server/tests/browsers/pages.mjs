// Walks through the pages of a demo in Chromium, and holds each to WCAG 2.2 A and AA by axe-core, to a
// width of 320 pixels, and to the keyboard. With a folder it also takes pictures.
//
// It reads {demo, codes, languages, phases, pictures, keys} from standard input. In the languages of
// phases the phase-out alone is walked through. With keys it is other pages, of the first language:
// app or mail, where the one or the other is activated in place of the token, and own, where people add
// and remove keys and change their address.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { opened } from './looks.mjs';

const { demo, codes, languages, phases, pictures, keys } = JSON.parse(readFileSync(0, 'utf8'));

const { browser, page, look, press, type, count } = await opened(pictures);

const position = async () => Number(await page.$eval('#position', (output) => output.textContent));

// An application that takes the token for two weeks more, and one that takes it no longer.
async function phaseOut(language) {
    const isAtPassword = async () => assert.ok(await page.$('#password'), page.url());
    await page.goto(`${demo.application}sign-in?client=phasing-out`);
    await page.goto(`${demo.issuer}/sign-in?lang=${language}`);
    await press('button[name=key][value=token]');
    await look('warning', language);
    await press('button[name=choice][value=other]');
    await press('button[name=key][value=token]');
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Escape')]);
    await isAtPassword();
    await press('a.back');
    await press('button[name=key][value=token]');
    await press('button.close');
    await isAtPassword();
    await page.goto(`${demo.application}sign-in?client=phased-out`);
    await page.goto(`${demo.issuer}/sign-in?lang=${language}`);
    await look('over', language);
    assert.equal(await page.$('button[name=key][value=token]'), null);
}

let read = 0;

// The code in the next mail.
async function mailed() {
    for (;;) {
        const mails = await (await fetch(demo.mails.replace('mail.localhost', '127.0.0.1'))).json();
        const found = mails.slice(read).findIndex(({ text }) => /^\d{6}$/m.test(text));
        if (found >= 0) {
            read += found + 1;
            return mails[read - 1].text.match(/^\d{6}$/m)[0];
        }
        await new Promise((done) => { setTimeout(done, 200); });
    }
}

const SECRET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
let secret = '';
let lastStep = 0;

// A code of the app that was not given yet (RFC 6238).
async function appCode() {
    const present = () => Math.floor(Date.now() / 30000);
    while (present() + 1 <= lastStep) {
        await new Promise((done) => { setTimeout(done, 500); });
    }
    lastStep = Math.max(present(), lastStep + 1);
    const bits = [...secret].map((letter) => SECRET.indexOf(letter).toString(2).padStart(5, '0'));
    const bytes = bits.join('').match(/.{8}/g).map((byte) => parseInt(byte, 2));
    const counter = Buffer.alloc(8);
    counter.writeBigInt64BE(BigInt(lastStep));
    const tag = createHmac('sha1', Buffer.from(bytes)).update(counter).digest();
    const word = tag.readUInt32BE(tag.at(-1) & 15) & 0x7fffffff;
    return String(word % 1000000).padStart(6, '0');
}

// Who sits before the browser.
let who = demo.citizen;

async function givePassword() {
    await type('#user_name', who.user_name);
    await type('#password', who.password);
    await press('main form button');
}

async function keyCode(key) {
    if (key === 'token') {
        return codes[(await position()) - 1];
    }
    return key === 'app' ? appCode() : mailed();
}

// Signs in with a key, and looks at the page of its code, if that has a name.
async function giveKey(language, name, key = keys) {
    await press(`button[name=key][value=${key}]`);
    await givePassword();
    if (name) {
        await look(`${name}`, language);
        await type('#code', '000000');
        await press('main form button');
        await look(`${name}-refused`, language);
    }
    await type('#code', await keyCode(key));
    await press('main form button');
}

async function shownSecret() {
    const shown = await page.$eval('#secret', (output) => output.textContent);
    return shown.replaceAll(' ', '');
}

async function change(what) {
    await page.goto(`${demo.issuer}/account/keys`);
    await press(`button[name=change][value=${what}]`);
}

// Activates another key, signs in with it, and changes what can be changed.
async function walkKeys(language) {
    await page.goto(`${demo.issuer}/activate`);
    await page.goto(`${demo.issuer}/sign-in?lang=${language}`);
    await givePassword();
    await type('#code', codes[(await position()) - 1]);
    await press('main form button');
    await look('address', language);
    await type('#email', 'no address');
    await press('main form button');
    await look('address-wrong', language);
    await type('#email', demo.citizen.email);
    await press('main form button');
    await look('confirm', language);
    await type('#code', '12345');
    await press('main form button');
    await look('confirm-slip', language);
    await type('#code', await mailed());
    await press('main form button');
    await look('method', language);
    await press(`button[name=method][value=${keys}]`);
    if (keys === 'app') {
        await look('set-up-app', language);
        secret = await shownSecret();
        await type('#code', '000000');
        await press('main form button');
        await look('set-up-app-refused', language);
        await type('#code', await appCode());
        await press('main form button');
    }
    await look(`key-active-${keys}`, language);
    await page.goto(`${demo.issuer}/account`);
    await giveKey(language, `${keys}-code`);
    await page.goto(`${demo.issuer}/account/keys`);
    await look(`my-keys-${keys}`, language);
    await change(`remove-${keys}`);
    await giveKey(language);
    await look('remove', language);
    await press('main form button');
    await look('last-key', language);
    if (keys === 'mail') {
        await change('language');
        await giveKey(language);
        await look('change-language', language);
        await press(`button[name=language][value=${language}]`);
        await look('language-changed', language);
        await change('password');
        await giveKey(language);
        await look('change-password', language);
        await type('#new_password', 'kort');
        await press('main form button');
        await look('change-password-short', language);
        await type('#new_password', 'zeven gele fietsen in de regen');
        await press('main form button');
        await look('password-changed', language);
    }
    if (pictures) {
        const mails = await (await fetch(demo.mails.replace('mail.localhost', '127.0.0.1'))).json();
        // Beside our pages' own policy, which forbids what mails need.
        await page.goto('about:blank');
        for (const [number, { html }] of mails.entries()) {
            await page.setContent(html);
            await page.screenshot({ path: `${pictures}/mail-${keys}-${number}-${language}.png` });
        }
    }
}

// From one's own page: an app beside the token, codes by e-mail beside an app, another address, and no
// codes by e-mail any more.
async function walkOwn(language) {
    await page.goto(`${demo.issuer}/account`);
    await page.goto(`${demo.issuer}/sign-in?lang=${language}`);
    await giveKey(language, '', 'token');
    await change('app');
    await giveKey(language, '', 'token');
    await look('add-app', language);
    secret = await shownSecret();
    await type('#code', await appCode());
    await press('main form button');
    await look('app-added', language);
    [, who] = demo.citizens;
    ({ secret } = who);
    lastStep = 0;
    await page.goto(`${demo.issuer}/account`);
    await giveKey(language, '', 'app');
    await change('mail');
    await giveKey(language, '', 'app');
    await press('main form button');
    await type('#code', await mailed());
    await press('main form button');
    await look('mail-added', language);
    await page.goto(`${demo.issuer}/account/keys`);
    await look('my-keys-both', language);
    await change('email');
    await giveKey(language, '', 'mail');
    await look('change-email', language);
    await type('#email', `els.${language}@example.be`);
    await press('main form button');
    await type('#code', await mailed());
    await press('main form button');
    await look('email-changed', language);
    await change('remove-mail');
    await giveKey(language, '', 'mail');
    await press('main form button');
    await look('mail-removed', language);
    // The session that it began has ended.
    await page.goto(`${demo.issuer}/account/keys`);
    assert.ok(await page.$('button[name=key][value=mail]'), page.url());
    // Of each change a mail tells, and of another address one at both.
    const news = async () => {
        const mails = await (await fetch(demo.mails.replace('mail.localhost', '127.0.0.1'))).json();
        return mails.filter(({ text }) => !/^\d{6}$/m.test(text)).map(({ to }) => to).sort();
    };
    const expected = [
        demo.citizen.email, who.email, who.email,
        `els.${language}@example.be`, `els.${language}@example.be`,
    ].sort();
    for (let tries = 0; tries < 50 && (await news()).length < expected.length; tries += 1) {
        await new Promise((done) => { setTimeout(done, 200); });
    }
    assert.deepEqual(await news(), expected);
}

async function walk(language) {
    const { user_name, password } = demo.citizen;
    await page.goto(`${demo.application}sign-in`);
    await page.goto(`${demo.issuer}/sign-in?lang=${language}`);
    await look('keys', language);
    await press('button[name=key][value=token]');
    await look('password', language);
    await press('main form button');
    await look('password-missing', language);
    await type('#user_name', user_name);
    await type('#password', 'not this one, surely');
    await press('main form button');
    await look('password-wrong', language);
    await type('#password', password);
    await press('main form button');
    await look('code', language);
    const asked = await position();
    await type('#code', 'ABC');
    await press('main form button');
    await look('code-slip', language);
    // The code beside: some card has it, but not there.
    await type('#code', codes[asked % 24]);
    await press('main form button');
    await look('code-refused', language);
    assert.equal(await position(), asked, 'the same position is asked for');
    await type('#code', codes[asked - 1]);
    await press('main form button');
    assert.equal(page.url(), demo.application);
    await page.goto(`${demo.issuer}/account`);
    await look('account', language);
    await page.goto(`${demo.issuer}/account/lost`);
    await look('lost', language);
    await press('main form button');
    await look('lost-password-missing', language);
    await page.goto(`${demo.issuer}/logout`);
    await look('sign-out', language);
    await press('main form button');
    await look('signed-out', language);
    await phaseOut(language);
    await page.goto(`${demo.issuer}/nothing`);
    await look('not-found', language);
    await page.goto(`${demo.issuer}/authorize?client_id=nobody`);
    await look('no-client', language);
}

try {
    if (keys === 'own') {
        await walkOwn(languages[0]);
    } else if (keys) {
        await walkKeys(languages[0]);
    }
    for (const language of phases ?? []) {
        await phaseOut(language);
    }
    for (const language of keys ? [] : languages) {
        await walk(language);
    }
    if (keys) {
        console.log(`${count()} pages`);
        process.exit(0);
    }
    // Too many wrong codes: one has to wait.
    await page.goto(`${demo.issuer}/account`);
    await press('button[name=key][value=token]');
    await type('#user_name', demo.citizen.user_name);
    await type('#password', demo.citizen.password);
    await press('main form button');
    for (let wrong = 0; wrong < 4; wrong += 1) {
        await type('#code', codes[(await position()) % 24]);
        await press('main form button');
    }
    await look('wait', languages.at(-1));
    // It counts down, without a word of it being lost, and says when it is over.
    const [now, over] = await page.$eval(
        '#code-fault [data-wait], p[data-wait]',
        (text) => [text.textContent, text.dataset.over],
    );
    assert.notEqual(now, over);
    await page.waitForFunction(
        (words) => document.querySelector('#code-fault [data-wait], p[data-wait]').textContent === words,
        { timeout: 15000 },
        over,
    );
    console.log(`${count()} pages`);
} finally {
    await browser.close();
}
