// SPDX-License-Identifier: GPL-3.0-or-later
//
// The topics of locale/ that the report uses.
import common from "../locale/common.json";
import meanings from "../locale/params-meaning.json";
import params from "../locale/params.json";
import report from "../locale/report.json";
import { addTexts } from "../common/locale.js";
import { addNames } from "../common/names.js";

addTexts(common, report);
addNames("param", params);
addNames("meaning", meanings);
