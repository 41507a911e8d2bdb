// A page in Chromium, and the eyes on it: axe-core holds it to WCAG 2.2 A and AA, a window to a width of
// 320 pixels, and the Tab key to being reached without a mouse. With a folder there are pictures, too.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { open } from './chromium.mjs';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'];
const axe = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

export async function opened(pictures) {
    const { browser, page } = await open();
    let looked = 0;

    // Looks at the page as it is now: with axe-core in light and dark, and narrow.
    async function look(name, language) {
        const said = await page.$eval('html', (html) => html.lang);
        assert.equal(said, language, name);
        for (const scheme of ['light', 'dark']) {
            await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
            await page.evaluate(axe);
            const found = await page.evaluate(
                (tags) => globalThis.axe.run(document, { runOnly: tags }),
                TAGS,
            );
            const violations = found.violations.map(
                ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`,
            );
            assert.deepEqual(violations, [], `${name} in ${language}, ${scheme}`);
            if (pictures) {
                await page.screenshot({ path: `${pictures}/${name}-${language}-${scheme}.png` });
            }
        }
        // 320 pixels wide is also 1280 at 400 % (SC 1.4.10), and more than 640 at 200 % (SC 1.4.4).
        await page.setViewport({ width: 320, height: 640 });
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(width <= 320, `${name} in ${language} is ${width} pixels wide`);
        if (pictures) {
            await page.screenshot({ path: `${pictures}/${name}-${language}-narrow.png` });
        }
        await page.setViewport({ width: 1000, height: 760 });
        await page.emulateMediaFeatures([]);
        looked += 1;
    }

    // Presses Tab until a thing has the focus, and then Enter: nobody needs a mouse.
    async function press(selector) {
        for (let tab = 0; tab < 30; tab += 1) {
            if (await page.$eval(selector, (element) => element === document.activeElement)) {
                await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
                return;
            }
            await page.keyboard.press('Tab');
        }
        assert.fail(`${selector} can't be reached by the keyboard`);
    }

    async function type(selector, text) {
        await page.$eval(selector, (element) => { element.value = ''; });
        await page.type(selector, text);
    }

    return { browser, page, look, press, type, count: () => looked };
}
