// SPDX-License-Identifier: GPL-3.0-or-later
//
// The topics of locale/ that the report uses.
import { addTexts } from "../common/locale.js";
import { addNames } from "../common/names.js";
import common from "../locale/common.json";
import methods from "../locale/methods-meaning.json";
import outcomeMeanings from "../locale/outcomes-meaning.json";
import outcomes from "../locale/outcomes.json";
import paramMeanings from "../locale/params-meaning.json";
import params from "../locale/params.json";
import report from "../locale/report.json";
import sources from "../locale/sources-meaning.json";
import studies from "../locale/studies.json";
import terms from "../locale/terms.json";

addTexts(studies, methods, sources, terms, outcomes, common, report);
addNames("param", params);
addNames("meaning", { ...paramMeanings, ...outcomeMeanings });
