// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the peers in JavaScript share: a generator with a seed, which Math.random lacks, and their arguments.

// sfc32 by Chris Doty-Humphrey (PractRand); uniform on [0, 1).
export function generator(seed) {
    let a = 0, b = seed | 0, c = Math.floor(seed / 4294967296) | 0, counter = 1;
    function next() {
        const sum = (((a + b) | 0) + counter) | 0;
        counter = (counter + 1) | 0;
        a = b ^ (b >>> 9);
        b = (c + (c << 3)) | 0;
        c = (c << 21) | (c >>> 11);
        c = (c + sum) | 0;
        return (sum >>> 0) / 4294967296;
    }
    for (let k = 0; k < 15; k++) next();
    return next;
}

// RUNS SEED [WAIT] of the command line.
export function numbers(name) {
    const values = process.argv.slice(2).map(Number);
    if (values.length < 2 || values.length > 3 || values.some((n) => !Number.isSafeInteger(n) || n < 0)) {
        process.stderr.write(`usage: ${name} RUNS SEED [WAIT]\n`);
        process.exit(2);
    }
    return [values[0], values[1], values[2] ?? 12];
}
