// Chromium as Debian has it, without anything that it does by itself, in a folder of its own.
import puppeteer from 'puppeteer-core';

const ARGUMENTS = [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

export async function open(more = []) {
    const browser = await puppeteer.launch({
        executablePath: '/usr/bin/chromium',
        headless: true,
        args: [...ARGUMENTS, ...more],
    });
    const page = await browser.newPage();
    await page.setViewport({ width: 1000, height: 760 });
    return { browser, page };
}
