// SPDX-License-Identifier: GPL-3.0-or-later
//
// The page's side of the worker: hands it orders, gives back slices. While somebody drags a slider, orders come faster than they
// can be played; so that something is seen all the while, an order is replaced only once it has shown FLOOR worlds.
import source from "./worker.js?worker";

const FLOOR = 60; // worlds of an order's last job

/** The bytes of a text in base64. */
const decode = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

export class Player {
    /**
     * @param {string} wasm in base64
     * @param {{outcomes: string[], series: string[]}} wanted
     * @param {{begin: (jobs) => void, slice: (tag: string, slice) => void, error: (text: string) => void}} listener
     */
    constructor(wasm, wanted, listener) {
        this.wanted = wanted;
        this.listener = listener;
        this.id = 0;
        this.playing = null;
        this.waiting = null;
        this.ready = false;
        const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
        this.worker = new Worker(url);
        this.worker.onmessage = ({ data }) => this.#hear(data);
        this.worker.onerror = (event) => listener.error(event.message || "worker");
        this.worker.postMessage({ wasm: decode(wasm) });
    }

    /** Play these jobs, [{tag, setup, worlds}], after one another; the newest call counts. */
    play(jobs) {
        this.waiting = jobs;
        if (this.ready && (!this.playing || this.playing.shown >= FLOOR)) this.#send();
    }

    #send() {
        const jobs = this.waiting;
        this.waiting = null;
        this.playing = { last: jobs.at(-1).tag, left: jobs.reduce((n, job) => n + job.worlds, 0), shown: 0 };
        this.listener.begin(jobs);
        this.worker.postMessage({ id: ++this.id, jobs, ...this.wanted });
    }

    #hear({ ready, id, error, tag, slice }) {
        if (ready) this.ready = true;
        else if (error !== undefined) this.#fail(id, error);
        else if (id === this.id) this.#take(tag, slice);
        if (this.ready && this.waiting && (!this.playing || this.playing.shown >= FLOOR)) this.#send();
    }

    #fail(id, error) {
        if (id !== undefined && id !== this.id) return;
        this.playing = null;
        this.listener.error(error);
    }

    #take(tag, slice) {
        this.playing.left -= slice.n;
        if (tag === this.playing.last) this.playing.shown += slice.n;
        const done = this.playing.left === 0;
        if (done) this.playing = null;
        this.listener.slice(tag, slice, done);
    }
}
