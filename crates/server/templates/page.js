// Pages work without this. With it waits count down, Escape closes a warning, a screen of the desk that
// nobody uses shows that it is locked, and who comes back from a card that opened is asked what became
// of it.
'use strict';

for (const text of document.querySelectorAll('[data-wait]')) {
    const { wait, seconds, minutes, over } = text.dataset;
    const until = Date.now() + 1000 * Number(wait);
    // It was read out once; what changes each second is not read out again.
    const summary = text.closest('[role=alert]');
    const tick = () => {
        const left = Math.ceil((until - Date.now()) / 1000);
        if (left <= 0) {
            summary?.setAttribute('role', 'alert');
            text.textContent = over;
            return;
        }
        const words = left < 120 ? seconds.replace('{n}', left) : minutes.replace('{n}', Math.ceil(left / 60));
        if (text.textContent !== words) {
            summary?.removeAttribute('role');
            text.textContent = words;
        }
        setTimeout(tick, 1000);
    };
    setTimeout(tick, 1000);
}

document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
        document.querySelector('[data-escape]')?.click();
    }
});

const { idle, idleTo } = document.body.dataset;
if (idle) {
    setTimeout(() => { window.location.href = idleTo; }, 1000 * (Number(idle) + 1));
}

for (const form of document.querySelectorAll('form[data-then]')) {
    form.addEventListener('submit', () => {
        // Behind the submission, which a button that is off would keep from going out.
        setTimeout(() => { form.querySelector('button').disabled = true; }, 0);
        const goOn = () => { window.location.href = form.dataset.then; };
        setTimeout(() => window.addEventListener('focus', goOn, { once: true }), 500);
    });
}

// At the desk, who of the day's file may be meant is shown while somebody types.
const search = document.querySelector('form[data-typed]');
if (search) {
    const found = document.getElementById('found');
    let latest = 0;
    let timer;
    search.addEventListener('input', () => {
        clearTimeout(timer);
        timer = setTimeout(async () => {
            latest += 1;
            const mine = latest;
            const body = new URLSearchParams(new FormData(search));
            const asked = { method: 'POST', body, redirect: 'error' };
            const answer = await fetch(search.dataset.typed, asked).catch(() => null);
            if (answer?.ok && mine === latest) {
                found.innerHTML = await answer.text();
            }
        }, 200);
    });
}
