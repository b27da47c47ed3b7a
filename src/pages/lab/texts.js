// SPDX-License-Identifier: GPL-3.0-or-later
//
// The topics of locale/ that the laboratory uses.
import common from "../locale/common.json";
import lab from "../locale/lab.json";
import outcomes from "../locale/outcomes.json";
import meanings from "../locale/params-meaning.json";
import params from "../locale/params.json";
import terms from "../locale/terms.json";
import { addTexts } from "../common/locale.js";
import { addNames } from "../common/names.js";

addTexts(common, lab, outcomes, terms);
addNames("param", params);
addNames("meaning", meanings);
