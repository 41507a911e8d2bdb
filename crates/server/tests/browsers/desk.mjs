// Walks through the desk of a demo in Chromium as a clerk does: signs in, finds and enters people, helps,
// looks at lists and at who did what, locks the screen. Each page is held to axe-core, to the keyboard,
// to 320 pixels, to 1366 x 768 and to a tablet. With a folder it also takes pictures.
//
// It reads {demo, language, pictures} from standard input.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { opened } from './looks.mjs';

const { demo, language, pictures } = JSON.parse(readFileSync(0, 'utf8'));
const { browser, page, look, press, type, count } = await opened(pictures);
const at = (path) => `${demo.desk}${path.slice(1)}`;

// Also where clerks work: on a screen of 1366 x 768, and on a tablet held upright.
async function see(name) {
    await look(`desk-${name}`, language);
    for (const [width, height] of [[768, 1024], [1366, 768]]) {
        await page.setViewport({ width, height });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= width, `${name} in ${language} is ${wide} pixels wide at ${width}`);
        if (pictures) {
            await page.screenshot({ path: `${pictures}/desk-${name}-${language}-${width}.png` });
        }
    }
}

// The code of the clerk's app (RFC 6238).
function appCode() {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
    const bits = [...demo.clerk.secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0'));
    const bytes = bits.join('').match(/.{8}/g).map((byte) => parseInt(byte, 2));
    const step = Buffer.alloc(8);
    step.writeBigInt64BE(BigInt(Math.floor(Date.now() / 30000)));
    const tag = createHmac('sha1', Buffer.from(bytes)).update(step).digest();
    const word = tag.readUInt32BE(tag.at(-1) & 15) & 0x7fffffff;
    return String(word % 1000000).padStart(6, '0');
}

// A browser gives the focus in the frame after the page is there.
const focused = (selector) => page.waitForFunction(
    (selector) => document.activeElement?.matches(selector), { timeout: 10_000 }, selector,
).then(() => true, () => false);

async function signIn() {
    await page.goto(at(`/language?to=${language}&back=/sign-in`));
    assert.ok(await focused('#user_name'));
    await see('sign-in');
    await press('main form button');
    await see('sign-in-missing');
    await type('#user_name', demo.clerk.name);
    await type('#password', 'not this one, surely');
    await page.click('#key-app');
    await press('main form button');
    await see('sign-in-wrong');
    await type('#password', demo.clerk.password);
    await page.click('#key-app');
    await press('main form button');
    assert.ok(await focused('#code'));
    await see('code');
    await type('#code', '123');
    await press('main form button');
    await see('code-slip');
    await type('#code', appCode());
    await press('main form button');
}

async function findAndEnter() {
    assert.ok(await focused('#text'), 'the search has the focus');
    await see('home');
    await type('#text', '85.07.30-033.29');
    await press('.search button');
    await see('home-nobody');
    await page.goto(at('/person/enter'));
    await see('enter');
    await type('#key', '85.07.30-033.29');
    await press('main form button');
    await see('enter-wrong');
    await type('#key', '85.07.30-033.28');
    await type('#name', 'Zoë ’t Hoen-D’Hondt');
    await press('main form button');
    await see('entered');
    assert.ok(!(await page.content()).includes('85.07.30') && !page.url().includes('8507'));
    // Nothing is lost by going back and loading again.
    await page.goBack();
    await page.reload();
    await page.goForward();
    assert.ok((await page.content()).includes('•3328'));
}

async function upload(name, text) {
    const input = await page.$('#file');
    const { writeFileSync, mkdtempSync } = await import('node:fs');
    const { join } = await import('node:path');
    const { tmpdir } = await import('node:os');
    const path = join(mkdtempSync(join(tmpdir(), 'desk-')), name);
    writeFileSync(path, text);
    await input.uploadFile(path);
    await press('form[enctype] button');
}

async function fileOfTheDay() {
    await page.goto(at('/file'));
    await see('file');
    await upload('faulty.csv', 'rijksregisternummer;naam\n85073003329;Jan\n85073100229;\n');
    await see('file-faulty');
    await upload('people.csv', 'id;naam;taal\n4801;Zoë Peeters;fr\n4802;Jan Claes;nl\n4803;Els Peeters;nl\n');
    await see('file-kept');
    await page.goto(at('/'));
    await page.type('#text', 'peet');
    await page.waitForFunction(() => document.querySelectorAll('#found tbody tr').length === 2);
    await see('home-typed');
    // The same by a plain form.
    await press('.search button');
    await see('home-listed');
    await press('#found a');
    await see('listed-person');
}

async function helping() {
    await page.goto(at('/'));
    await type('#text', demo.citizen.user_name);
    await press('.search button');
    await see('person');
    await press('button[name=act][value=revoke]');
    await see('person-no-reason');
    await type('#reason', 'found in the street');
    await press('button[name=act][value=suspend]');
    await see('person-suspended');
    await press('button[name=act][value=resume]');
    await see('person-resumed');
}

async function lookingAfter() {
    for (const list of ['low', 'inactive']) {
        await page.goto(at(`/lists?list=${list}`));
        await see(`list-${list}`);
    }
    await page.goto(at('/acts'));
    await see('acts');
    await type('#holder', '4999');
    await press('main form button');
    await see('acts-nobody');
    await page.goto(at('/clerks'));
    await see('clerks');
    await type('#user_name', 'nobody');
    await press('form[action="/clerks/add"] button');
    await see('clerks-nobody');
}

async function locking() {
    await press('form[action="/lock"] button');
    assert.ok(await focused('#password'));
    await see('locked');
    await press('main form button');
    await see('locked-missing');
    await type('#password', demo.clerk.password);
    await press('main form button');
    await page.goto(at('/nothing'));
    await see('not-found');
    await page.goto(at('/person?p=x'));
    await see('person-over');
    await page.goto(at('/'));
    await press('form[action="/sign-out"] button');
}

try {
    await signIn();
    await findAndEnter();
    await fileOfTheDay();
    await helping();
    await lookingAfter();
    await locking();
    console.log(`${count()} pages`);
} finally {
    await browser.close();
}
