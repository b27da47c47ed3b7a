// SPDX-License-Identifier: GPL-3.0-or-later
//
// The sections of the report, in the order in which they stand. A section is
//
//     { id,                  of the element and in the address (#id)
//       title(data),         heading in the page's language
//       applies(data),       is there what it needs? It is left out where not
//       render(data) }       a node, or an array of nodes; made anew when the language changes
//
// Texts come from locale/*.json by t(key), names of the model's things from names.js, numbers from number.js, figures from
// figure.js. A section knows nothing of the others.
import { answer } from "./answer.js";
import { assumptions } from "./assumptions.js";
import { distribution } from "./distribution.js";
import { fans } from "./fans.js";
import { insight } from "./insight/index.js";
import { limits } from "./limits.js";
import { members } from "./members.js";
import { compared, fourNumbers } from "./options/index.js";
import { reproduce } from "./reproduce.js";
import { stages } from "./stages.js";

export const sections = [
    ...fourNumbers,
    answer,
    fans,
    distribution,
    stages,
    members,
    ...compared,
    ...insight,
    assumptions,
    limits,
    reproduce,
];
