// SPDX-License-Identifier: GPL-3.0-or-later
//
// The C core as WebAssembly: texts and arrays in, arrays out. src/lab/lab.h says what each call does. Runs in a worker of the
// page and, for tests, under Node.js; knows nothing of pages.

/**
 * @typedef {{kind: string, values: number[]}} Distribution word and arguments as in a study file; choices and flags as numbers
 * @typedef {{name: string, kind: string, months: Distribution|null}} Stage null: open end
 * @typedef {{seed: number, months: number, inputs: Object<string, Distribution>, stages: Stage[]}} Setup
 * @typedef {{first: number, n: number, status: Int8Array, outcomes: Object<string, Float64Array>,
 *     series: Object<string, Float32Array>}} Slice worlds from `first` on; a series is [month][world]
 */

/** An error of the core, with what it was asked. */
export class CoreError extends Error {}

/** Load the core. @param {BufferSource} bytes of klaster-lab.wasm @returns {Promise<Core>} */
export async function openCore(bytes) {
    const { instance } = await WebAssembly.instantiate(bytes, { env: { emscripten_notify_memory_growth() {} } });
    instance.exports._initialize();
    return new Core(instance.exports);
}

class Core {
    constructor(exports) {
        this.c = exports;
        this.lab = exports.kl_lab_new();
        if (!this.lab) throw new CoreError("out of memory");
    }

    /** Run `use` with the address of each text or array in C's memory, and give the memory back. */
    #lend(values, use) {
        const addresses = values.map((value) => this.#put(value));
        try {
            return use(...addresses);
        } finally {
            for (const address of addresses) this.c.free(address);
        }
    }

    #put(value) {
        const bytes = typeof value === "string" ? new TextEncoder().encode(`${value}\0`) :
            new Uint8Array(Float64Array.from(value).buffer);
        const address = this.c.malloc(Math.max(bytes.length, 1));
        if (!address) throw new CoreError("out of memory");
        new Uint8Array(this.c.memory.buffer, address, bytes.length).set(bytes);
        return address;
    }

    #text(address) {
        const bytes = new Uint8Array(this.c.memory.buffer, address);
        return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
    }

    #check(status, what) {
        if (status !== 0) throw new CoreError(`${what}: ${this.#text(this.c.kl_status_text(status))}`);
    }

    /** [name, number] of each outcome or series. */
    #numbers(names, find) {
        return names.map((name) => {
            const number = this.#lend([name], (address) => find(address));
            if (number < 0) throw new CoreError(`${name}: no such outcome or series`);
            return [name, number];
        });
    }

    /**
     * Take a setup, and say which results are wanted.
     * @param {Setup} setup @param {number} slice most worlds of a `play`
     * @param {string[]} outcomes @param {string[]} series names
     * @param {{complain?: boolean}} [options] false: take setups that no world can be played with, too
     */
    begin(setup, slice, outcomes, series, { complain = true } = {}) {
        this.outcomes = this.#numbers(outcomes, this.c.kl_lab_find_outcome);
        this.series = this.#numbers(series, this.c.kl_lab_find_series);
        this.months = setup.months;
        this.#check(this.c.kl_lab_begin(this.lab, setup.seed, setup.months, slice), "begin");
        for (const [name, { kind, values }] of Object.entries(setup.inputs)) {
            this.#check(this.#lend([name, kind, values],
                (n, k, v) => this.c.kl_lab_set(this.lab, n, k, v, values.length)), name);
        }
        for (const { name, kind, months } of setup.stages) {
            const { kind: word, values } = months ?? { kind: "constant", values: [] };
            this.#check(this.#lend([name, kind, word, values],
                (n, k, w, v) => this.c.kl_lab_add_stage(this.lab, n, k, w, v, values.length)), name);
        }
        const complaint = this.#text(this.c.kl_lab_complaint(this.lab));
        if (complaint && complain) throw new CoreError(complaint);
    }

    /** Play worlds first .. first + n - 1 of the setup. @returns {Slice} arrays of its own */
    play(first, n) {
        this.#check(this.c.kl_lab_play(this.lab, first, n), "play");
        const { buffer } = this.c.memory; // anew: memory may have grown
        const outcomes = this.c.kl_lab_outcomes(this.lab), series = this.c.kl_lab_series(this.lab);
        const size = n * this.months;
        return {
            first,
            n,
            status: new Int8Array(buffer, this.c.kl_lab_statuses(this.lab), n).slice(),
            outcomes: Object.fromEntries(this.outcomes.map(([name, id]) =>
                [name, new Float64Array(buffer, outcomes + id * n * 8, n).slice()])),
            series: Object.fromEntries(this.series.map(([name, id]) =>
                [name, new Float32Array(buffer, series + id * size * 4, size).slice()])),
        };
    }
}
