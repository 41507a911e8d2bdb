// Pages work without this. With it waits count down, Escape closes a warning, and a screen of the desk
// that nobody uses shows that it is locked.
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
