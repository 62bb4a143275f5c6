// Loaded into jsii's Node before anything else (see stacks/cdktf_runtime.py).
//
// A terminal sends Ctrl-C to every process of a command. What it means is decided in Python; Node ends when Python closes
// its input. Without this, jsii's Node would be gone before Python takes leave of it, which then ends in a traceback.
"use strict";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
const on = process.on;

for (const signal of SIGNALS) on.call(process, signal, () => {});

// jsii sets handlers of its own, which would end the process.
process.on = (event, listener) => (SIGNALS.includes(event) ? process : on.call(process, event, listener));
