// A clerk's morning at the desk of a demo, in Chromium: signs in, enters people, prints their cards, hands
// one over, spoils one, and prints receipt and activation sheet; each page is held to WCAG 2.2 A and AA by
// axe-core, at the width of a counter's screen and of a tablet. All traffic goes through a proxy here, and is
// looked through by whoever runs this: at the end it is all said.
//
// It reads {demo, languages, pictures} as a line from standard input. Each PDF that the browser got is said as a
// line with its bytes in Base64, and it goes on when it reads a line.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, request as ask } from 'node:http';
import { createInterface } from 'node:readline/promises';
import { open } from './chromium.mjs';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const line = async () => (await lines.next()).value;
const { demo, languages, pictures } = JSON.parse(await line());
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'];
const axe = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

// What went over the wire: of each request its method, address and body, and what came of it.
const traffic = [];
const proxy = createServer((incoming, outgoing) => {
    const { method, headers, url } = incoming;
    const entry = { method, url, headers: JSON.stringify(headers), sent: '', begun: Date.now() };
    const { hostname, port, pathname, search } = new URL(url);
    const host = hostname.endsWith('.localhost') ? '127.0.0.1' : hostname;
    const forward = ask({ host, port, method, headers, path: pathname + search }, (answer) => {
        const parts = [];
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.on('data', (part) => { parts.push(part); outgoing.write(part); });
        answer.on('end', () => {
            outgoing.end();
            entry.took = Date.now() - entry.begun;
            entry.status = answer.statusCode;
            entry.answered = JSON.stringify(answer.headers);
            entry.type = answer.headers['content-type'] ?? '';
            entry.body = Buffer.concat(parts);
            traffic.push(entry);
        });
    });
    forward.on('error', () => outgoing.destroy());
    incoming.on('data', (part) => { entry.sent += part; forward.write(part); });
    incoming.on('end', () => forward.end());
});
await new Promise((done) => { proxy.listen(0, '127.0.0.1', done); });

const { browser, page } = await open([
    `--proxy-server=http://127.0.0.1:${proxy.address().port}`, '--proxy-bypass-list=<-loopback>',
]);
const ofTheDesk = (entry) => entry.url.startsWith(demo.desk);
let looked = 0;
// Milliseconds in which no clerk would have waited: pages were looked at, and codes tried.
let aside = 0;

async function look(name, language) {
    const begun = Date.now();
    assert.equal(await page.$eval('html', (html) => html.lang), language, name);
    for (const [width, height] of [[1366, 768], [768, 1024], [320, 640]]) {
        await page.setViewport({ width, height });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= width, `${name} in ${language} is ${wide} pixels wide`);
        if (pictures) {
            await page.screenshot({ path: `${pictures}/desk-${name}-${language}-${width}.png` });
        }
    }
    await page.setViewport({ width: 1366, height: 768 });
    for (const scheme of ['light', 'dark']) {
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
        await page.evaluate(axe);
        const run = (tags) => globalThis.axe.run(document, { runOnly: tags });
        const found = await page.evaluate(run, TAGS);
        const violations = found.violations.map(
            ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`,
        );
        assert.deepEqual(violations, [], `${name} in ${language}, ${scheme}`);
    }
    await page.emulateMediaFeatures([]);
    looked += 1;
    aside += Date.now() - begun;
}

// Presses Tab until a thing has the focus, and then a key: nobody needs a mouse.
async function reach(selector) {
    for (let tab = 0; tab < 40; tab += 1) {
        if (await page.$eval(selector, (element) => element === document.activeElement)) {
            return;
        }
        await page.keyboard.press('Tab');
    }
    assert.fail(`${selector} can't be reached by the keyboard`);
}

async function press(selector) {
    await reach(selector);
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
}

async function type(selector, text) {
    await page.$eval(selector, (element) => { element.value = ''; });
    await page.type(selector, text);
}

// A code of the clerk's app that was not given yet (RFC 6238).
let lastStep = 0;
async function appCode() {
    const present = () => Math.floor(Date.now() / 30000);
    while (present() + 1 <= lastStep) {
        await new Promise((done) => { setTimeout(done, 500); });
    }
    lastStep = Math.max(present(), lastStep + 1);
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
    const bits = [...demo.clerk.secret].map((l) => letters.indexOf(l).toString(2).padStart(5, '0'));
    const bytes = bits.join('').match(/.{8}/g).map((byte) => parseInt(byte, 2));
    const counter = Buffer.alloc(8);
    counter.writeBigInt64BE(BigInt(lastStep));
    const digest = createHmac('sha1', Buffer.from(bytes)).update(counter).digest();
    const number = digest.readUInt32BE(digest.at(-1) & 15) & 0x7fffffff;
    return String(number % 1000000).padStart(6, '0');
}

async function until(what, found) {
    for (let time = 0; time < 300; time += 1) {
        const value = found();
        if (value) return value;
        await new Promise((done) => { setTimeout(done, 100); });
    }
    return assert.fail(`${what}: waited in vain`);
}

// Does what opens a PDF in another tab; its bytes as the browser got them.
async function opened(path, act) {
    const before = traffic.length;
    const tab = new Promise((resolve) => { browser.once('targetcreated', resolve); });
    await act();
    const is = (entry) => ofTheDesk(entry) && new URL(entry.url).pathname === path;
    const entry = await until(path, () => traffic.slice(before).find(is));
    assert.equal(entry.status, 200, path);
    assert.equal(entry.type, 'application/pdf', path);
    assert.match(entry.answered, /"cache-control":"no-store"/, path);
    const target = await tab;
    return { entry, target };
}

async function confirmed(what, entry, more = {}) {
    const begun = Date.now();
    say({ what, pdf: entry.body.toString('base64'), ...more });
    await line();
    aside += Date.now() - begun;
}

async function enter(language, key, name, more = {}) {
    await page.goto(`${demo.desk}person/enter`);
    await type('#key', key);
    await type('#name', name);
    await page.select('#language', language);
    for (const [field, text] of Object.entries(more)) {
        await type(`#${field}`, text);
    }
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
}

async function see() {
    await Promise.all([page.waitForNavigation(), page.click('main a.button[href^="/card?"]')]);
}

// Prints by the keyboard, and a second time in the same moment.
async function print() {
    await reach('main form button');
    const { entry, target } = await opened('/card/print', async () => {
        await page.keyboard.press('Enter');
        await page.keyboard.press('Enter');
    });
    return { entry, target };
}

// Comes back from the tab with the card.
async function comeBack() {
    const asked = page.waitForNavigation();
    await new Promise((done) => { setTimeout(done, 700); });
    await page.bringToFront();
    // Which is a focus here, or is none without a screen; the page may have gone on already.
    await page.evaluate(() => window.dispatchEvent(new Event('focus'))).catch(() => {});
    await asked;
}

// Loads a tab again until it has come to an address. The viewer of PDFs may give way to a page in another
// process, whose events never come here; where the tab is, the browser says.
async function reload(target, address) {
    const session = await target.createCDPSession();
    await session.send('Page.reload');
    for (let left = 100; !address.test(target.url()); left -= 1) {
        assert.ok(left > 0, target.url());
        await new Promise((done) => { setTimeout(done, 100); });
    }
}

const took = [];

async function walk(language, number) {
    await page.goto(`${demo.desk}language?to=${language}&back=%2F`);
    const key = `73${number}1`;
    const name = language === 'fr' ? 'Zoë Dupont-Łukasz' : 'Jan Peeters';
    const address = { user_name: `person.${language}`, email: `person.${language}@example.be` };
    await enter(language, key, name, address);
    await look('person', language);
    await see();
    await look('card', language);
    const picture = await page.$eval('img.specimen', (image) => image.naturalWidth);
    assert.ok(picture > 200);
    const filled = Date.now();
    aside = 0;
    const { entry, target } = await print();
    took.push(entry.took);
    await confirmed('pending', entry, { key });
    // Loading it again prints nothing, and asks which it was.
    const reloaded = Date.now();
    await reload(target, /\/card\/outcome\?p=/);
    await (await target.page()).close();
    aside += Date.now() - reloaded;
    await comeBack();
    await look('outcome', language);
    await Promise.all([page.waitForNavigation(), page.click('form[action="/card/handed-over"] button')]);
    assert.ok(await page.$('#document-fault'));
    await look('document', language);
    await reach('#document-1');
    await page.keyboard.press('Space');
    await reach('form[action="/card/handed-over"] button');
    // Twice in one moment.
    await Promise.all([
        page.waitForNavigation(),
        page.keyboard.press('Enter').then(() => page.keyboard.press('Enter')),
    ]);
    await until('in use', () => traffic.find((at) => at.url.includes('/card/handed-over') && at.status === 303));
    await page.waitForSelector('a[href^="/card/receipt"]');
    took.whole = Math.max(took.whole ?? 0, Date.now() - filled - aside);
    await look('in-use', language);
    await confirmed('active', entry, { key });
    const receipt = await opened('/card/receipt', () => page.click('a[href^="/card/receipt"]'));
    await confirmed('receipt', receipt.entry, { key });
    await page.bringToFront();
    const sheet = await opened('/card/activation', () => page.click('form[action="/card/activation"] button'));
    await confirmed('activation', sheet.entry, { key, language });
    await comeBack();
    await look('activated', language);

    // One that is spoilt, and another in its place.
    await enter(language, `73${number}2`, 'An Janssens');
    await see();
    const spoilt = await print();
    took.push(spoilt.entry.took);
    await comeBack();
    await press('form[action="/card/spoilt"] button');
    await look('spoilt', language);
    await confirmed('spoilt', spoilt.entry, { key: `73${number}2` });
    await press('main a.button');
    assert.ok(await page.$('img.specimen'));
    await page.goBack();
    await page.reload();
    await look('spoilt-again', language);

    // One by post, and not after all.
    await enter(language, `73${number}4`, 'Bo Claes');
    await Promise.all([page.waitForNavigation(), page.click('main a[href^="/by-post?"]')]);
    await look('by-post', language);
    await press('form[action="/by-post"] button');
    assert.equal((await page.$$('.field .fault')).length, 3);
    await look('by-post-missing', language);
    await type('#street', 'Kerkstraat 12');
    await type('#postal_code', '9000');
    await type('#city', 'Gent');
    await press('form[action="/by-post"] button');
    await look('by-post-asked', language);
    await press('form[action="/by-post/cancel"] button');
    assert.ok(await page.$('#street'));

    // A name that no card can have.
    await enter(language, `73${number}3`, '王伟');
    await see();
    await look('not-possible', language);
}

try {
    await page.goto(demo.desk);
    await type('#user_name', demo.clerk.name);
    await type('#password', demo.clerk.password);
    await page.evaluate(() => document.querySelector('input[name=key][value=app]')?.click());
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
    await type('#code', await appCode());
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
    for (const [number, language] of languages.entries()) {
        await walk(language, number);
    }
    const seen = traffic.filter(ofTheDesk).map((entry) => ({
        ...entry,
        body: /^(text|application\/json)/.test(entry.type) ? entry.body.toString() : '',
    }));
    say({ what: 'done', looked, took: [...took], whole: took.whole, seen });
} catch (error) {
    say({ what: 'failed', why: error.stack, url: page.url(), seen: traffic.slice(-6).map(({ method, url, status }) => `${method} ${url} ${status}`) });
} finally {
    await browser.close();
    process.exit();
}
