// SPDX-License-Identifier: GPL-3.0-or-later
//
// Plays worlds beside the page, so that the page stays responsive: slice after slice, and looks for messages in between. The
// newest order replaces the one that is being played.
import { openCore } from "./core.js";

const SLICE_MAX = 200; // worlds
const SLICE_MS = 30; // about as long as one slice may take

let core = null, current = null, going = false;
const turn = new MessageChannel(); // to come back after messages were looked at, sooner than a timer does
turn.port1.onmessage = () => step();

/** An order: {id, jobs: [{tag, setup, worlds}], outcomes, series}. */
function begin(order) {
    current = { ...order, job: -1, first: 0, n: 10 };
    nextJob();
    if (!going) {
        going = true;
        turn.port2.postMessage(null);
    }
}

function nextJob() {
    current.job++;
    current.first = 0;
    const job = current.jobs[current.job];
    if (!job) current = null;
    else core.begin(job.setup, SLICE_MAX, current.outcomes, current.series);
}

function step() {
    going = false;
    if (!current) return;
    try {
        playSlice();
    } catch (error) {
        postMessage({ id: current.id, error: String(error.message ?? error) });
        current = null;
    }
    if (current) {
        going = true;
        turn.port2.postMessage(null);
    }
}

function playSlice() {
    const job = current.jobs[current.job];
    const n = Math.min(current.n, job.worlds - current.first);
    const begun = performance.now();
    const slice = core.play(current.first, n);
    current.first += n;
    const wanted = n * SLICE_MS / Math.max(performance.now() - begun, 0.5);
    current.n = Math.round(Math.max(5, Math.min(SLICE_MAX, wanted, 2 * current.n)));
    postMessage({ id: current.id, tag: job.tag, slice }, [slice.status.buffer,
        ...Object.values(slice.outcomes).map((x) => x.buffer), ...Object.values(slice.series).map((x) => x.buffer)]);
    if (current.first >= job.worlds) nextJob();
}

onmessage = async ({ data }) => {
    try {
        if (data.wasm) {
            core = await openCore(data.wasm);
            postMessage({ ready: true });
        } else {
            begin(data);
        }
    } catch (error) {
        postMessage({ id: data.id, error: String(error.message ?? error) });
    }
};
