// SPDX-License-Identifier: GPL-3.0-or-later
//
// The texts of these sections and of those about why.
import { addTexts } from "../../common/locale.js";
import options from "../../locale/options.json";

addTexts(options);
