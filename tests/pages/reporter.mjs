// SPDX-License-Identifier: GPL-3.0-or-later
//
// Prints the tests of node:test as cmocka does, so that scripts/test counts them.
export default async function* report(source) {
    for await (const { type, data } of source) {
        if (type === "test:pass") yield `[       OK ] ${data.name}\n`;
        if (type === "test:fail") {
            const error = data.details.error;
            yield `${error.cause?.stack ?? error.cause ?? error.stack ?? error}\n[  FAILED  ] ${data.name}\n`;
        }
    }
}
