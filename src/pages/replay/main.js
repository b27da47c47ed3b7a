// SPDX-License-Identifier: GPL-3.0-or-later
import * as Plot from "@observablehq/plot";

import { readData } from "../common/data.js";
import { chooseLanguage } from "../common/locale.js";

const data = readData();
chooseLanguage(data.language);
document.getElementById("page").append(Plot.plot({ marks: [Plot.frame()] }));
